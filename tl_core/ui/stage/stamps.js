// A transposed convolution: what it gives is larger than what it is given.

/** @import { Axis, Pair } from './types' */

import { clamp } from './shared.js'
import { Sums } from './sums.js'

/** A kernel stamped on a larger result, times each input pixel. */
export class Stamps extends Sums {
  /** @override @param {number} y @param {number} x @param {number} channel */
  value(y, x, channel) {
    return this.isReal(y, x) ? super.value(y, x, channel) : 0
  }

  /** @override @param {Axis} axis @param {number} output @param {number} tap */
  met(axis, output, tap) {
    const place = output + axis.crop - tap
    const pixel = place / axis.stride
    return place % axis.stride === 0 && pixel >= 0 && pixel < axis.size ? pixel : -1
  }

  /**
   * @override @param {Axis} axis @param {number} output
   * @returns {Pair | null}
   */
  patch(axis, output) {
    const met = Array.from({ length: axis.kernel }, (_, tap) => this.met(axis, output, tap))
    const pixels = met.filter((pixel) => pixel >= 0)
    return pixels.length ? [Math.min(...pixels), Math.max(...pixels) - Math.min(...pixels) + 1] : null
  }

  /** @override @param {Axis} axis @param {number} tap */
  reach(axis, tap) {
    const outputs = Array.from({ length: axis.size }, (_, pixel) => this.stamped(axis, pixel, tap))
    const inside = outputs.map((output) => output >= 0 && output < axis.output)
    return [Math.max(0, inside.indexOf(true)), 1, inside.filter(Boolean).length]
  }

  /**
   * The output on which a pixel's stamp puts a tap; it may be beyond the edge.
   * @param {Axis} axis @param {number} pixel @param {number} tap
   */
  stamped(axis, pixel, tap) {
    return pixel * axis.stride - axis.crop + tap
  }

  /** @override @param {number} tap */
  counts(tap) {
    return this.inside[tap] === 1
  }

  /** @override @param {Axis} axis @param {number} pixel */
  touched(axis, pixel) {
    const taps = Array.from({ length: axis.kernel }, (_, tap) => /** @type {Pair} */ (
      [this.stamped(axis, pixel, tap), tap]))
    return taps.filter(([output]) => output >= 0 && output < axis.output)
  }

  /** @override @param {Axis} axis @param {number} pixel */
  nearest(axis, pixel) {
    const middle = Math.round(this.stamped(axis, pixel, (axis.kernel - 1) / 2))
    return clamp(middle, 0, axis.output - 1)
  }

  /**
   * Show one pixel's stamp, instead of what the present position adds up.
   * @param {number} y @param {number} x
   */
  stamp(y, x) {
    this.inside.fill(0)
    for (const [, , tap] of this.uses(y, x)) this.inside[tap] = 1
    for (const term of this.terms) {
      this.pixels[term.channel].fill(this.value(y, x, term.channel))
      this.add(term)
    }
  }
}
