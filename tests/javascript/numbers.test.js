import assert from 'node:assert/strict'
import { test } from 'node:test'
import { number, short } from '../../tl_core/ui/stage/numbers.js'

test('a number is written as people write it, with a real minus', () => {
  /** @type {[number, string][]} */
  const table = [
    [0, '0'], [-7, '−7'], [123456, '123456'], [0.1 + 0.2, '0.3'], [-2.5, '−2.5'], [1234.5678, '1234.6'],
    [0.001, '0.001'], [0.00012, '1.2e−4'], [-0.00012, '−1.2e−4'], [3e9, '3.0e+9'],
  ]
  for (const [value, text] of table) assert.equal(number(value), text)
  assert.equal(number(0.123456, 3), '0.123')
  assert.equal(number(123456, 3), '123456', 'a whole number loses no digit')
})

test('a short number has at most four characters and a sign', () => {
  /** @type {[number, string][]} */
  const table = [
    [0, '0'], [0.25, '.25'], [-0.25, '−.25'], [0.004, '0'], [0.999, '1'], [1.26, '1.3'], [9.94, '9.9'],
    [9.96, '10'], [-1234.4, '−1234'], [9999.4, '9999'], [10000, '1e4'], [-123456, '−1e5'],
  ]
  for (const [value, text] of table) assert.equal(short(value), text)
  for (let i = -6; i < 9; i += 0.01) {
    for (const value of [10 ** i, -(10 ** i)]) assert.ok(short(value).replace('−', '').length <= 4, String(value))
  }
})
