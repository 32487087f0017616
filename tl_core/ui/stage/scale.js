// The signed scale of the theme: which colour a value has, and which colour can be read on it.

import { clamp, inkOn } from './shared.js'

export class Scale {
  /** @param {Uint8Array} table Red, green and blue for each step from the lowest to the highest value. */
  constructor(table) {
    this.table = table
    this.steps = (table.length / 3 - 1) / 2
    /** @type {string[]} */
    this.fills = []
    /** @type {string[]} */
    this.inks = []
    for (let at = 0; at < table.length; at += 3) {
      const [red, green, blue] = table.subarray(at, at + 3)
      this.fills.push(`rgb(${red},${green},${blue})`)
      this.inks.push(inkOn(red, green, blue))
    }
  }

  /**
   * The step of a value; those from `most` on have the strongest colour.
   * @param {number} value @param {number} most
   */
  step(value, most) {
    return Math.round(clamp(value / most, -1, 1) * this.steps) + this.steps
  }
}
