// A kernel on whole pictures of the camera's size, at once.

/** @import { FilterData } from './types' */

import { bytesOf } from './shared.js'
import { Weights } from './weights.js'

export const WIDTH = 320
export const HEIGHT = 240
const PIXELS = WIDTH * HEIGHT

/** One kernel on one plane after another; the arrays are made once and used for every picture. */
class Convolver {
  /** @param {number} height Of the kernel. @param {number} width */
  constructor(height, width) {
    this.height = height
    this.width = width
    this.top = (height - 1) >> 1
    this.left = (width - 1) >> 1
    this.stride = WIDTH + width - 1
    this.padded = new Float32Array(this.stride * (HEIGHT + height - 1))
  }

  /**
   * Copy a plane into the middle and its border pixels around it.
   * @param {Float32Array} plane
   */
  load(plane) {
    const { padded, stride, left, top } = this
    for (let y = 0; y < HEIGHT; y++) {
      const row = (y + top) * stride
      padded.set(plane.subarray(y * WIDTH, (y + 1) * WIDTH), row + left)
      padded.fill(plane[y * WIDTH], row, row + left)
      padded.fill(plane[(y + 1) * WIDTH - 1], row + left + WIDTH, row + stride)
    }
    const rows = padded.length / stride
    for (let y = 0; y < top; y++) padded.copyWithin(y * stride, top * stride, (top + 1) * stride)
    const last = (top + HEIGHT - 1) * stride
    for (let y = top + HEIGHT; y < rows; y++) padded.copyWithin(y * stride, last, last + stride)
  }

  /**
   * Add the loaded plane times the weights to `sums`. Four taps at once: sums are read and written less.
   * @param {Float32Array} weights @param {Float32Array} sums
   */
  add(weights, sums) {
    const { padded, stride, height, width } = this
    for (let y = 0; y < HEIGHT; y++) {
      const out = y * WIDTH
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j += 4) {
          const tap = i * width + j
          const many = Math.min(4, width - j)
          const a = weights[tap]
          const b = many > 1 ? weights[tap + 1] : 0
          const c = many > 2 ? weights[tap + 2] : 0
          const d = many > 3 ? weights[tap + 3] : 0
          const from = (y + i) * stride + j
          if (many > 3) {
            for (let x = 0; x < WIDTH; x++) {
              const at = from + x
              sums[out + x] += a * padded[at] + b * padded[at + 1] + c * padded[at + 2] + d * padded[at + 3]
            }
          } else if (many > 2) {
            for (let x = 0; x < WIDTH; x++) {
              const at = from + x
              sums[out + x] += a * padded[at] + b * padded[at + 1] + c * padded[at + 2]
            }
          } else if (many > 1) {
            for (let x = 0; x < WIDTH; x++) sums[out + x] += a * padded[from + x] + b * padded[from + x + 1]
          } else if (a !== 0) {
            for (let x = 0; x < WIDTH; x++) sums[out + x] += a * padded[from + x]
          }
        }
      }
    }
  }
}

/** The kernel of one setting on whole pictures. */
export class Filter {
  /** @param {FilterData} data */
  constructor({ weights, shape, colour }) {
    this.weights = new Weights(new Float32Array(bytesOf(weights).buffer), shape)
    const { parts, kinds, height, width } = this.weights
    // Weights for three channels are summed over them; other weights are the same for each channel.
    this.channels = kinds > 1 ? kinds : colour ? 3 : 1
    this.outputs = kinds > 1 ? 1 : this.channels
    this.convolver = new Convolver(height, width)
    this.planes = planes(this.channels)
    this.results = planes(this.outputs)
    this.sums = planes(parts)
  }

  /**
   * Return the results, one plane for each output, of a picture.
   * @param {Uint8ClampedArray} rgba
   */
  apply(rgba) {
    this.read(rgba)
    for (let output = 0; output < this.outputs; output++) {
      for (const sum of this.sums) sum.fill(0)
      const channels = this.outputs < this.channels ? this.planes.keys() : [output]
      for (const channel of channels) {
        this.convolver.load(this.planes[channel])
        this.sums.forEach((sum, part) => this.convolver.add(this.weights.of(part, channel), sum))
      }
      this.combine(this.results[output])
    }
    return this.results
  }

  /** @param {Uint8ClampedArray} rgba */
  read(rgba) {
    if (this.channels === 1) {
      const [grey] = this.planes
      // The weights of Pillow's "L" (ITU-R 601-2), as everywhere in the lab.
      for (let i = 0, at = 0; i < PIXELS; i++, at += 4) {
        grey[i] = 0.299 * rgba[at] + 0.587 * rgba[at + 1] + 0.114 * rgba[at + 2]
      }
      return
    }
    this.planes.forEach((plane, channel) => {
      for (let i = 0, at = channel; i < PIXELS; i++, at += 4) plane[i] = rgba[at]
    })
  }

  /** @param {Float32Array} result */
  combine(result) {
    const [first, second] = this.sums
    if (!second) result.set(first)
    else for (let i = 0; i < PIXELS; i++) result[i] = Math.sqrt(first[i] * first[i] + second[i] * second[i])
  }
}

/** @param {number} count */
function planes(count) {
  return Array.from({ length: count }, () => new Float32Array(PIXELS))
}
