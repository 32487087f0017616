// Pictures to pick from: one image holds them all, and each is a button that shows its part of it.

/** @import { Call, PickData, PickState, Place, Texts } from '../stage/types' */

import { element, fill, mounted } from '../stage/shared.js'

class Pictures {
  /** @type {Texts} */
  text
  /** @type {Call<unknown, PickState>['setStateValue']} */
  setStateValue
  token = ''
  /** @type {HTMLButtonElement[]} */
  cells = []
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  waiting

  /** @param {Place} parent */
  constructor(parent) {
    this.grid = element('div', { class: 'grid', role: 'group' })
    this.all = element('button', { type: 'button', class: 'word' })
    this.none = element('button', { type: 'button', class: 'word' })
    this.status = element('span', { role: 'status' })
    this.frame = element('div', { class: 'frame' }, this.grid,
      element('div', { class: 'controls' }, this.all, this.none, this.status))
    parent.append(this.frame)
    this.all.onclick = () => this.set(this.cells.map(() => true))
    this.none.onclick = () => this.set(this.cells.map(() => false))
    this.frame.addEventListener('focusout', ({ relatedTarget }) => this.hurry(/** @type {Node | null} */ (relatedTarget)))
    this.grid.onkeydown = (event) => this.move(event)
  }

  /** @param {Call<PickData, PickState>} call */
  receive({ data, setStateValue }) {
    Object.assign(this, { setStateValue, text: data.text })
    this.grid.setAttribute('aria-label', data.text.name)
    this.all.textContent = data.text.all
    this.none.textContent = data.text.none
    if (data.token !== this.token) this.lay(data)
    this.call(data.names)
    this.count()
  }

  /** @param {string[]} names Another dataset may call the same pictures otherwise. */
  call(names) {
    for (const [place, cell] of this.cells.entries()) {
      cell.title = names[place]
      cell.setAttribute('aria-label', names[place])
    }
  }

  /** @param {PickData} data */
  lay({ token, sheet, names, columns }) {
    this.token = token
    const rows = Math.ceil(names.length / columns)
    this.cells = names.map((_, place) => {
      const cell = element('button', { type: 'button', class: 'cell', 'aria-pressed': 'false' })
      cell.tabIndex = place ? -1 : 0
      cell.style.backgroundImage = `url(${sheet})`
      cell.style.backgroundSize = `${columns * 100}% ${rows * 100}%`
      const [x, y] = [shareOf(place % columns, columns), shareOf(Math.floor(place / columns), rows)]
      cell.style.backgroundPosition = `${x}% ${y}%`
      cell.onclick = () => this.toggle(place)
      return cell
    })
    this.grid.replaceChildren(...this.cells)
  }

  /** @param {number} place */
  toggle(place) {
    this.focus(place)
    this.set(this.cells.map((cell, at) => isPressed(cell) !== (at === place)))
  }

  /** @param {boolean[]} pressed */
  set(pressed) {
    this.cells.forEach((cell, at) => cell.setAttribute('aria-pressed', String(pressed[at])))
    this.count()
    // Several quick clicks are one change for the server.
    clearTimeout(this.waiting)
    this.waiting = setTimeout(() => this.report(), 150)
  }

  /**
   * What is clicked next, outside, is meant for what is selected now.
   * @param {Node | null} next
   */
  hurry(next) {
    if (this.waiting && !this.frame.contains(next)) this.report()
  }

  report() {
    clearTimeout(this.waiting)
    this.waiting = undefined
    this.setStateValue('picked', { token: this.token, places: this.places() })
  }

  places() {
    return [...this.cells.keys()].filter((at) => isPressed(this.cells[at]))
  }

  count() {
    this.status.textContent = fill(this.text.count, { n: this.places().length })
  }

  /**
   * One stop of the Tab key for the whole grid; the arrow keys move inside it.
   * @param {number} place
   */
  focus(place) {
    this.cells.forEach((cell, at) => (cell.tabIndex = at === place ? 0 : -1))
    this.cells[place].focus()
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    const at = this.cells.findIndex((cell) => cell === event.target)
    const top = this.cells[0].offsetTop
    const across = this.cells.filter((cell) => cell.offsetTop === top).length
    const to = onward(event.key, at, across, this.cells.length)
    if (to === undefined) return
    event.preventDefault()
    if (this.cells[to]) this.focus(to)
  }

  leave() {
    clearTimeout(this.waiting)
    this.frame.remove()
  }
}

/** @param {HTMLElement} cell */
function isPressed(cell) {
  return cell.getAttribute('aria-pressed') === 'true'
}

/**
 * Where a part of the sheet is, in per cent, as a background's position counts it.
 * @param {number} place @param {number} count
 */
export function shareOf(place, count) {
  return count > 1 ? (100 * place) / (count - 1) : 0
}

/**
 * The place that a key moves to from `at`, beyond the grid too; undefined for a key that does not move.
 * @param {string} key @param {number} at @param {number} across Pictures in a row. @param {number} count
 */
export function onward(key, at, across, count) {
  /** @type {Record<string, number>} */
  const places = {
    ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - across, ArrowDown: at + across,
    Home: 0, End: count - 1,
  }
  return places[key]
}

export default mounted(Pictures)
