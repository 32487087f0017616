// Where grids, cells and pictures go.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { onward, shareOf } from '../../tl_core/ui/datasets/pick.js'
import { spread } from '../../tl_core/ui/stage/kernel.js'
import { between } from '../../tl_core/ui/stage/paint.js'
import { arrange } from '../../tl_core/ui/stage/products.js'

describe('the grids of the kernel', () => {
  test('go where their cells are largest', () => {
    assert.equal(spread(300, 300, 1, 3, 3).across, 1)
    assert.equal(spread(900, 200, 3, 3, 3).across, 3, 'beside each other in a wide room')
    assert.equal(spread(200, 900, 3, 3, 3).across, 1, 'below each other in a high one')
  })

  test('fit into their room, however many and however large', () => {
    for (const [grids, rows, columns] of [[1, 1, 1], [1, 11, 3], [3, 5, 5], [6, 11, 11], [2, 2, 9]]) {
      const { across, down, head, side } = spread(320, 260, grids, rows, columns)
      assert.ok(across * down >= grids && side > 0)
      assert.ok(across * columns * side + (across - 1) * 8 <= 320)
      assert.ok(down * (rows * side + head) + (down - 1) * 4 <= 260)
      assert.ok(side <= 64)
    }
  })

  test('have titles only where there are several', () => {
    assert.equal(spread(300, 300, 1, 3, 3).head, 0)
    assert.ok(spread(300, 300, 2, 3, 3).head > 0)
  })
})

describe('the products', () => {
  test('tell less the less room there is', () => {
    const levels = [[900, 300], [330, 60], [120, 60]].map(([width, height]) =>
      arrange(width, height, 1, 3, 3, false).level)
    assert.deepEqual(levels, ['equation', 'line', 'product'])
  })

  test('fit into the panel if any level does, and keep to its smallest cells if none does', () => {
    for (const grids of [1, 2, 3, 6]) {
      for (const side of [1, 2, 3, 5, 7, 11]) {
        const { level, across, down, head, width, height } = arrange(1000, 260, grids, side, side, false)
        assert.ok(across * down >= grids)
        assert.ok(across * (side * width + 14) - 14 <= 1000 || across === 1)
        assert.ok(width >= 25 && height >= 15)
        if (level !== 'product') assert.ok(down * (side * height + head) <= 260)
      }
    }
    const { down, head, height } = arrange(200, 60, 3, 11, 11, false)
    assert.ok(down * (11 * height + head) > 60, 'it scrolls')
  })

  test('made larger tell everything', () => {
    assert.equal(arrange(300, 100, 3, 11, 11, false).level, 'product')
    const larger = arrange(300, 100, 3, 11, 11, true)
    assert.deepEqual([larger.level, larger.across], ['equation', 1])
    assert.ok(larger.width >= 58 && larger.height >= 27)
  })

  test('have cells that do not grow without end', () => {
    const { width, height } = arrange(5000, 5000, 1, 1, 1, false)
    assert.deepEqual([width, height], [110, 56])
  })
})

describe('a stroke', () => {
  test('leaves no gap between two cells', () => {
    for (const to of [[0, 7], [7, 0], [7, 7], [3, 7], [0, 0]]) {
      const cells = between([0, 0], [to[0], to[1]])
      assert.deepEqual(cells.at(0), [0, 0])
      assert.deepEqual(cells.at(-1), to)
      for (let i = 1; i < cells.length; i++) {
        assert.ok(Math.abs(cells[i][0] - cells[i - 1][0]) <= 1 && Math.abs(cells[i][1] - cells[i - 1][1]) <= 1)
      }
    }
  })

  test('goes straight there', () => {
    assert.deepEqual(between([2, 1], [2, 4]), [[2, 1], [2, 2], [2, 3], [2, 4]])
    assert.deepEqual(between([3, 3], [1, 1]), [[3, 3], [2, 2], [1, 1]])
  })
})

describe('pictures to pick from', () => {
  test('show their own part of the sheet', () => {
    assert.deepEqual([0, 1, 2, 4].map((place) => shareOf(place, 5)), [0, 25, 50, 100])
    assert.equal(shareOf(0, 1), 0, 'one picture is the whole sheet')
  })

  test('are reached with the arrow keys, and no key goes nowhere', () => {
    const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End']
    assert.deepEqual(keys.map((key) => onward(key, 7, 5, 12)), [6, 8, 2, 12, 0, 11])
    assert.equal(onward('a', 7, 5, 12), undefined)
  })
})
