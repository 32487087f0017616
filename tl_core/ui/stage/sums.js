// What one position of the kernel sees and gives; no drawing. Coordinates are those of
// tl_core/convolution/geometry.py: image coordinates start at the first real pixel, padded coordinates at the
// first pixel of the padding.

/** @import { Axis, Layer, LayerArrays, Pair, Term } from './types' */

import { clamp } from './shared.js'
import { Weights } from './weights.js'

/** A kernel, or a window, slid over the input. */
export class Sums {
  /** @param {Layer} layer @param {LayerArrays} arrays */
  constructor({ mode, rows, columns, bias, constant }, arrays) {
    this.mode = mode
    this.rows = rows
    this.columns = columns
    this.bias = bias
    this.constant = constant
    this.image = arrays.image.values
    this.result = arrays.result.values
    this.channels = arrays.image.shape[2] ?? 1
    this.outputs = arrays.result.shape[2] ?? 1
    this.rowSource = arrays.rowSource.values
    this.columnSource = arrays.columnSource.values
    this.weights = arrays.weights ? new Weights(arrays.weights.values, arrays.weights.shape) : null
    this.parts = this.weights?.parts ?? 1
    this.kinds = this.weights?.kinds ?? 0
    this.taps = rows.kernel * columns.kernel
    this.pixels = Array.from({ length: this.channels }, () => new Float32Array(this.taps))
    this.inside = new Uint8Array(this.taps)
    this.terms = this.newTerms()
    this.totals = new Float64Array(this.outputs)
    this.largestWeight = largest(this.weights?.values ?? [1])
    this.largestProduct = this.largestWeight * Math.max(largest(this.image), Math.abs(constant)) || 1
    this.row = 0
    this.column = 0
    this.padding = 0
    this.counted = 0
  }

  newTerms() {
    /** @type {Term[]} */
    const terms = []
    for (let part = 0; part < this.parts; part++) {
      for (let channel = 0; channel < this.channels; channel++) {
        const weights = this.weightsOf(part, channel)
        const products = weights ? new Float64Array(this.taps) : this.pixels[channel]
        terms.push({ part, channel, weights, products, sum: 0, winner: -1 })
      }
    }
    return terms
  }

  /** @param {number} part @param {number} channel */
  weightsOf(part, channel) {
    return this.weights?.of(part, channel) ?? null
  }

  /**
   * The value at image coordinates, padding included.
   * @param {number} y @param {number} x @param {number} channel
   */
  value(y, x, channel) {
    const row = this.rowSource[y + this.rows.before]
    const column = this.columnSource[x + this.columns.before]
    if (row < 0 || column < 0) return this.constant
    return this.image[(row * this.columns.size + column) * this.channels + channel]
  }

  /**
   * The padded coordinate that a tap meets from an output, on one axis; -1 if it meets none.
   * @param {Axis} axis @param {number} output @param {number} tap
   */
  met(axis, output, tap) {
    return output * axis.stride + tap * axis.dilation
  }

  /**
   * The first padded coordinate of an output's patch, and how far it reaches; null if it meets none.
   * @param {Axis} axis @param {number} output
   * @returns {Pair | null}
   */
  patch(axis, output) {
    return [output * axis.stride, axis.reach]
  }

  /**
   * The padded coordinates that a tap meets over all outputs: the first, their distance, how many.
   * @param {Axis} axis @param {number} tap
   */
  reach(axis, tap) {
    return [tap * axis.dilation, axis.stride, axis.output]
  }

  /**
   * Whether a tap adds to the sum at the present position.
   * @param {number} tap
   */
  counts(tap) {
    return this.weights !== null || this.inside[tap] === 1
  }

  /** @param {number} row @param {number} column */
  moveTo(row, column) {
    Object.assign(this, { row, column, padding: 0 })
    const { rows, columns } = this
    for (let i = 0, tap = 0; i < rows.kernel; i++) {
      const y = this.met(rows, row, i) - rows.before
      for (let j = 0; j < columns.kernel; j++, tap++) {
        const x = this.met(columns, column, j) - columns.before
        this.inside[tap] = this.isReal(y, x) ? 1 : 0
        this.padding += 1 - this.inside[tap]
        for (let channel = 0; channel < this.channels; channel++) {
          this.pixels[channel][tap] = this.value(y, x, channel)
        }
      }
    }
    this.counted = this.mode === 'convolve' ? this.taps : this.taps - this.padding
    for (const term of this.terms) this.add(term)
    for (let output = 0; output < this.outputs; output++) this.totals[output] = this.total(output)
  }

  /** @param {Term} term */
  add(term) {
    const { weights, products, channel } = term
    const pixels = this.pixels[channel]
    term.sum = 0
    term.winner = -1
    for (let tap = 0; tap < this.taps; tap++) {
      if (weights) products[tap] = weights[tap] * pixels[tap]
      if (!this.counts(tap)) continue
      term.sum += products[tap]
      if (!weights && (term.winner < 0 || products[tap] > products[term.winner])) term.winner = tap
    }
  }

  /**
   * The terms that one output adds up.
   * @param {number} output
   */
  termsOf(output) {
    return this.outputs > 1 ? this.terms.filter((term) => term.channel === output) : this.terms
  }

  /** @param {number} output */
  total(output) {
    const terms = this.termsOf(output)
    if (this.mode === 'max') return terms[0].products[terms[0].winner]
    if (this.mode === 'average') return terms[0].sum / this.counted
    const sums = this.sumsOfParts(terms)
    return this.parts > 1 ? Math.hypot(...sums) : sums[0] + this.bias
  }

  /** @param {Term[]} terms */
  sumsOfParts(terms) {
    const sums = new Array(this.parts).fill(0)
    for (const { part, sum } of terms) sums[part] += sum
    return sums
  }

  /**
   * What Python computed for the present position.
   * @param {number} output
   */
  given(output) {
    return this.result[(this.row * this.columns.output + this.column) * this.outputs + output]
  }

  /**
   * Every (output, tap) of one axis in which a coordinate is used.
   * @param {Axis} axis @param {number} coordinate
   */
  touched(axis, coordinate) {
    /** @type {Pair[]} */
    const found = []
    for (let tap = axis.kernel - 1; tap >= 0; tap--) {
      const start = coordinate + axis.before - tap * axis.dilation
      if (start >= 0 && start % axis.stride === 0 && start / axis.stride < axis.output) {
        found.push([start / axis.stride, tap])
      }
    }
    return found
  }

  /** @param {number} y @param {number} x */
  isReal(y, x) {
    return y >= 0 && y < this.rows.size && x >= 0 && x < this.columns.size
  }

  /**
   * A pixel's own rows and columns, and those of its copies in the padding.
   * @param {number} y @param {number} x
   */
  copies(y, x) {
    if (this.mode !== 'convolve' || !this.isReal(y, x)) return [[y], [x]]
    return [copiesOn(this.rows, this.rowSource, y), copiesOn(this.columns, this.columnSource, x)]
  }

  /**
   * Every use of a pixel, as [output row, output column, tap].
   * @param {number} y @param {number} x
   */
  uses(y, x) {
    const [down, across] = this.copies(y, x)
    const rows = down.flatMap((copy) => this.touched(this.rows, copy))
    const columns = across.flatMap((copy) => this.touched(this.columns, copy))
    return rows.flatMap(([row, i]) => columns.map(([column, j]) => [row, column, i * this.columns.kernel + j]))
  }

  /**
   * The output whose patch has its middle nearest to an input coordinate.
   * @param {Axis} axis @param {number} coordinate
   */
  nearest(axis, coordinate) {
    const output = Math.round((coordinate + axis.before - (axis.reach - 1) / 2) / axis.stride)
    return clamp(output, 0, axis.output - 1)
  }
}

/** @param {Axis} axis @param {Int32Array} source @param {number} coordinate */
function copiesOn(axis, source, coordinate) {
  const found = []
  for (let i = 0; i < axis.padded; i++) if (source[i] === coordinate) found.push(i - axis.before)
  return found
}

/** @param {ArrayLike<number>} values */
function largest(values) {
  let most = 0
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]))
  return most
}
