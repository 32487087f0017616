// How many pictures a second, and how long each took: of the last second, told twice a second.

const WINDOW_MS = 1000
const TOLD_MS = 500

export class Speed {
  /** @type {number[]} When each picture was done. */
  times = []
  /** @type {number[]} */
  costs = []
  told = 0

  /**
   * Note a picture that is done; returns zeros while there is nothing new to tell.
   * @param {number} start When it was begun, as `performance.now()`.
   */
  after(start, end = performance.now()) {
    this.times.push(end)
    this.costs.push(end - start)
    while (this.times[0] < end - WINDOW_MS) {
      this.times.shift()
      this.costs.shift()
    }
    if (end - this.told < TOLD_MS || this.times.length < 2) return { count: 0, milliseconds: 0 }
    this.told = end
    const count = Math.round(((this.times.length - 1) * 1000) / (end - this.times[0]))
    return { count, milliseconds: Math.round(this.costs.reduce((all, each) => all + each, 0) / this.costs.length) }
  }
}
