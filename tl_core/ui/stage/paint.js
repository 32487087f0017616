// A grid to paint on. Python is told at the end of each stroke.

/** @import { Call, Pair, PaintData, PaintState, Place, Texts } from './types' */

import { bytesOf, clamp, element, fill, inkOn, mounted } from './shared.js'
import { edged, penOf } from './pens.js'

const REPORT_AFTER = 500 // milliseconds without a key that end a stroke on the keyboard
const NUMBERS_FROM = 27 // CSS pixels: a cell of that size has room for its value

/**
 * Every cell on the way from one to another, both included: a quick hand skips some.
 * @param {Pair} from @param {Pair} to
 */
export function between([fromRow, fromColumn], [row, column]) {
  const steps = Math.max(Math.abs(row - fromRow), Math.abs(column - fromColumn), 1)
  return Array.from({ length: steps + 1 }, (_, step) => [
    Math.round(fromRow + ((row - fromRow) * step) / steps),
    Math.round(fromColumn + ((column - fromColumn) * step) / steps),
  ])
}

class Grid {
  /** @type {Texts} */
  text
  /** @type {CanvasRenderingContext2D} */
  pen
  /** @type {Call<unknown, PaintState>['setStateValue']} */
  setStateValue
  rows = 0
  columns = 0
  row = 0
  column = 0
  pixels = new Uint8Array()
  /** @type {Pair | null} Where the stroke that is being painted has come to. */
  stroke = null
  turn = -1
  told = ''
  colour = ''
  side = 1

  /** @param {Place} parent */
  constructor(parent) {
    this.canvas = element('canvas', { tabindex: '0', role: 'application' })
    this.grey = element('input', { type: 'range', min: 0, max: 255, value: 255 })
    this.word = element('span', { class: 'word' })
    this.swatch = element('span', { class: 'swatch' })
    this.clear = element('button', { type: 'button', class: 'clear' })
    this.invert = element('button', { type: 'button', class: 'invert' })
    this.status = element('p', { class: 'status', role: 'status' })
    this.frame = element('div', { class: 'frame' }, this.canvas,
      element('label', {}, this.swatch, this.word, this.grey),
      element('div', { class: 'buttons' }, this.clear, this.invert), this.status)
    parent.append(this.frame)
    this.listen()
    this.resizing = new ResizeObserver(() => this.rows && this.lay())
    this.resizing.observe(this.frame)
  }

  /** @param {Call<PaintData, PaintState>} call */
  receive({ data, setStateValue }) {
    const { rows, columns, painting, colour, text } = data
    const resized = rows !== this.rows || columns !== this.columns
    Object.assign(this, { rows, columns, colour, text, setStateValue })
    if (painting.turn !== this.turn || resized) {
      this.turn = painting.turn
      this.told = painting.value
      this.pixels = bytesOf(painting.value)
      this.row = clamp(this.row, 0, rows - 1)
      this.column = clamp(this.column, 0, columns - 1)
    }
    this.canvas.setAttribute('aria-label', fill(text.name, { rows, columns }))
    this.clear.textContent = text.clear
    this.invert.textContent = text.invert
    this.sayGrey()
    this.lay()
  }

  lay() {
    const ratio = window.devicePixelRatio || 1
    this.side = Math.floor(Math.min(this.frame.clientWidth, 340) / Math.max(this.rows, this.columns))
    const [width, height] = [this.columns * this.side, this.rows * this.side]
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` })
    Object.assign(this.canvas, { width: width * ratio, height: height * ratio })
    this.pen = penOf(this.canvas)
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0)
    this.font = getComputedStyle(this.frame).fontFamily
    this.draw()
  }

  draw() {
    const { pen, side } = this
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    pen.font = `500 ${clamp(side * 0.34, 10, 15)}px ${this.font}`
    pen.lineWidth = 1
    pen.strokeStyle = 'rgba(128, 128, 128, 0.7)'
    for (let row = 0; row < this.rows; row++) {
      for (let column = 0; column < this.columns; column++) {
        const value = this.pixels[row * this.columns + column]
        pen.fillStyle = `rgb(${value} ${value} ${value})`
        pen.fillRect(column * side, row * side, side, side)
        pen.strokeRect(column * side + 0.5, row * side + 0.5, side - 1, side - 1)
        if (side < NUMBERS_FROM) continue
        pen.fillStyle = inkOn(value, value, value)
        pen.fillText(String(value), (column + 0.5) * side, (row + 0.5) * side)
      }
    }
    edged(pen, 2, 2, this.colour, () =>
      pen.strokeRect(this.column * side + 2, this.row * side + 2, side - 4, side - 4))
    const value = this.pixels[this.row * this.columns + this.column]
    this.status.textContent = fill(this.text.position, { row: this.row, column: this.column, value })
  }

  sayGrey() {
    const value = this.grey.value
    this.word.textContent = fill(this.text.grey, { value })
    this.swatch.style.background = `rgb(${value} ${value} ${value})`
  }

  // ---------------------------------------------------------------------------------------- painting

  listen() {
    const { canvas } = this
    canvas.onpointerdown = (event) => this.begin(event)
    canvas.onpointermove = (event) => this.stroke && this.paintTo(this.cellAt(event))
    canvas.onpointerup = canvas.onpointercancel = () => {
      if (!this.stroke) return
      this.stroke = null
      this.report()
    }
    canvas.onkeydown = (event) => this.key(event)
    this.grey.oninput = () => this.sayGrey()
    this.clear.onclick = () => this.change(() => 0)
    this.invert.onclick = () => this.change((value) => 255 - value)
  }

  /**
   * @param {PointerEvent} event
   * @returns {Pair}
   */
  cellAt(event) {
    const frame = this.canvas.getBoundingClientRect()
    const row = Math.floor((event.clientY - frame.top) / this.side)
    const column = Math.floor((event.clientX - frame.left) / this.side)
    return [clamp(row, 0, this.rows - 1), clamp(column, 0, this.columns - 1)]
  }

  /** @param {PointerEvent} event */
  begin(event) {
    if (event.button > 0) return
    this.canvas.setPointerCapture(event.pointerId)
    this.stroke = this.cellAt(event)
    this.paintTo(this.stroke)
  }

  /** @param {Pair} cell */
  paintTo([row, column]) {
    for (const [y, x] of between(this.stroke ?? [row, column], [row, column])) {
      this.pixels[y * this.columns + x] = Number(this.grey.value)
    }
    Object.assign(this, { stroke: [row, column], row, column })
    this.draw()
  }

  /** @param {(value: number) => number} to */
  change(to) {
    this.pixels = this.pixels.map(to)
    this.draw()
    this.report()
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    /** @type {Record<string, Pair>} */
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }
    const digit = /^[0-9]$/.test(event.key)
    if (moves[event.key]) {
      this.row = clamp(this.row + moves[event.key][0], 0, this.rows - 1)
      this.column = clamp(this.column + moves[event.key][1], 0, this.columns - 1)
    } else if (digit || event.key === ' ' || event.key === 'Enter') {
      if (digit) this.grey.value = String(Math.round((Number(event.key) * 255) / 9))
      this.sayGrey()
      this.pixels[this.row * this.columns + this.column] = Number(this.grey.value)
      clearTimeout(this.reporting)
      this.reporting = setTimeout(() => this.report(), REPORT_AFTER)
    } else return
    event.preventDefault()
    this.draw()
  }

  report() {
    clearTimeout(this.reporting)
    const value = btoa(String.fromCharCode(...this.pixels))
    if (value === this.told) return
    this.told = value
    this.setStateValue('painting', { turn: this.turn, value })
  }

  leave() {
    clearTimeout(this.reporting)
    this.resizing.disconnect()
    this.frame.remove()
  }
}

export default mounted(Grid)
