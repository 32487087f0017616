// Where the square goes that covers a part of a photo.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { placeAfter, placeIn } from '../../tl_core/ui/prediction/spot.js'

describe('the square', () => {
  const box = { left: 100, top: 50, width: 200, height: 400 }

  test('goes where the photo is pressed, in per cent of its sides', () => {
    assert.deepEqual(placeIn(150, 250, box), [25, 50])
    assert.deepEqual(placeIn(100, 450, box), [0, 100])
  })

  test('stays on the photo, whatever is pressed', () => {
    assert.deepEqual(placeIn(90, 451, box), [0, 100])
    assert.deepEqual(placeIn(5000, -5000, box), [100, 0])
  })

  test('follows the arrow keys to the edges and not beyond, and no other key', () => {
    assert.deepEqual(placeAfter([50, 50], 'ArrowLeft'), [45, 50])
    assert.deepEqual(placeAfter([50, 50], 'ArrowDown'), [50, 55])
    assert.deepEqual(placeAfter([98, 3], 'ArrowRight'), [100, 3])
    assert.deepEqual(placeAfter([98, 3], 'ArrowUp'), [98, 0])
    assert.equal(placeAfter([50, 50], 'Tab'), null)
    assert.equal(placeAfter([50, 50], 'Enter'), null)
  })
})
