// Where the stage is and what is pointed at; no drawing.

/** @import { Pair, Shared } from './types' */

import { clamp } from './shared.js'

export class Position {
  row = 0
  column = 0
  pinned = false
  /** @type {Pair | null} The pixel pointed at, in image coordinates. */
  pixel = null
  /** The weight pointed at, or -1. */
  tap = -1
  /** @type {Pair} The result's height and width; at first its middle is shown. */
  size = [1, 1]
  /** Weights of a kernel. */
  taps = 0
  turn = -1

  /**
   * Take a pin that Python has set, and stay at the same place in a result of another size; what is
   * pointed at stays too, unless the pin or the layer is another: a page also draws itself anew for others.
   * @param {Shared<Pair | null>} pin @param {Pair} size Height and width of the result. @param {number} taps
   */
  take(pin, size, taps) {
    const { pixel, tap } = this
    const same = pin.turn === this.turn && String(size) === String(this.size) && taps === this.taps
    if (pin.turn !== this.turn) {
      this.turn = pin.turn
      this.pinned = pin.value !== null
      if (pin.value) [this.row, this.column] = pin.value
    }
    if (!this.pinned) {
      this.row = Math.floor(((this.row + 0.5) * size[0]) / this.size[0])
      this.column = Math.floor(((this.column + 0.5) * size[1]) / this.size[1])
    }
    this.size = size
    this.taps = taps
    this.moveTo(this.row, this.column)
    if (same) this.point(pixel, tap)
  }

  /**
   * Go to a place, or to the nearest inside the result, and point at nothing.
   * @param {number} row @param {number} column
   */
  moveTo(row, column) {
    this.row = clamp(row, 0, this.size[0] - 1)
    this.column = clamp(column, 0, this.size[1] - 1)
    this.pixel = null
    this.tap = -1
  }

  /** The place, counted row by row. */
  index() {
    return this.row * this.size[1] + this.column
  }

  last() {
    return this.size[0] * this.size[1] - 1
  }

  /** @param {number} index */
  goTo(index) {
    const at = clamp(index, 0, this.last())
    this.moveTo(Math.floor(at / this.size[1]), at % this.size[1])
  }

  /** @param {Pair} cell */
  isAt([row, column]) {
    return row === this.row && column === this.column
  }

  /**
   * Follow the mouse over the result, unless pinned; returns whether anything has changed.
   * @param {Pair} cell
   */
  hover(cell) {
    const unmarked = this.pixel === null && this.tap < 0
    if (unmarked && (this.pinned || this.isAt(cell))) return false
    const [row, column] = this.pinned ? [this.row, this.column] : cell
    this.moveTo(row, column)
    return true
  }

  /**
   * Point at a pixel, a weight or nothing; returns whether anything has changed.
   * @param {Pair | null} pixel @param {number} tap
   */
  point(pixel, tap) {
    if (String(pixel) === String(this.pixel) && tap === this.tap) return false
    this.pixel = pixel
    this.tap = tap
    return true
  }

  /**
   * Pin a place, or let it go if it is the pinned one.
   * @param {Pair} cell
   */
  click(cell) {
    this.pinned = !(this.pinned && this.isAt(cell))
    if (this.pinned) [this.row, this.column] = cell
  }

  /**
   * Do what a key means; returns whether it means anything.
   * @param {string} key @param {boolean} onResult Whether the result has the focus: elsewhere a key only lets go.
   */
  press(key, onResult) {
    const to = this.onward(key)
    if (key === 'Escape' && this.pinned) this.pinned = false
    else if (onResult && (key === 'Enter' || key === ' ')) this.pinned = !this.pinned
    else if (!to || !onResult) return false
    this.moveTo(...(to ?? [this.row, this.column]))
    return true
  }

  /**
   * Where a key leads, beyond the edge too.
   * @param {string} key
   * @returns {Pair | undefined}
   */
  onward(key) {
    const { row, column } = this
    /** @type {Record<string, Pair>} */
    const moves = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
      Home: [0, 0], End: this.size,
    }
    return moves[key]
  }
}
