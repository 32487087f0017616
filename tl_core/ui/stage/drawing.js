// How the cells of a picture are drawn.

/** @import { Frame, Pair } from './types' */

import { element } from './shared.js'
import { edged, penOf, sized } from './pens.js'

const EDGE = '#808080' // stands out from a white page and from a dark one

/** Two canvases on top of each other: what stays, and what follows the mouse. */
export class Figure {
  // Of the last `fit`: the room, its cells, their size, and where the first of them starts.
  width = 0
  height = 0
  cellsDown = 0
  cellsAcross = 0
  scale = 1
  left = 0
  top = 0
  /** @type {CanvasRenderingContext2D} The pen for what stays. */
  ground
  /** @type {CanvasRenderingContext2D} The pen for what follows the mouse. */
  marks

  /** @param {string} name @param {string} role */
  constructor(name, role) {
    this.title = element('span', { class: 'title' })
    this.note = element('span', { class: 'note' })
    this.base = element('canvas', { class: 'base', 'aria-hidden': 'true' })
    this.over = element('canvas', { class: 'over', role })
    this.box = element('div', { class: 'box' }, this.base, this.over)
    const heading = element('div', { class: 'heading' }, this.title, this.note)
    this.root = element('div', { class: `figure ${name}` }, heading, this.box)
  }

  /**
   * Take the size that the layout gives, and fit (height, width) cells into it.
   * @param {number} height @param {number} width
   */
  fit(height, width) {
    const room = this.box.getBoundingClientRect()
    Object.assign(this, { width: room.width, height: room.height, cellsDown: height, cellsAcross: width })
    this.ground = sized(this.base, room.width, room.height)
    this.marks = sized(this.over, room.width, room.height)
    this.scale = Math.min((room.width - 2) / width, (room.height - 2) / height)
    this.left = (room.width - width * this.scale) / 2
    this.top = (room.height - height * this.scale) / 2
  }

  /**
   * The cell under a pointer, or null outside.
   * @param {PointerEvent | MouseEvent} event
   * @returns {Pair | null}
   */
  cellAt(event) {
    const frame = this.over.getBoundingClientRect()
    const row = Math.floor((event.clientY - frame.top - this.top) / this.scale)
    const column = Math.floor((event.clientX - frame.left - this.left) / this.scale)
    const inside = row >= 0 && row < this.cellsDown && column >= 0 && column < this.cellsAcross
    return inside ? [row, column] : null
  }

  clear() {
    this.marks.clearRect(0, 0, this.width, this.height)
  }

  /**
   * Draw a picture of cellsDown x cellsAcross pixels: squares when enlarged, smooth when reduced.
   * @param {ImageData} pixels
   */
  paint(pixels) {
    const small = new OffscreenCanvas(this.cellsAcross, this.cellsDown)
    penOf(small).putImageData(pixels, 0, 0)
    this.ground.clearRect(0, 0, this.width, this.height)
    this.ground.imageSmoothingEnabled = this.scale < 1
    this.ground.imageSmoothingQuality = 'high'
    const { left, top, scale, cellsAcross, cellsDown } = this
    this.ground.drawImage(small, left, top, cellsAcross * scale, cellsDown * scale)
    if (scale >= 10) this.grid()
    this.edge()
  }

  /** A line around the picture: its border may have the colour of the page. */
  edge() {
    const { ground: pen, left, top, scale, cellsDown, cellsAcross } = this
    pen.lineWidth = 1
    pen.strokeStyle = EDGE
    pen.strokeRect(left, top, cellsAcross * scale, cellsDown * scale)
  }

  grid() {
    const { ground: pen, left, top, scale, cellsDown, cellsAcross } = this
    pen.beginPath()
    for (let i = 0; i <= cellsDown; i++) {
      pen.moveTo(left, top + i * scale)
      pen.lineTo(left + cellsAcross * scale, top + i * scale)
    }
    for (let j = 0; j <= cellsAcross; j++) {
      pen.moveTo(left + j * scale, top)
      pen.lineTo(left + j * scale, top + cellsDown * scale)
    }
    pen.strokeStyle = 'rgba(128, 128, 128, 0.35)'
    pen.lineWidth = 1
    pen.stroke()
  }

  /**
   * Rectangle in CSS pixels around cells; never smaller than `least` pixels, so that it can be seen.
   * @param {number} row @param {number} column
   * @returns {Frame}
   */
  frameOf(row, column, rows = 1, columns = 1, least = 0) {
    const width = Math.max(columns * this.scale, least)
    const height = Math.max(rows * this.scale, least)
    const x = this.left + (column + columns / 2) * this.scale - width / 2
    const y = this.top + (row + rows / 2) * this.scale - height / 2
    return [x, y, width, height]
  }

  /**
   * Stroke a path with light edges, so that it shows on any picture.
   * @param {Path2D} path @param {string} colour
   */
  outline(path, colour, width = 2) {
    const pen = this.marks
    pen.setLineDash([])
    pen.lineJoin = 'round'
    edged(pen, width, Math.min(2, width), colour, () => pen.stroke(path))
  }

  /** @param {Frame} frame @param {string} colour */
  hatch([x, y, width, height], colour) {
    const { ground: pen } = this
    pen.save()
    pen.beginPath()
    pen.rect(x, y, width, height)
    pen.clip()
    pen.beginPath()
    for (let at = x - height; at < x + width; at += 6) {
      pen.moveTo(at, y + height)
      pen.lineTo(at + height, y)
    }
    edged(pen, 1.5, 1.5, colour, () => pen.stroke())
    pen.restore()
  }
}
