// The kernel's weights, one grid for each set of them.

/** @import { Look } from './types' */
/** @import { Scale } from './scale.js' */
/** @import { Sums } from './sums.js' */
/** @import { Words } from './words.js' */

import { clamp } from './shared.js'
import { number, short } from './numbers.js'
import { Figure } from './drawing.js'

const TITLE = 16 // above each grid, if there are several
const BESIDE = 8 // between grids beside each other
const BELOW = 4
const LARGEST = 64

/**
 * How many grids go beside each other so that their cells are as large as they fit, and how large.
 * @param {number} width Of the room, in CSS pixels. @param {number} height
 * @param {number} grids @param {number} rows Of each grid. @param {number} columns
 */
export function spread(width, height, grids, rows, columns) {
  const head = grids > 1 ? TITLE : 0
  const plans = Array.from({ length: grids }, (_, before) => {
    const across = before + 1
    const down = Math.ceil(grids / across)
    const wide = (width - 4 - before * BESIDE) / (across * columns)
    const high = (height - 4 - down * head - (down - 1) * BELOW) / (down * rows)
    return { across, down, head, side: Math.min(wide, high, LARGEST) }
  })
  return plans.reduce((best, plan) => (plan.side > best.side ? plan : best))
}

export class KernelFigure extends Figure {
  /** @type {Sums} */
  sums
  grids = 1
  across = 1
  head = 0
  start = [0, 0]

  /**
   * Lay the grids out as large as they fit, below or beside each other.
   * @param {Sums} sums
   */
  lay(sums) {
    const { rows, columns, parts, kinds } = sums
    const grids = Math.max(1, parts * kinds)
    this.fit(rows.kernel, columns.kernel)
    const { across, down, head, side } = spread(this.width, this.height, grids, rows.kernel, columns.kernel)
    Object.assign(this, { sums, grids, head, across, scale: side })
    const wide = across * (columns.kernel * side + BESIDE) - BESIDE
    const high = down * (rows.kernel * side + head + BELOW) - BELOW
    this.start = [(this.width - wide) / 2, (this.height - high) / 2]
  }

  /**
   * Upper left corner of a grid's cells.
   * @param {number} grid
   */
  corner(grid) {
    const { across, head, scale, start } = this
    const { rows, columns } = this.sums
    const x = start[0] + (grid % across) * (columns.kernel * scale + BESIDE)
    const y = start[1] + Math.floor(grid / across) * (rows.kernel * scale + head + BELOW) + head
    return [x, y]
  }

  /** @param {Scale} colours @param {Look} look @param {Words} words */
  draw(colours, look, words) {
    const { ground: pen, sums, scale: side, width, height } = this
    pen.clearRect(0, 0, width, height)
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    const kinds = Math.max(1, sums.kinds)
    for (let grid = 0; grid < this.grids; grid++) {
      const [left, top] = this.corner(grid)
      const [part, kind] = [Math.floor(grid / kinds), grid % kinds]
      if (this.head) {
        pen.font = `600 12px ${look.font}`
        pen.fillStyle = look.text
        pen.fillText(words.plane(part, kind), left + (sums.columns.kernel * side) / 2, top - 8)
      }
      const weights = sums.weightsOf(part, kind)
      for (let tap = 0; tap < sums.taps; tap++) this.weight(weights?.[tap], tap, grid, colours, look)
    }
  }

  /**
   * @param {number | undefined} weight @param {number} tap @param {number} grid
   * @param {Scale} colours @param {Look} look
   */
  weight(weight, tap, grid, colours, look) {
    const { ground: pen, scale: side } = this
    const [x, y] = this.cornerOf(tap, grid)
    const step = colours.step(weight ?? 0, this.sums.largestWeight || 1)
    pen.fillStyle = colours.fills[step]
    pen.fillRect(x, y, side, side)
    pen.strokeStyle = 'rgba(128, 128, 128, 0.6)'
    pen.lineWidth = 1
    pen.strokeRect(x, y, side, side)
    if (weight === undefined || side < 24) return
    pen.font = `600 ${clamp(side * 0.3, 9.5, 17)}px ${look.font}`
    pen.fillStyle = colours.inks[step]
    const words = side < 36 ? short(weight) : number(weight, 3)
    pen.fillText(words, x + side / 2, y + side / 2, side - 2)
  }

  /**
   * Upper left corner of one weight's cell.
   * @param {number} tap @param {number} grid
   */
  cornerOf(tap, grid) {
    const [left, top] = this.corner(grid)
    const columns = this.sums.columns.kernel
    return [left + (tap % columns) * this.scale, top + Math.floor(tap / columns) * this.scale]
  }

  /** @param {PointerEvent} event */
  tapAt(event) {
    const frame = this.over.getBoundingClientRect()
    const { rows, columns } = this.sums
    for (let grid = 0; grid < this.grids; grid++) {
      const [left, top] = this.corner(grid)
      const row = Math.floor((event.clientY - frame.top - top) / this.scale)
      const column = Math.floor((event.clientX - frame.left - left) / this.scale)
      if (row >= 0 && row < rows.kernel && column >= 0 && column < columns.kernel) {
        return row * columns.kernel + column
      }
    }
    return -1
  }

  /**
   * Add one weight, in each of the grids, to a path.
   * @param {Path2D} path @param {number} tap
   */
  addTap(path, tap, inset = 0) {
    const side = this.scale - 2 * inset
    for (let grid = 0; grid < this.grids; grid++) {
      const [x, y] = this.cornerOf(tap, grid)
      path.rect(x + inset, y + inset, side, side)
    }
  }
}
