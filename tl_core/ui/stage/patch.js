// The patch under the kernel, enlarged and in its own colours: what the products beside it multiply.

/** @import { Look, Pair } from './types' */
/** @import { Sums } from './sums.js' */

import { INK } from './shared.js'
import { Figure } from './drawing.js'

export class Patch extends Figure {
  constructor() {
    super('patch', 'img')
  }

  /**
   * The pixels that the taps meet, copied out of the input as it is drawn; nothing where a tap meets none.
   * @param {ImageData} input With its padding. @param {Sums} sums @param {Pair} at
   */
  static pixels(input, sums, at) {
    const { rows, columns } = sums
    const pixels = new ImageData(columns.kernel, rows.kernel)
    for (let i = 0, to = 0; i < rows.kernel; i++) {
      const y = sums.met(rows, at[0], i)
      for (let j = 0; j < columns.kernel; j++, to += 4) {
        const x = sums.met(columns, at[1], j)
        if (y < 0 || x < 0) continue
        const from = (y * columns.padded + x) * 4
        pixels.data.set(input.data.subarray(from, from + 4), to)
      }
    }
    return pixels
  }

  /**
   * Mark what is padding, what is pointed at, and what a largest value is taken from.
   * @param {Sums} sums @param {number} hovered @param {number[]} winners @param {Look} look
   */
  mark(sums, hovered, winners, look) {
    this.clear()
    if (sums.mode !== 'transpose') this.markPadding(sums, look)
    if (hovered >= 0) this.outline(this.around([hovered], sums), look.activations, 2)
    this.outline(this.around(winners, sums), INK, 2)
  }

  /** @param {number[]} taps @param {Sums} sums */
  around(taps, sums) {
    const path = new Path2D()
    for (const tap of taps) path.rect(...this.cell(tap, sums))
    return path
  }

  /** @param {number} tap @param {Sums} sums */
  cell(tap, { columns }) {
    return this.frameOf(Math.floor(tap / columns.kernel), tap % columns.kernel)
  }

  /**
   * A corner in each cell, as in its product.
   * @param {Sums} sums @param {Look} look
   */
  markPadding(sums, look) {
    const { marks: pen } = this
    const side = Math.min(8, this.scale / 2)
    pen.fillStyle = look.padding
    pen.beginPath()
    for (let tap = 0; tap < sums.taps; tap++) {
      if (sums.inside[tap]) continue
      const [x, y] = this.cell(tap, sums)
      pen.moveTo(x, y)
      pen.lineTo(x + side, y)
      pen.lineTo(x, y + side)
    }
    pen.fill()
  }

  /** @param {PointerEvent} event @param {Sums} sums */
  tapAt(event, { columns }) {
    const cell = this.cellAt(event)
    return cell ? cell[0] * columns.kernel + cell[1] : -1
  }
}
