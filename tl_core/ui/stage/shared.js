// What every component needs.

/** @import { Living, Place } from './types' */

/**
 * Return the function that Streamlit calls at each run: one `Kind` for each place on the page.
 * @template {{ parentElement: Place }} Args
 * @param {new (parent: Place) => Living<Args>} Kind
 */
export function mounted(Kind) {
  /** @type {WeakMap<Place, { instance: Living<Args>, calls: number }>} */
  const places = new WeakMap()
  return (/** @type {Args} */ component) => {
    const { parentElement } = component
    const place = places.get(parentElement) ?? { instance: new Kind(parentElement), calls: 0 }
    places.set(parentElement, place)
    place.instance.receive(component)
    const call = ++place.calls
    return () => {
      // Streamlit also cleans up after a run that a later one has overtaken: that one still needs it all.
      if (place.calls !== call) return
      place.instance.leave()
      places.delete(parentElement)
    }
  }
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value))
  made.append(...children)
  return made
}

/** @param {number} value @param {number} low @param {number} high */
export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high)
}

/** @param {string} template @param {Record<string, string | number>} values */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole))
}

/** @param {string} base64 */
export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
}

export const INK = '#10131f'
export const PAPER = '#ffffff'

/**
 * The colour of text that can be read on a colour.
 * @param {number} red @param {number} green @param {number} blue
 */
export function inkOn(red, green, blue) {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? INK : PAPER
}
