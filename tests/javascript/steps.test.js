// Which changes of the address are steps of the browser's history.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isStep, keep } from '../../tl_core/ui/history/steps.js'

const HERE = 'http://lab/train?epochs=5&section=data'

describe('a change of the address', () => {
  test('is a step where another page or section is entered', () => {
    for (const to of ['/predict', '/predict?section=data', '/train?epochs=5', '/train?section=book', '/']) {
      assert.equal(isStep(HERE, to), true, to)
    }
  })

  test('is none where a control has changed', () => {
    for (const to of ['/train?epochs=6&section=data', '/train?section=data&run=0a', '?section=data', null, undefined]) {
      assert.equal(isStep(HERE, to), false, String(to))
    }
    assert.equal(isStep('http://lab/predict', '/predict?run=0a'), false)
  })

  test('is made in place unless it is one', () => {
    globalThis.location = /** @type {Location} */ ({ href: HERE })
    /** @type {string[]} */
    const made = []
    const steps = /** @type {History} */ (/** @type {unknown} */ ({
      pushState: (/** @type {unknown} */ _, /** @type {string} */ __, /** @type {string} */ url) => made.push(`+${url}`),
      replaceState: (/** @type {unknown} */ _, /** @type {string} */ __, /** @type {string} */ url) => made.push(`=${url}`),
    }))
    keep(steps)
    keep(steps) // at each run of the page
    steps.pushState({}, '', '/train?section=data')
    steps.pushState({}, '', '/predict')
    assert.deepEqual(made, ['=/train?section=data', '+/predict'])
  })
})
