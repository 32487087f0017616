// How results of the camera become colours; the same views as tl_core/convolution/display.py.

/** @import { Scale } from './scale.js' */

const SLOWLY = 0.1

export class View {
  /** @type {[number, number] | undefined} Smallest and largest value, as the last picture was shown. */
  seen

  /** @param {string} name @param {Scale} scale */
  constructor(name, scale) {
    this.name = name
    this.scale = scale
  }

  /**
   * Draw results, one plane for all colours or one for each.
   * @param {Float32Array[]} results @param {Uint8ClampedArray} rgba
   */
  draw(results, rgba) {
    if (this.name === 'signed') return this.signed(results, rgba)
    const [low, high] = this.range(results)
    results.forEach((result, k) => this.grey(result, rgba, k, low, high))
    if (results.length === 1) {
      for (let at = 0; at < rgba.length; at += 4) rgba[at + 1] = rgba[at + 2] = rgba[at]
    }
  }

  /**
   * @param {Float32Array} result @param {Uint8ClampedArray} rgba @param {number} k
   * @param {number} low @param {number} high
   */
  grey(result, rgba, k, low, high) {
    // A Uint8ClampedArray rounds and clips by itself.
    if (this.name === 'absolute') {
      for (let i = 0, at = k; i < result.length; i++, at += 4) rgba[at] = Math.abs(result[i])
      return
    }
    const factor = 255 / (high - low || 1)
    for (let i = 0, at = k; i < result.length; i++, at += 4) rgba[at] = (result[i] - low) * factor
  }

  /**
   * The values that become black and white.
   * @param {Float32Array[]} results
   * @returns {[number, number]}
   */
  range(results) {
    if (this.name === 'clipped' || this.name === 'absolute') return [0, 255]
    const [low, high] = this.extremes(results)
    return this.name === 'relu' ? [0, Math.max(high, 1)] : [low, high]
  }

  /** @param {Float32Array[]} results @param {Uint8ClampedArray} rgba */
  signed(results, rgba) {
    const [low, high] = this.extremes(results)
    const most = Math.max(-low, high, 1)
    const { table } = this.scale
    const [red, green = red, blue = red] = results
    for (let i = 0, at = 0; i < red.length; i++, at += 4) {
      const step = this.scale.step((red[i] + green[i] + blue[i]) / 3, most) * 3
      rgba[at] = table[step]
      rgba[at + 1] = table[step + 1]
      rgba[at + 2] = table[step + 2]
    }
  }

  /**
   * Smallest and largest value, following the picture slowly: otherwise its brightness would flicker.
   * @param {Float32Array[]} results
   */
  extremes(results) {
    let low = Infinity
    let high = -Infinity
    for (const result of results) {
      for (let i = 0; i < result.length; i++) {
        if (result[i] < low) low = result[i]
        if (result[i] > high) high = result[i]
      }
    }
    const [before, after] = this.seen ?? [low, high]
    this.seen = [before + (low - before) * SLOWLY, after + (high - after) * SLOWLY]
    return this.seen
  }
}
