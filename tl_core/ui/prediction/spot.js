// A photo with a square over it, which goes to where somebody presses; arrow keys move it too.

/** @import { Call, Pair, Place, SpotData, SpotState } from '../stage/types' */

import { clamp, element, fill, mounted } from '../stage/shared.js'

/** @type {Record<string, Pair>} */
const MOVES = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }
const STEP = 5

/**
 * Where a press is in the photo, in whole per cent from the left and from the top.
 * @param {number} x @param {number} y On the screen.
 * @param {{ left: number, top: number, width: number, height: number }} box Of the photo.
 * @returns {Pair}
 */
export function placeIn(x, y, box) {
  const share = (/** @type {number} */ part, /** @type {number} */ whole) => clamp(Math.round((100 * part) / whole), 0, 100)
  return [share(x - box.left, box.width), share(y - box.top, box.height)]
}

/**
 * Where an arrow key takes the square; null for any other key.
 * @param {Pair} place @param {string} key
 * @returns {Pair | null}
 */
export function placeAfter(place, key) {
  const step = MOVES[key]
  return step ? [clamp(place[0] + STEP * step[0], 0, 100), clamp(place[1] + STEP * step[1], 0, 100)] : null
}

class Spot {
  /** @type {SpotData} */
  data
  /** @type {Call<unknown, SpotState>['setTriggerValue']} */
  setTriggerValue
  photo = element('img')
  square = element('span', { class: 'square' })
  button = element('button', { type: 'button' }, this.photo, this.square)
  frame = element('div', { class: 'frame' }, this.button)

  /** @param {Place} parent */
  constructor(parent) {
    parent.append(this.frame)
    this.button.addEventListener('click', (event) => this.press(event))
    this.button.addEventListener('keydown', (event) => this.key(event))
  }

  /** @param {Call<SpotData, SpotState>} call */
  receive({ data, setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue })
    if (this.photo.src !== data.photo) this.photo.src = data.photo
    this.photo.alt = data.text.photo
    this.draw()
  }

  draw() {
    const { place, side, colour, text } = this.data
    const label = fill(text.label, { across: place[0], down: place[1] })
    this.button.setAttribute('aria-label', label)
    this.button.title = text.hint
    const [left, top] = place.map((middle) => `${middle - side / 2}%`)
    Object.assign(this.square.style, { left, top, width: `${side}%`, height: `${side}%`, background: colour })
  }

  /** @param {MouseEvent} event */
  press(event) {
    if (!event.detail) return // Enter and the space bar press a button too, but nowhere
    this.go(placeIn(event.clientX, event.clientY, this.photo.getBoundingClientRect()))
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const place = placeAfter(this.data.place, event.key)
    if (!place) return
    event.preventDefault()
    this.go(place)
  }

  /** @param {Pair} place */
  go(place) {
    this.data = { ...this.data, place } // the square goes at once; the answer follows
    this.draw()
    this.setTriggerValue('place', place)
  }

  leave() {
    this.frame.remove()
  }
}

export default mounted(Spot)
