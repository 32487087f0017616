// Who a browser says that it is, and what leaves its address.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chosen, without } from '../../tl_core/ui/visitor.js'

const given = { secret: 'a'.repeat(32), proof: '', fresh: true, leave: '' }

/** @param {Record<string, string>} kept */
const storage = (kept) => (/** @type {string} */ name) => kept[name] ?? ''

describe('who a browser is', () => {
  const before = { tl_visitor: 'b'.repeat(32), tl_teacher: 'proof' }

  test('is whom it kept before, if the lab has made somebody new', () => {
    assert.deepEqual(chosen(given, storage(before)), { secret: 'b'.repeat(32), proof: 'proof' })
    assert.deepEqual(chosen({ ...given, fresh: false }, storage(before)), { secret: 'a'.repeat(32), proof: '' })
  })

  test('is whom the lab has made, if it kept nobody or something else', () => {
    for (const kept of ['', 'B'.repeat(32), 'b'.repeat(31), '{}', 'b'.repeat(32) + '\n']) {
      assert.equal(chosen(given, storage({ tl_visitor: kept })).secret, given.secret)
    }
  })
})

test('one word leaves an address, and nothing else of it', () => {
  assert.equal(without('https://lab:8443/train?run=1&teacher=k%26y&lang=ko#a', 'teacher'), 'https://lab:8443/train?run=1&lang=ko#a')
  assert.equal(without('http://lab/?teacher=key', 'teacher'), 'http://lab/')
  assert.equal(without('http://lab/?run=1', 'teacher'), 'http://lab/?run=1')
})
