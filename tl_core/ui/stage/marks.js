// What follows the mouse in the figures.

/** @import { Frame } from './types' */
/** @import { Figure } from './drawing.js' */
/** @import { Position } from './position.js' */

import { INK, PAPER, clamp } from './shared.js'
import { edged } from './pens.js'
import { Pictures } from './pictures.js'

/** The pictures, with the patch, the position and what is pointed at. */
export class MarkedPictures extends Pictures {
  /** @type {Position} */
  at

  /**
   * Draw all that depends on the position, on what is pointed at, and on whether it is pinned or plays.
   * @param {Position} at @param {boolean} playing
   */
  mark(at, playing) {
    this.at = at
    this.input.clear()
    this.kernel.clear()
    this.result.clear()
    if (playing) this.dimWhatIsToCome()
    if (at.tap >= 0) this.showReach()
    this.showPatch()
    if (at.pixel) this.showUses(...at.pixel)
    this.showWeight()
    this.showPosition()
    this.paintPatch([at.row, at.column])
    this.patch.mark(this.sums, at.tap, this.sums.mode === 'max' ? this.winners() : [], this.look)
  }

  showPatch() {
    const { input: figure, sums, at } = this
    const { rows, columns } = sums
    const [down, across] = [sums.patch(rows, at.row), sums.patch(columns, at.column)]
    if (!down || !across) return
    const whole = new Path2D()
    const frame = figure.frameOf(down[0], across[0], down[1], across[1], 9)
    whole.rect(...frame)
    if (Math.max(frame[2], frame[3]) < 24) this.cross(figure, frame)
    const apart = rows.dilation > 1 || columns.dilation > 1
    if ((apart || figure.scale >= 5) && figure.scale >= 2) this.showCells(apart)
    figure.outline(whole, this.look.weights, apart ? 1 : 2)
    if (at.tap >= 0) this.outlinePixels([at.tap], this.look.activations)
    if (sums.mode === 'max') this.outlinePixels(this.winners(), INK)
  }

  /**
   * The pixels of the patch, one by one.
   * @param {boolean} apart Whether there are gaps between them.
   */
  showCells(apart) {
    const { input: figure } = this
    const cells = new Path2D()
    for (let tap = 0; tap < this.sums.taps; tap++) this.addPixel(cells, tap)
    if (apart) {
      figure.outline(cells, this.look.weights, clamp(figure.scale / 5, 0.75, 2))
    } else {
      figure.marks.lineWidth = 1
      figure.marks.strokeStyle = this.look.weights
      figure.marks.stroke(cells)
    }
  }

  /**
   * Add the pixel that a tap meets at the present position to a path.
   * @param {Path2D} path @param {number} tap
   */
  addPixel(path, tap, least = 0) {
    const { rows, columns } = this.sums
    const y = this.sums.met(rows, this.at.row, Math.floor(tap / columns.kernel))
    const x = this.sums.met(columns, this.at.column, tap % columns.kernel)
    if (y >= 0 && x >= 0) path.rect(...this.input.frameOf(y, x, 1, 1, least))
  }

  /** @param {number[]} taps @param {string} colour */
  outlinePixels(taps, colour) {
    const path = new Path2D()
    for (const tap of taps) this.addPixel(path, tap, 5)
    this.input.outline(path, colour, 2)
  }

  winners() {
    return this.sums.terms.map((term) => term.winner).filter((tap) => tap >= 0)
  }

  /**
   * Lines from the frame to the edges: a small frame is hard to find.
   * @param {Figure} figure @param {Frame} frame
   */
  cross(figure, [x, y, width, height]) {
    const pen = figure.marks
    const right = figure.left + figure.cellsAcross * figure.scale
    const bottom = figure.top + figure.cellsDown * figure.scale
    const path = new Path2D()
    for (const [x1, y1, x2, y2] of [
      [figure.left, y + height / 2, x, y + height / 2], [x + width, y + height / 2, right, y + height / 2],
      [x + width / 2, figure.top, x + width / 2, y], [x + width / 2, y + height, x + width / 2, bottom],
    ]) {
      path.moveTo(x1, y1)
      path.lineTo(x2, y2)
    }
    pen.globalAlpha = 0.6
    const colour = figure === this.input ? this.look.weights : this.look.activations
    edged(pen, 1, 2, colour, () => pen.stroke(path))
    pen.globalAlpha = 1
  }

  showPosition() {
    const { result: figure, at } = this
    const frame = figure.frameOf(at.row, at.column, 1, 1, 7)
    if (frame[2] < 12) this.cross(figure, frame)
    const path = new Path2D()
    path.rect(...frame)
    figure.outline(path, this.look.activations, 2)
    if (!at.pinned) return
    // A pin's head: filled, so that it is not told by colour alone.
    const pen = figure.marks
    pen.beginPath()
    pen.arc(frame[0] + frame[2], frame[1], 5, 0, 2 * Math.PI)
    pen.fillStyle = this.look.activations
    pen.fill()
    pen.lineWidth = 1.5
    pen.strokeStyle = PAPER
    pen.stroke()
  }

  showWeight() {
    const { kernel, look, at } = this
    const path = new Path2D()
    if (at.tap >= 0) kernel.addTap(path, at.tap)
    kernel.outline(path, look.activations, 3)
    if (this.sums.mode !== 'max') return
    const winners = new Path2D()
    for (const tap of this.winners()) kernel.addTap(winners, tap, 3)
    kernel.outline(winners, INK, 3)
  }

  /** Lightly, every pixel that the weight pointed at meets, over all positions. */
  showReach() {
    const { input: figure, sums, at } = this
    const { rows, columns } = sums
    const [top, down, high] = sums.reach(rows, Math.floor(at.tap / columns.kernel))
    const [left, right, wide] = sums.reach(columns, at.tap % columns.kernel)
    const area = figure.frameOf(top, left, (high - 1) * down + 1, (wide - 1) * right + 1)
    const pen = figure.marks
    pen.globalAlpha = 0.3
    pen.fillStyle = this.look.activations
    if ((down === 1 && right === 1) || figure.scale < 3) {
      pen.fillRect(...area)
    } else {
      pen.beginPath()
      for (let i = 0; i < high; i++) {
        for (let j = 0; j < wide; j++) pen.rect(...figure.frameOf(top + i * down, left + j * right))
      }
      pen.fill()
    }
    pen.globalAlpha = 1
    pen.lineWidth = 1
    pen.strokeStyle = this.look.activations
    pen.strokeRect(...area)
  }

  /**
   * A pixel with its copies, every result that uses it, and the weights that it meets.
   * @param {number} y @param {number} x
   */
  showUses(y, x) {
    const { sums, result, kernel } = this
    const pen = result.marks
    const results = new Path2D()
    const weights = new Path2D()
    const first = sums.weightsOf(0, 0)
    for (const [row, column, tap] of sums.uses(y, x)) {
      const frame = result.frameOf(row, column, 1, 1, 2)
      if (first) {
        pen.fillStyle = this.scale.fills[this.scale.step(first[tap], sums.largestWeight || 1)]
        pen.fillRect(...frame)
      }
      results.rect(...frame)
      kernel.addTap(weights, tap, Math.min(2, kernel.scale / 8))
    }
    // Thin where cells are small but can be told apart: their colours should be seen too.
    pen.lineWidth = result.scale < 3 ? 1.5 : clamp(result.scale / 12, 0.25, 1.5)
    pen.strokeStyle = this.look.activations
    pen.stroke(results)
    kernel.outline(weights, this.look.activations, clamp(kernel.scale / 12, 0.5, 1.5))
    this.outlineCopies(y, x)
  }

  /** @param {number} y @param {number} x */
  outlineCopies(y, x) {
    const { sums, input } = this
    const here = new Path2D()
    const [rows, columns] = sums.copies(y, x)
    for (const row of rows) {
      for (const column of columns) {
        here.rect(...input.frameOf(row + sums.rows.before, column + sums.columns.before, 1, 1, 5))
      }
    }
    input.outline(here, this.look.activations, 2)
  }

  dimWhatIsToCome() {
    const { result: figure } = this
    const { row, column } = this.at
    const { rows, columns } = this.sums
    const pen = figure.marks
    pen.fillStyle = this.look.background
    pen.globalAlpha = 0.8
    pen.fillRect(...figure.frameOf(row, column + 1, 1, columns.output - column - 1))
    pen.fillRect(...figure.frameOf(row + 1, 0, rows.output - row - 1, columns.output))
    pen.globalAlpha = 1
  }
}
