// What every component's code starts with; joined in front of it, see component.py.

/** Return the function that Streamlit calls at each run: one `Kind` for each place on the page. */
function mounted(Kind) {
  const instances = new WeakMap()
  return (component) => {
    const { parentElement } = component
    if (!instances.has(parentElement)) instances.set(parentElement, new Kind(parentElement))
    const instance = instances.get(parentElement)
    instance.receive(component)
    const call = (instance.calls = (instance.calls ?? 0) + 1)
    return () => {
      // Streamlit also cleans up after a run that a later one has overtaken: that one still needs it all.
      if (instance.calls !== call) return
      instance.leave()
      instances.delete(parentElement)
    }
  }
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high)
const fill = (template, values) => template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)

const INK = '#10131f'
const PAPER = '#ffffff'

/** The colour of text that can be read on a colour. */
function inkOn(red, green, blue) {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? INK : PAPER
}
