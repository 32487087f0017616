// What is counted: shares of a confusion matrix, pictures of a batch.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { batchSize } from '../../tl_core/ui/datasets/recorder.js'
import { largestShare, strength } from '../../tl_core/ui/results/matrix.js'

describe('the confusion matrix', () => {
  const counts = [[6, 3, 1], [0, 20, 0], [2, 2, 0]]

  test('is coloured by the share of each true class', () => {
    assert.equal(largestShare(counts, true), 1, '20 of 20')
    assert.equal(largestShare(counts, false), 0.5, '2 of 4, though 3 is more')
    assert.equal(largestShare([[0, 0], [1, 0]], false), 1, 'a class without a photo divides by nothing')
  })

  test('has its strongest colour where the share is largest, and none where nothing is', () => {
    assert.equal(strength(2, 4, 0.5), 55)
    assert.equal(strength(0, 4, 0.5), 0)
    const [weak, middle] = [strength(1, 10, 0.5), strength(3, 10, 0.5)]
    assert.ok(weak > 10 && weak < middle && middle < 55)
  })
})

describe('a batch', () => {
  /** @param {string[]} targets */
  const waiting = (...targets) => targets.map((target) => ({ target }))

  test('holds pictures of one class', () => {
    assert.equal(batchSize(waiting('a', 'a', 'b', 'a')), 2)
    assert.equal(batchSize(waiting('a')), 1)
  })

  test('has an upper limit', () => {
    assert.equal(batchSize(waiting(...new Array(30).fill('a'))), 12)
    assert.equal(batchSize(waiting(...new Array(13).fill('a'), 'b')), 12)
  })
})
