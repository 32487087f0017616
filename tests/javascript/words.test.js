// What is computed and said of one position, on numbers small enough to check by hand.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Stamps } from '../../tl_core/ui/stage/stamps.js'
import { Sums } from '../../tl_core/ui/stage/sums.js'
import { Words } from '../../tl_core/ui/stage/words.js'

/** @import { Axis, Layer } from '../../tl_core/ui/stage/types' */

const TEXT = {
  red: 'Red', green: 'Green', blue: 'Blue', part: 'Kernel {number}', sum: 'Sum of {count}', bias: 'bias {value}',
  most: 'Largest of {count}', mean: 'Sum of {count} / {count}', pixel: '[{row}, {column}] = {value}: {count}',
  paddingPixel: 'Padding [{row}, {column}]: {count}', copies: 'Copies too.', weight: '[{row}, {column}]: {equation}',
  unmet: 'none at [{row}, {column}]', nothing: 'Nothing at [{row}, {column}]', stamp: 'Stamp [{row}, {column}]: {value}',
  position: '[{row}, {column}] = {value}, {top} to {bottom}, {left} to {right}', inPadding: '{count} of {all} padded.',
}
/** @type {Axis} Three pixels, a kernel of two, one pixel of padding before them. */
const AXIS = { size: 3, kernel: 2, stride: 1, dilation: 1, before: 1, padded: 4, output: 3, dropped: 0, reach: 2, crop: 0 }
const ONE = { ...AXIS, size: 1, kernel: 1, before: 0, padded: 1, output: 1, reach: 1 }
/** @type {Axis} Turned around: the result has four, each pixel stamps two of them. */
const STAMPED = { ...AXIS, before: 0, padded: 3, output: 6, stride: 3 }

/** @param {number[]} values @param {number[]} shape */
const floats = (values, shape) => ({ values: Float32Array.from(values), shape })
/** @param {number[]} values */
const source = (values) => ({ values: Int32Array.from(values), shape: [values.length] })

/** One row of three pixels; what Python gives is the same, times a hundred. */
function row(/** @type {Partial<Layer>} */ layer, /** @type {number[] | null} */ weights, Kind = Sums, parts = 1) {
  /** @type {Layer} */
  const whole = { mode: 'convolve', rows: ONE, columns: AXIS, bias: 0, constant: 0, ...layer }
  const columns = Array.from({ length: whole.columns.padded }, (_, at) => at - whole.columns.before)
  const arrays = { image: floats([5, -7, 2], [1, 3]), result: floats([100, 200, 300, 400, 500, 600], [1, 6]) }
  const sources = { rowSource: source([0]), columnSource: source(columns) }
  const kernel = weights ? { weights: floats(weights, [parts, 1, 1, 2]) } : {}
  const sums = new Kind(whole, { ...arrays, ...sources, ...kernel })
  return { sums, words: new Words(TEXT, sums) }
}

describe('a convolution', () => {
  test('adds every product, padding included, and says so', () => {
    const { sums, words } = row({ bias: 0.5, constant: 9 }, [2, 3])
    sums.moveTo(0, 0)
    assert.equal(sums.totals[0], 2 * 9 + 3 * 5 + 0.5)
    assert.equal(words.sum(), 'Sum of 2 = 33 + bias 0.5 = 100')
    assert.equal(words.position(), '[0, 0] = 100, 0 to 0, −1 to 0 1 of 2 padded.')
    assert.equal(words.weight(1), '[0, 1]: 5 × 3 = 15')
    sums.moveTo(0, 2)
    assert.equal(sums.totals[0], 2 * -7 + 3 * 2 + 0.5)
    assert.equal(words.position(), '[0, 2] = 300, 0 to 0, 1 to 2')
  })

  test('says of a pixel how many products use it, and that copies count', () => {
    const { sums, words } = row({}, [2, 3])
    assert.equal(words.pixel(0, 1), '[0, 1] = −7: 2')
    assert.equal(words.pixel(0, -1), 'Padding [0, −1]: 1')
    sums.columnSource.set([0, 0, 1, 2]) // the border pixel, again
    assert.equal(words.pixel(0, 0), '[0, 0] = 5: 3 Copies too.')
  })

  test('with two kernels is the length of both sums', () => {
    const { sums, words } = row({}, [2, 3, 1, -1], Sums, 2)
    sums.moveTo(0, 1)
    assert.equal(sums.totals[0], Math.hypot(2 * 5 + 3 * -7, 5 + 7))
    assert.equal(words.sum(), '√((−11)² + 12²) = 200')
    assert.deepEqual(sums.terms.map((term) => words.term(term)), ['Kernel 1', 'Kernel 2'])
  })
})

describe('pooling', () => {
  test('takes the largest real pixel, though padding would be larger', () => {
    const { sums, words } = row({ mode: 'max' }, null)
    sums.image.set([-5, -7, -2])
    sums.moveTo(0, 0)
    assert.deepEqual([sums.totals[0], sums.terms[0].winner], [-5, 1])
    assert.equal(words.sum(), 'Largest of 1 = 100')
    sums.moveTo(0, 1)
    assert.deepEqual([sums.totals[0], sums.terms[0].winner], [-5, 0])
  })

  test('divides by the pixels that count', () => {
    const { sums, words } = row({ mode: 'average' }, null)
    sums.moveTo(0, 0)
    assert.equal(sums.totals[0], 5)
    sums.moveTo(0, 1)
    assert.equal(sums.totals[0], -1)
    assert.equal(words.sum(), 'Sum of 2 / 2 = −2 / 2 = 200')
  })
})

describe('a stamp', () => {
  const { sums, words } = row({ mode: 'transpose', columns: STAMPED }, [2, 3], Stamps)

  test('reaches its own places of the result, and leaves gaps', () => {
    sums.moveTo(0, 4)
    assert.equal(sums.totals[0], 3 * -7)
    assert.equal(words.weight(0), 'none at [0, 0]')
    sums.moveTo(0, 2)
    assert.deepEqual([sums.totals[0], words.position()], [0, 'Nothing at [0, 2]'])
  })

  test('that is pointed at is shown instead of the sum', () => {
    assert.ok(sums instanceof Stamps)
    sums.stamp(0, 1)
    assert.deepEqual([...sums.terms[0].products], [-14, -21])
    assert.equal(words.stamp(0, 1), 'Stamp [0, 1]: −7')
    assert.deepEqual(sums.uses(0, 1), [[0, 3, 0], [0, 4, 1]])
  })

  test('is cut at the edge', () => {
    assert.deepEqual(sums.uses(0, 2), [], 'beyond the end of the result')
    assert.ok(sums instanceof Stamps)
    sums.stamp(0, 2)
    assert.deepEqual([...sums.inside], [0, 0], 'and none of its products counts')
    assert.deepEqual(sums.reach(STAMPED, 0), [0, 1, 2])
  })
})

test('a click on the input finds the result that has it in the middle', () => {
  const axis = { ...AXIS, size: 9, kernel: 3, before: 0, padded: 9, output: 4, stride: 2, reach: 3 }
  const { sums } = row({ columns: AXIS }, [2, 3])
  assert.deepEqual([0, 1, 3, 5, 8].map((pixel) => sums.nearest(axis, pixel)), [0, 0, 1, 2, 3])
})
