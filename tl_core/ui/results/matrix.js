// A confusion matrix whose cells are buttons: arrow keys move, Enter or a click opens the photos behind one.

/** @import { Call, MatrixData, MatrixState, Pair, Place } from '../stage/types' */

import { element, fill, mounted } from '../stage/shared.js'

/** @type {Record<string, Pair>} */
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }
// Per cent of a cell's colour. Above the highest its number could not be read in both themes.
const FAINTEST = 10
const STRONGEST = 55

/**
 * The share of each true class in one cell on the diagonal, or beside it: the largest.
 * @param {number[][]} counts A row for each true class. @param {boolean} diagonal
 */
export function largestShare(counts, diagonal) {
  const shares = counts.flatMap((row, truth) => {
    const total = sum(row) || 1
    return row.filter((_, guess) => (truth === guess) === diagonal).map((count) => count / total)
  })
  return Math.max(...shares)
}

/**
 * How strong a cell's colour is, in per cent.
 * @param {number} count @param {number} total Of its row. @param {number} largest Share of its kind.
 */
export function strength(count, total, largest) {
  return count ? FAINTEST + ((STRONGEST - FAINTEST) * count) / total / largest : 0
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((all, one) => all + one, 0)
}

class Matrix {
  /** @type {MatrixData} */
  data
  /** @type {Call<unknown, MatrixState>['setTriggerValue']} */
  setTriggerValue
  /** @type {Pair} The cell that the Tab key reaches. */
  place = [0, 0]
  largest = { right: 1, wrong: 1 }

  /** @param {Place} parent */
  constructor(parent) {
    this.frame = element('div', { class: 'frame' })
    parent.append(this.frame)
    this.frame.addEventListener('keydown', (event) => this.key(event))
  }

  /** @param {Call<MatrixData, MatrixState>} call */
  receive({ data, setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue })
    const root = /** @type {ShadowRoot | Document} */ (this.frame.getRootNode())
    const focused = this.frame.contains(root.activeElement)
    if (data.chosen) this.place = data.chosen
    if (Math.max(...this.place) >= data.names.length) this.place = [0, 0]
    this.draw()
    if (focused) this.button(this.place)?.focus()
  }

  draw() {
    const { names, text } = this.data
    this.largest = { right: largestShare(this.data.counts, true), wrong: largestShare(this.data.counts, false) }
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

  /** @param {number} truth @param {number} guess */
  cell(truth, guess) {
    const { counts, names, chosen, text, colours } = this.data
    const count = counts[truth][guess]
    const total = sum(counts[truth])
    const label = fill(total ? text.cell : text.unjudged, { truth: names[truth], guess: names[guess], count, total })
    const shown = total ? String(count) : '–'
    const button = element('button', { type: 'button', 'aria-label': label, title: label }, shown)
    const kind = truth === guess ? 'right' : 'wrong'
    const share = strength(count, total, this.largest[kind])
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

  /**
   * @param {Pair} place
   * @returns {HTMLButtonElement | null}
   */
  button([truth, guess]) {
    return this.frame.querySelector(`[data-place="${truth}-${guess}"]`)
  }

  /** @param {Pair} place */
  move(place) {
    const next = this.button(place)
    if (!next) return
    const before = this.button(this.place)
    if (before) before.tabIndex = -1
    this.place = place
    next.tabIndex = 0
    next.focus()
  }

  /** @param {KeyboardEvent} event */
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
