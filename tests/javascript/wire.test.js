// What comes from Python: arrays, weights, the scale of colours.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { opened, unpack } from '../../tl_core/ui/stage/arrays.js'
import { Scale } from '../../tl_core/ui/stage/scale.js'
import { INK, PAPER } from '../../tl_core/ui/stage/shared.js'
import { Weights } from '../../tl_core/ui/stage/weights.js'

/**
 * A message as `Memory.pack` writes it, after `skip` bytes of something else.
 * @param {object} words @param {number[]} numbers
 */
function message(words, numbers, skip = 0) {
  const header = new TextEncoder().encode(JSON.stringify(words))
  const bytes = new Uint8Array(skip + 4 + header.length + numbers.length)
  new DataView(bytes.buffer).setUint32(skip, header.length, true)
  bytes.set(header, skip + 4)
  bytes.set(numbers, skip + 4 + header.length)
  return bytes.subarray(skip)
}

const IMAGE = { digest: 'a', kind: 'uint8', shape: [3], at: 0 }
const FLOATS = { digest: 'b', kind: 'float32', shape: [1, 2], at: 3 }
const TWO_FLOATS = [0, 0, 128, 63, 0, 0, 0, 192] // 1 and -2, little-endian

describe('arrays', () => {
  /** @param {string} key @param {object} arrays @param {number[]} numbers @returns {any} */
  const held = (key, arrays, numbers, skip = 0) => unpack(opened(message({ key, arrays }, numbers, skip)))

  test('come out as they went in, wherever the message lies in memory', () => {
    for (const skip of [0, 1, 2, 3]) {
      const { image, weights } = held('out', { image: IMAGE, weights: FLOATS }, [7, 8, 9, ...TWO_FLOATS], skip)
      assert.deepEqual([...image.values], [7, 8, 9])
      assert.deepEqual([...weights.values], [1, -2])
      assert.deepEqual(weights.shape, [1, 2])
    }
  })

  test('that were sent are kept, those of the last message only', () => {
    const again = { ...IMAGE, at: undefined }
    assert.equal(held('kept', { image: again }, []), null, 'never sent')
    assert.ok(held('kept', { image: IMAGE }, [7, 8, 9]))
    assert.deepEqual([...held('kept', { image: again }, []).image.values], [7, 8, 9])
    assert.equal(held('another', { image: again }, []), null, 'each component has its own')
    assert.ok(held('kept', { weights: { ...FLOATS, at: 0 } }, TWO_FLOATS))
    assert.equal(held('kept', { image: again }, []), null, 'no longer needed, no longer kept')
  })

  test('of a message with a gap do not replace those that are here', () => {
    assert.ok(held('gap', { image: IMAGE }, [7, 8, 9]))
    const gap = { image: { ...IMAGE, at: undefined }, weights: { ...FLOATS, at: undefined } }
    assert.equal(held('gap', gap, []), null)
    assert.ok(held('gap', { image: gap.image }, []))
  })
})

describe('weights', () => {
  const values = new Float32Array(12).map((_, at) => at)

  test('are found by part and channel', () => {
    const weights = new Weights(values, [2, 3, 1, 2])
    assert.deepEqual([...weights.of(0, 0)], [0, 1])
    assert.deepEqual([...weights.of(0, 2)], [4, 5])
    assert.deepEqual([...weights.of(1, 1)], [8, 9])
  })

  test('of one kind are the same for every channel', () => {
    const weights = new Weights(values, [2, 1, 2, 3])
    assert.deepEqual([...weights.of(1, 0)], [6, 7, 8, 9, 10, 11])
    assert.deepEqual(weights.of(1, 2), weights.of(1, 0))
    assert.notDeepEqual(weights.of(1, 2), weights.of(0, 2))
  })
})

describe('the signed scale', () => {
  const scale = new Scale(Uint8Array.from([[0, 0, 90], [100, 100, 200], [255, 255, 255], [200, 0, 0], [90, 0, 0]].flat()))

  test('has its middle at zero and its ends at the largest value', () => {
    assert.deepEqual([-8, -4, 0, 4, 8].map((value) => scale.step(value, 8)), [0, 1, 2, 3, 4])
    assert.deepEqual([-80, 80].map((value) => scale.step(value, 8)), [0, 4], 'no further')
    assert.equal(scale.step(4, 4), 4)
  })

  test('gives each step its colour and one that can be read on it', () => {
    assert.equal(scale.fills[scale.step(-8, 8)], 'rgb(0,0,90)')
    assert.deepEqual(scale.inks, [PAPER, PAPER, INK, PAPER, PAPER])
  })
})
