import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { INK, PAPER, bytesOf, clamp, fill, inkOn, mounted } from '../../tl_core/ui/stage/shared.js'

/** @import { Place } from '../../tl_core/ui/stage/types' */

/** @type {string[]} */
const seen = []
class Watched {
  /** @param {{ parentElement: Place, data: string }} call */
  receive({ data }) {
    seen.push(data)
  }

  leave() {
    seen.push('left')
  }
}

describe('a component on the page', () => {
  const places = [{}, {}].map((each) => /** @type {Place} */ (each))

  test('stays while a later run needs it, and leaves after the last', () => {
    seen.length = 0
    const call = mounted(Watched)
    const first = call({ parentElement: places[0], data: 'a' })
    const second = call({ parentElement: places[0], data: 'b' })
    first()
    assert.deepEqual(seen, ['a', 'b'])
    second()
    assert.deepEqual(seen, ['a', 'b', 'left'])
  })

  test('is one for each place, and a new one after it has left', () => {
    let made = 0
    class Counted extends Watched {
      constructor() {
        super()
        made += 1
      }
    }
    const call = mounted(Counted)
    const leave = call({ parentElement: places[0], data: '' })
    call({ parentElement: places[0], data: '' })
    assert.equal(made, 1)
    call({ parentElement: places[1], data: '' })
    assert.equal(made, 2)
    leave() // overtaken: it takes nothing away
    call({ parentElement: places[0], data: '' })()
    assert.equal(made, 2)
    call({ parentElement: places[0], data: '' })
    assert.equal(made, 3)
  })
})

test('a value is kept between two others', () => {
  assert.deepEqual([-5, 0, 3, 9, 12].map((value) => clamp(value, 0, 9)), [0, 0, 3, 9, 9])
})

test('placeholders are filled, and unknown ones stay to be seen', () => {
  assert.equal(fill('{n} of {all}: {n}', { n: 0, all: 'b' }), '0 of b: 0')
  assert.equal(fill('{n} {other}', { n: 1 }), '1 {other}')
  assert.equal(fill('{n}', { n: '{all}', all: 'x' }), '{all}', 'what is filled in is not read again')
})

test('bytes come back from base64', () => {
  const bytes = [0, 1, 127, 128, 255]
  assert.deepEqual([...bytesOf(Buffer.from(bytes).toString('base64'))], bytes)
})

test('text on a colour can be read', () => {
  assert.equal(inkOn(255, 255, 255), INK)
  assert.equal(inkOn(0, 0, 0), PAPER)
  assert.equal(inkOn(0, 255, 0), INK, 'green is bright')
  assert.equal(inkOn(0, 0, 255), PAPER, 'blue is dark')
})
