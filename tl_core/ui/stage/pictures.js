// What the figures show while nothing is set: the input, the kernel and the result.

/** @import { Look, Pair, StageArrays, Texts } from './types' */
/** @import { Scale } from './scale.js' */
/** @import { Sums } from './sums.js' */
/** @import { Words } from './words.js' */

import { PAPER, clamp, element, fill, inkOn } from './shared.js'
import { short } from './numbers.js'
import { Figure } from './drawing.js'
import { KernelFigure } from './kernel.js'
import { Patch } from './patch.js'

export class Pictures {
  /** @type {Sums} */
  sums
  /** @type {StageArrays} */
  arrays
  /** @type {Words} */
  words
  /** @type {Look} */
  look
  /** @type {Scale} */
  scale
  /** @type {ImageData} The input with its padding, as it is drawn. */
  drawn

  constructor() {
    this.input = new Figure('input', 'img')
    this.kernel = new KernelFigure('kernel', 'img')
    this.result = new Figure('result', 'application')
    this.patch = new Patch()
    this.legend = element('div', { class: 'legend' })
    this.kernel.root.append(this.legend)
    this.root = element('div', { class: 'figures' }, this.input.root, this.kernel.root, this.result.root)
  }

  /** @param {Pick<Pictures, 'sums' | 'arrays' | 'words' | 'look' | 'scale'>} given What to show. */
  take(given) {
    Object.assign(this, given)
  }

  // ------------------------------------------------------------------------------------------- words

  /** @param {Texts} text @param {boolean} flip */
  write(text, flip) {
    const { rows, columns } = this.sums
    name(this.input, text, text.input, rows.size, columns.size, text.inputName)
    name(this.kernel, text, flip ? text.turned : text.kernel, rows.kernel, columns.kernel, text.kernelName)
    // Both do not fit, and the size can be counted.
    if (flip) this.kernel.note.textContent = ''
    name(this.patch, text, text.patch, rows.kernel, columns.kernel, text.patchName)
    this.patch.note.textContent = '' // the kernel's
    name(this.result, text, text.result, rows.output, columns.output, text.resultName)
    const padded = rows.padded > rows.size || columns.padded > columns.size
    const { note } = this.input
    if (padded) note.textContent += `, ${fill(text.padded, { height: rows.padded, width: columns.padded })}`
    note.title = note.textContent ?? ''
    this.legend.replaceChildren(
      key('padding', text.padding, padded),
      key('dropped', text.dropped, rows.dropped > 0 || columns.dropped > 0))
  }

  // ----------------------------------------------------------------------------------------- pixels

  paint() {
    const { rows, columns } = this.sums
    this.input.fit(rows.padded, columns.padded)
    this.result.fit(rows.output, columns.output)
    this.patch.fit(rows.kernel, columns.kernel)
    this.kernel.lay(this.sums)
    this.paintInput()
    this.paintResult()
    this.kernel.draw(this.scale, this.look, this.words)
  }

  paintInput() {
    const { rows, columns, channels } = this.sums
    const pixels = new ImageData(columns.padded, rows.padded)
    this.fillInput(pixels.data)
    this.drawn = pixels
    this.input.paint(pixels)
    this.markPadding()
    this.markDropped()
    this.writeValues(this.input, pixels, channels, (y, x) =>
      this.sums.value(y - rows.before, x - columns.before, 0))
  }

  /** @param {Uint8ClampedArray} rgba Of the input with its padding. */
  fillInput(rgba) {
    const { mode, rows, columns, rowSource, columnSource } = this.sums
    const { values, shape } = this.arrays.imagePixels ?? this.arrays.image
    const depth = shape[2] ?? 1
    const constant = clamp(Math.round(this.sums.constant), 0, 255)
    for (let y = 0, at = 0; y < rows.padded; y++) {
      for (let x = 0; x < columns.padded; x++, at += 4) {
        const row = rowSource[y]
        const column = columnSource[x]
        const from = row < 0 || column < 0 ? -1 : (row * columns.size + column) * depth
        for (let k = 0; k < 3; k++) rgba[at + k] = from < 0 ? constant : values[from + (depth > 1 ? k : 0)]
        // What pooling does not count has no value.
        rgba[at + 3] = from < 0 && mode !== 'convolve' ? 0 : 255
      }
    }
  }

  markPadding() {
    const { rows, columns } = this.sums
    const { ground: pen } = this.input
    const [x, y, width, height] = this.input.frameOf(rows.before, columns.before, rows.size, columns.size)
    const whole = this.input.frameOf(0, 0, rows.padded, columns.padded)
    if (width === whole[2] && height === whole[3]) return
    pen.beginPath()
    pen.rect(...whole)
    pen.rect(x, y, width, height)
    pen.globalAlpha = 0.34
    pen.fillStyle = this.look.padding
    pen.fill('evenodd')
    pen.globalAlpha = 1
    pen.lineWidth = 3
    pen.strokeStyle = PAPER
    pen.strokeRect(x, y, width, height)
    pen.setLineDash([5, 3])
    pen.lineWidth = 1.5
    pen.strokeStyle = this.look.padding
    pen.strokeRect(x, y, width, height)
    pen.setLineDash([])
  }

  markDropped() {
    const { input: figure, look } = this
    const { rows, columns } = this.sums
    const used = [rows.padded - rows.dropped, columns.padded - columns.dropped]
    if (rows.dropped) figure.hatch(figure.frameOf(used[0], 0, rows.dropped, columns.padded), look.weights)
    if (columns.dropped) figure.hatch(figure.frameOf(0, used[1], used[0], columns.dropped), look.weights)
  }

  paintResult() {
    const { rows, columns, outputs, result } = this.sums
    const { values, shape } = this.arrays.resultPixels
    const depth = shape[2] ?? 1
    const pixels = new ImageData(columns.output, rows.output)
    for (let i = 0, at = 0; at < pixels.data.length; i += depth, at += 4) {
      pixels.data[at] = values[i]
      pixels.data[at + 1] = values[depth > 1 ? i + 1 : i]
      pixels.data[at + 2] = values[depth > 1 ? i + 2 : i]
      pixels.data[at + 3] = 255
    }
    this.result.paint(pixels)
    this.writeValues(this.result, pixels, outputs, (y, x) => result[y * columns.output + x])
  }

  /**
   * The patch at a position; the sums have been moved there.
   * @param {Pair} at
   */
  paintPatch(at) {
    const { sums, patch } = this
    const pixels = Patch.pixels(this.drawn, sums, at)
    patch.paint(pixels)
    this.writeValues(patch, pixels, sums.channels, (i, j) => sums.pixels[0][i * sums.columns.kernel + j])
  }

  /**
   * Write the numbers into the pixels where they are large enough to hold one.
   * @param {Figure} figure @param {ImageData} pixels @param {number} depth
   * @param {(y: number, x: number) => number} valueAt
   */
  writeValues(figure, pixels, depth, valueAt) {
    if (depth > 1 || figure.scale < 27) return
    const { ground: pen, scale } = figure
    pen.font = `500 ${clamp(scale * 0.34, 10, 16)}px ${this.look.font}`
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    for (let y = 0; y < figure.cellsDown; y++) {
      for (let x = 0; x < figure.cellsAcross; x++) {
        const [left, top, side] = figure.frameOf(y, x)
        const at = (y * figure.cellsAcross + x) * 4
        pen.fillStyle = inkOn(pixels.data[at], pixels.data[at + 1], pixels.data[at + 2])
        pen.fillText(short(valueAt(y, x)), left + side / 2, top + side / 2, side - 2)
      }
    }
  }
}

/**
 * @param {Figure} figure @param {Texts} text @param {string} title @param {number} height
 * @param {number} width @param {string} accessible
 */
function name(figure, text, title, height, width, accessible) {
  figure.title.textContent = title
  figure.note.textContent = fill(text.size, { height, width })
  figure.over.setAttribute('aria-label', fill(accessible, { height, width }))
}

/** @param {string} kind @param {string} words @param {boolean} shown Hidden, it keeps its place. */
function key(kind, words, shown) {
  const line = element('span', { class: `key ${kind}` }, words)
  line.style.visibility = shown ? 'visible' : 'hidden'
  return line
}
