// Every product at the present position, cell by cell.

/** @import { Look, Term } from './types' */
/** @import { Scale } from './scale.js' */
/** @import { Sums } from './sums.js' */

import { INK, clamp, element } from './shared.js'
import { number, short } from './numbers.js'
import { edged, sized } from './pens.js'

const GAP = 14
const HEAD = 18 // above each grid, if there are several
// From the most to the least told: the smallest cell, the largest cell, and its way to write.
const LEVELS = [
  { name: 'equation', width: 58, height: 27, mostWidth: 110, mostHeight: 56 },
  { name: 'line', width: 96, height: 16, mostWidth: 130, mostHeight: 26 },
  { name: 'product', width: 25, height: 15, mostWidth: 58, mostHeight: 30 },
]

/**
 * Where each grid of products goes in a panel; scrolls only if even the smallest cells do not fit.
 * @param {number} panelWidth @param {number} panelHeight
 * @param {number} grids @param {number} rows Of each grid. @param {number} columns
 * @param {boolean} larger Whether only cells that tell the most will do.
 */
export function arrange(panelWidth, panelHeight, grids, rows, columns, larger) {
  const head = grids > 1 ? HEAD : 2
  for (const level of larger ? LEVELS.slice(0, 1) : LEVELS) {
    for (let across = grids; across >= 1; across--) {
      const down = Math.ceil(grids / across)
      const width = ((panelWidth + GAP) / across - GAP) / columns
      const height = (panelHeight / down - head) / rows
      if (width >= level.width && height >= level.height) {
        return {
          level: level.name, across: Math.ceil(grids / down), down, head,
          width: Math.min(width, level.mostWidth), height: Math.min(height, level.mostHeight),
        }
      }
    }
  }
  const level = LEVELS[larger ? 0 : 2]
  const fitting = Math.floor((panelWidth + GAP) / (columns * level.width + GAP))
  const across = clamp(fitting, 1, grids)
  const height = larger ? level.height + 5 : level.height + 2
  const stretched = Math.min(((panelWidth + GAP) / across - GAP) / columns, level.mostWidth)
  const width = Math.max(stretched, level.width)
  return { level: level.name, across, down: Math.ceil(grids / across), head, width, height }
}

/** The grids of products, one for each channel and kernel. */
export class Products {
  /** @type {Sums} */
  sums
  /** @type {ReturnType<typeof arrange>} */
  plan
  /** @type {CanvasRenderingContext2D} */
  pen
  font = 'sans-serif'
  left = 0
  width = 0
  height = 0

  constructor() {
    this.canvas = element('canvas', { role: 'img' })
    this.root = element('div', { class: 'products', tabindex: '0', role: 'region' }, this.canvas)
    this.sum = element('div', { class: 'sum' })
    this.larger = element('button', { type: 'button', class: 'larger', 'aria-pressed': 'false' })
  }

  /** @param {Sums} sums */
  fit(sums) {
    const { clientWidth, clientHeight } = this.root
    const asked = this.larger.getAttribute('aria-pressed') === 'true'
    const { kernel: rows } = sums.rows
    const { kernel: columns } = sums.columns
    const grids = sums.terms.length
    const plain = arrange(clientWidth, clientHeight, grids, rows, columns, false)
    this.larger.disabled = plain.level === 'equation' || plain.level === 'line'
    const plan = asked && !this.larger.disabled
      ? arrange(clientWidth, clientHeight, grids, rows, columns, true) : plain
    Object.assign(this, { plan, sums })
    const width = plan.across * (columns * plan.width + GAP) - GAP
    const height = plan.down * (rows * plan.height + plan.head)
    this.left = Math.max(0, (clientWidth - width) / 2)
    Object.assign(this, { width: Math.max(width, clientWidth), height: Math.ceil(height) })
    Object.assign(this.canvas.style, { width: `${this.width}px`, height: `${this.height}px` })
    this.pen = sized(this.canvas, this.width, this.height)
  }

  /**
   * Upper left corner of a grid's cells.
   * @param {number} grid
   */
  corner(grid) {
    const { across, head, width, height } = this.plan
    const { rows, columns } = this.sums
    const x = this.left + (grid % across) * (columns.kernel * width + GAP)
    const y = Math.floor(grid / across) * (rows.kernel * height + head) + head
    return [x, y]
  }

  /** @param {PointerEvent} event */
  tapAt(event) {
    const frame = this.canvas.getBoundingClientRect()
    const { width, height } = this.plan
    const { rows, columns } = this.sums
    for (let grid = 0; grid < this.sums.terms.length; grid++) {
      const [x, y] = this.corner(grid)
      const row = Math.floor((event.clientY - frame.top - y) / height)
      const column = Math.floor((event.clientX - frame.left - x) / width)
      if (row >= 0 && row < rows.kernel && column >= 0 && column < columns.kernel) {
        return row * columns.kernel + column
      }
    }
    return -1
  }

  /** @param {Scale} scale @param {Look} look @param {string[]} names @param {number} hovered */
  draw(scale, look, names, hovered) {
    const { pen, sums, plan } = this
    const columns = sums.columns.kernel
    pen.clearRect(0, 0, this.width, this.height)
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    sums.terms.forEach((term, grid) => {
      const [left, top] = this.corner(grid)
      this.name(names[grid], left, top, look)
      for (let tap = 0; tap < sums.taps; tap++) {
        const x = left + (tap % columns) * plan.width
        const y = top + Math.floor(tap / columns) * plan.height
        this.cell(term, tap, x, y, scale, look)
      }
      if (hovered >= 0) this.mark(hovered, left, top, look.activations)
      if (sums.mode === 'max' && term.winner >= 0) this.mark(term.winner, left, top, INK)
    })
  }

  /** @param {string} text @param {number} left @param {number} top @param {Look} look */
  name(text, left, top, look) {
    const { pen } = this
    pen.textAlign = 'left'
    pen.font = `600 13px ${look.font}`
    pen.fillStyle = look.text
    pen.fillText(text, left, top - HEAD / 2)
    pen.textAlign = 'center'
  }

  /**
   * @param {Term} term @param {number} tap @param {number} x @param {number} y
   * @param {Scale} scale @param {Look} look
   */
  cell(term, tap, x, y, scale, look) {
    const { pen, plan, sums } = this
    const { width, height } = plan
    const counted = sums.counts(tap)
    const value = term.products[tap]
    const step = scale.step(counted ? value : 0, sums.largestProduct)
    pen.fillStyle = counted ? scale.fills[step] : look.background
    pen.fillRect(x + 0.5, y + 0.5, width - 1, height - 1)
    if (!sums.inside[tap] && sums.mode !== 'transpose') {
      // Padding: a corner in the colour that padding has in the input.
      pen.fillStyle = look.padding
      pen.beginPath()
      pen.moveTo(x + 0.5, y + 0.5)
      pen.lineTo(x + 8.5, y + 0.5)
      pen.lineTo(x + 0.5, y + 8.5)
      pen.fill()
    }
    if (!counted) return
    pen.fillStyle = scale.inks[step]
    this.write(term, tap, value, x + width / 2, y + height / 2)
  }

  /** @param {Term} term @param {number} tap @param {number} value @param {number} x @param {number} y */
  write(term, tap, value, x, y) {
    const { plan } = this
    const product = plan.level === 'product' ? short(value) : number(value, 4)
    if (!term.weights) {
      this.text(product, x, y, clamp(plan.height * 0.5, 9.5, 18), 600)
      return
    }
    const factors = `${number(this.sums.pixels[term.channel][tap], 4)} × ${number(term.weights[tap], 3)}`
    if (plan.level === 'equation') {
      const size = clamp(Math.min(plan.height * 0.36, plan.width * 0.15), 11, 15)
      this.text(factors, x, y - size * 0.58, size, 400)
      this.text(`= ${product}`, x, y + size * 0.58, size, 700)
    } else if (plan.level === 'line') {
      this.text(`${factors} = ${number(value, 3)}`, x, y, clamp(plan.height * 0.6, 10, 13), 500)
    } else {
      this.text(product, x, y, clamp(Math.min(plan.height * 0.66, plan.width * 0.4), 9.5, 14), 600)
    }
  }

  /** @param {string} words @param {number} x @param {number} y @param {number} size @param {number} weight */
  text(words, x, y, size, weight) {
    this.pen.font = `${weight} ${size}px ${this.font}`
    this.pen.fillText(words, x, y, this.plan.width - 2)
  }

  /** @param {number} tap @param {number} left @param {number} top @param {string} colour */
  mark(tap, left, top, colour) {
    const { pen, plan, sums } = this
    const columns = sums.columns.kernel
    const x = left + (tap % columns) * plan.width
    const y = top + Math.floor(tap / columns) * plan.height
    edged(pen, 3, 2, colour, () => pen.strokeRect(x + 1, y + 1, plan.width - 2, plan.height - 2))
  }
}
