// The weights of a kernel, as `packed` in component.py lays them out.

export class Weights {
  /**
   * @param {Float32Array} values
   * @param {number[]} shape Parts, channels (1 if all have the same), rows, columns.
   */
  constructor(values, [parts, kinds, height, width]) {
    this.values = values
    this.parts = parts
    this.kinds = kinds
    this.height = height
    this.width = width
    this.taps = height * width
  }

  /** @param {number} part @param {number} channel */
  of(part, channel) {
    const plane = part * this.kinds + (this.kinds > 1 ? channel : 0)
    return this.values.subarray(plane * this.taps, (plane + 1) * this.taps)
  }
}
