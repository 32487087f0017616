// The patch under the kernel: which pixels of the drawn input it shows.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Patch } from '../../tl_core/ui/stage/patch.js'

describe('the enlarged patch', () => {
  globalThis.ImageData ??= /** @type {any} */ (class {
    /** @param {number} width @param {number} height */
    constructor(width, height) {
      Object.assign(this, { width, height, data: new Uint8ClampedArray(4 * width * height) })
    }
  })
  const input = new ImageData(5, 5)
  for (let i = 0; i < 25; i++) input.data.set([i, i, i, 255], 4 * i)
  /** @param {number} dilation @param {(at: number) => number} seen */
  const sums = (dilation, seen = (at) => at) => /** @type {any} */ ({
    rows: { kernel: 2, padded: 5 },
    columns: { kernel: 2, padded: 5 },
    met: (/** @type {unknown} */ _, /** @type {number} */ output, /** @type {number} */ tap) =>
      seen(output + tap * dilation),
  })
  /** @param {ImageData} pixels */
  const greys = ({ data }) => [0, 4, 8, 12].map((at) => [data[at], data[at + 3]])

  test('holds what the taps meet, with gaps left out', () => {
    assert.deepEqual(greys(Patch.pixels(input, sums(1), [1, 2])), [[7, 255], [8, 255], [12, 255], [13, 255]])
    assert.deepEqual(greys(Patch.pixels(input, sums(2), [1, 2])), [[7, 255], [9, 255], [17, 255], [19, 255]])
  })

  test('is empty where a tap meets nothing', () => {
    const stamped = sums(1, (at) => (at === 2 ? -1 : at))
    assert.deepEqual(greys(Patch.pixels(input, stamped, [1, 2])).map(([, alpha]) => alpha), [0, 255, 0, 0])
  })
})
