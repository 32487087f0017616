// A confusion matrix whose cells are buttons: arrow keys move, Enter or a click opens the photos behind one.

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }
// Per cent of a cell's colour. Above the highest its number could not be read in both themes.
const FAINTEST = 10
const STRONGEST = 55

class Matrix {
  constructor(parent) {
    this.frame = element('div', { class: 'frame' })
    this.place = [0, 0]
    parent.append(this.frame)
    this.frame.addEventListener('keydown', (event) => this.key(event))
  }

  receive({ data, setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue })
    const focused = this.frame.contains(this.frame.getRootNode().activeElement)
    if (data.chosen) this.place = data.chosen
    if (Math.max(...this.place) >= data.names.length) this.place = [0, 0]
    this.draw()
    if (focused) this.button(this.place)?.focus()
  }

  draw() {
    const { names, text } = this.data
    this.largest = { right: this.share(true), wrong: this.share(false) }
    const corner = element('th', { class: 'corner' },
      element('span', { class: 'true' }, text.truth), element('span', { class: 'guess' }, text.guess))
    const head = names.map((name) => element('th', { scope: 'col', title: name }, element('span', {}, name)))
    const rows = names.map((name, truth) => element('tr', {},
      element('th', { scope: 'row', title: name }, element('span', {}, name)),
      ...names.map((_, guess) => element('td', {}, this.cell(truth, guess)))))
    const table = element('table', { 'aria-label': text.name },
      element('thead', {}, element('tr', {}, corner, ...head)), element('tbody', {}, ...rows))
    this.frame.replaceChildren(table)
  }

  cell(truth, guess) {
    const { counts, names, chosen, text, colours } = this.data
    const count = counts[truth][guess]
    const total = counts[truth].reduce((sum, one) => sum + one, 0)
    const label = fill(text.cell, { truth: names[truth], guess: names[guess], count, total })
    const button = element('button', { type: 'button', 'aria-label': label, title: label }, String(count))
    const kind = truth === guess ? 'right' : 'wrong'
    const share = count ? FAINTEST + ((STRONGEST - FAINTEST) * count) / total / this.largest[kind] : 0
    button.style.background = `color-mix(in srgb, ${colours[kind]} ${share}%, var(--st-background-color))`
    button.dataset.place = `${truth}-${guess}`
    button.tabIndex = this.place[0] === truth && this.place[1] === guess ? 0 : -1
    button.setAttribute('aria-pressed', String(chosen?.[0] === truth && chosen?.[1] === guess))
    button.setAttribute('aria-disabled', String(!count))
    button.onclick = () => {
      this.move([truth, guess])
      if (count) this.setTriggerValue('chosen', [truth, guess])
    }
    return button
  }

  // The largest share of a true class in one cell on the diagonal, or beside it.
  share(diagonal) {
    const shares = this.data.counts.flatMap((row, truth) => {
      const total = row.reduce((sum, one) => sum + one, 0) || 1
      return row.filter((_, guess) => (truth === guess) === diagonal).map((count) => count / total)
    })
    return Math.max(...shares)
  }

  button([truth, guess]) {
    return this.frame.querySelector(`[data-place="${truth}-${guess}"]`)
  }

  move(place) {
    const next = this.button(place)
    if (!next) return
    this.button(this.place).tabIndex = -1
    this.place = place
    next.tabIndex = 0
    next.focus()
  }

  key(event) {
    const step = MOVES[event.key]
    if (!step) return
    event.preventDefault()
    this.move([this.place[0] + step[0], this.place[1] + step[1]])
  }

  leave() {
    this.frame.remove()
  }
}

export default mounted(Matrix)
