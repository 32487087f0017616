import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Speed } from '../../tl_core/browser/speed.js'

test('the speed is that of the last second, and is told twice a second', () => {
  const speed = new Speed()
  const told = []
  for (let end = 1000; end <= 4000; end += 50) {
    const slow = end > 2500
    const { count, milliseconds } = speed.after(end - (slow ? 40 : 10), end)
    if (count) told.push([count, milliseconds])
  }
  assert.deepEqual(told.at(0), [20, 10])
  assert.deepEqual(told.at(-1), [20, 40], 'what was fast a second ago is forgotten')
  assert.equal(told.length, 6)
})

test('one picture alone has no speed', () => {
  assert.deepEqual(new Speed().after(1000, 1010), { count: 0, milliseconds: 0 })
})
