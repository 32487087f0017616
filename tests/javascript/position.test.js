import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Position } from '../../tl_core/ui/stage/position.js'

/** @import { Pair } from '../../tl_core/ui/stage/types' */

/** @param {Pair} size @param {Pair | null} pin */
function at(size, pin = null, turn = 0) {
  const position = new Position()
  position.take({ turn, value: pin }, size, 9)
  return position
}

/** @param {Position} position */
const place = ({ row, column }) => [row, column]

describe('the position', () => {
  test('starts in the middle and keeps its place in a result of another size', () => {
    const position = at([9, 20])
    assert.deepEqual(place(position), [4, 10])
    position.moveTo(8, 0)
    position.take({ turn: 0, value: null }, [3, 40], 9)
    assert.deepEqual(place(position), [2, 1])
  })

  test('that is pinned stays, as far as the result reaches', () => {
    const position = at([9, 20], [8, 19])
    position.take({ turn: 0, value: [8, 19] }, [18, 10], 9)
    assert.deepEqual(place(position), [8, 9])
  })

  test('follows Python at a new turn only', () => {
    const position = at([9, 9], [1, 1])
    position.click([5, 6])
    position.take({ turn: 0, value: [1, 1] }, [9, 9], 9)
    assert.deepEqual(place(position), [5, 6], 'an echo of what Python knew')
    position.take({ turn: 1, value: [1, 1] }, [9, 9], 9)
    assert.deepEqual(place(position), [1, 1])
    position.take({ turn: 2, value: null }, [9, 9], 9)
    assert.equal(position.pinned, false)
  })

  test('keeps what is pointed at while the same layer comes again', () => {
    const position = at([9, 9], [1, 1])
    const comes = (/** @type {number} */ turn, /** @type {Pair} */ size, /** @type {number} */ taps) => {
      position.point([3, 4], 5)
      position.take({ turn, value: [1, 1] }, size, taps)
      return [position.pixel, position.tap]
    }
    assert.deepEqual(comes(0, [9, 9], 9), [[3, 4], 5])
    assert.deepEqual(comes(0, [9, 9], 4), [null, -1], 'another kernel')
    assert.deepEqual(comes(0, [9, 8], 4), [null, -1], 'another result')
    assert.deepEqual(comes(1, [9, 8], 4), [null, -1], 'Python went elsewhere')
  })

  test('counts row by row, there and back', () => {
    const position = at([4, 7])
    assert.equal(position.last(), 27)
    for (const index of [0, 6, 7, 27]) {
      position.goTo(index)
      assert.equal(position.index(), index)
    }
    assert.deepEqual(place(position), [3, 6])
    position.goTo(28)
    assert.deepEqual(place(position), [3, 6], 'no further')
  })

  test('follows the mouse until it is pinned', () => {
    const position = at([9, 9])
    assert.equal(position.hover([1, 2]), true)
    assert.equal(position.hover([1, 2]), false, 'nothing new to draw')
    position.click([1, 2])
    assert.equal(position.hover([5, 5]), false)
    assert.deepEqual(place(position), [1, 2])
    position.point([3, 3], -1)
    assert.equal(position.hover([5, 5]), true, 'what was pointed at is let go')
    assert.deepEqual([position.pixel, ...place(position)], [null, 1, 2])
    position.click([1, 2])
    assert.equal(position.pinned, false, 'a second click lets it go')
  })

  test('says whether another pixel or weight is pointed at', () => {
    const position = at([9, 9])
    assert.equal(position.point([2, 3], -1), true)
    assert.equal(position.point([2, 3], -1), false)
    assert.equal(position.point([-1, 3], -1), true)
    assert.equal(position.point(null, 4), true)
    assert.equal(position.point(null, 4), false)
    assert.equal(position.point(null, -1), true)
  })
})

describe('a key', () => {
  test('moves the position and stops at the edges', () => {
    const position = at([3, 4])
    /** @type {[string, number[]][]} */
    const walk = [
      ['Home', [0, 0]], ['ArrowUp', [0, 0]], ['ArrowLeft', [0, 0]], ['ArrowDown', [1, 0]], ['ArrowRight', [1, 1]],
      ['End', [2, 3]], ['ArrowDown', [2, 3]], ['ArrowRight', [2, 3]],
    ]
    for (const [key, where] of walk) {
      assert.equal(position.press(key, true), true)
      assert.deepEqual(place(position), where, key)
    }
  })

  test('pins and lets go, and forgets what was pointed at', () => {
    const position = at([3, 4])
    for (const [key, pinned] of [['Enter', true], [' ', false], [' ', true], ['Escape', false]]) {
      position.point([0, 0], -1)
      assert.equal(position.press(String(key), true), true)
      assert.deepEqual([position.pinned, position.pixel], [pinned, null], String(key))
    }
  })

  test('that means nothing is left to the page', () => {
    const position = at([3, 4])
    for (const key of ['Escape', 'Tab', 'a', 'PageDown']) assert.equal(position.press(key, true), false, key)
    for (const key of ['ArrowUp', 'Enter', ' ', 'Home']) assert.equal(position.press(key, false), false, key)
    position.click([0, 0])
    assert.equal(position.press('Escape', false), true, 'a pin can be let go from anywhere on the stage')
  })
})
