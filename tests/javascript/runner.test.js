// The network of the live view comes, and leaves nothing in the memory of the page that nobody needs.

import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { Runner } from '../../tl_core/ui/prediction/live/runner.js'

/** @import { LiveData } from '../../tl_core/ui/stage/types' */

const FOLDER = 'http://lab.test/pieces'
const PIECE = new Uint8Array(1000).fill(7)

/** @param {string} digest */
const file = (digest) => ({ folder: FOLDER, digest, pieces: 3, size: 3 * PIECE.length })
const data = /** @type {LiveData} */ (/** @type {unknown} */ ({ network: file('net'), programs: { 'litert.js.gz': file('program') } }))

/** @type {Set<string>} Addresses of whole files that hold memory. */
const held = new Set()
let made = 0
/** @type {Uint8Array[]} */
const compiled = []

/** Stands for LiteRT, which needs a browser; the files come through the real fetch and the real addresses. */
const litert = /** @type {any} */ ({
  loadAndCompile: async (/** @type {Uint8Array} */ bytes) => {
    compiled.push(bytes)
    return { getInputDetails: () => [{ shape: [1, 2, 2, 3] }], getOutputDetails: () => [{ shape: [1, 2] }], delete: () => undefined }
  },
})

const page = /** @type {any} */ (globalThis)
const { fetch } = globalThis
const { createObjectURL, revokeObjectURL } = URL

beforeEach(() => {
  held.clear()
  compiled.length = made = 0
  page.window = { labLiteRt: Promise.resolve(litert) }
  page.fetch = async (/** @type {string} */ url) => url.startsWith('blob:') ? fetch(url) : new Response(PIECE)
  URL.createObjectURL = (blob) => {
    const url = createObjectURL.call(URL, blob)
    made += 1
    if (blob instanceof Blob && blob.size === 3 * PIECE.length && !blob.type) held.add(url)
    return url
  }
  URL.revokeObjectURL = (url) => {
    held.delete(url)
    revokeObjectURL.call(URL, url)
  }
})

describe('the network of the live view', () => {
  test('comes whole, and its address is given up', async () => {
    /** @type {number[]} */
    const shares = []
    const runner = new Runner()
    assert.equal(await runner.open(data, (share) => shares.push(share)), true)
    assert.deepEqual([compiled.length, compiled[0].length, compiled[0][2999]], [1, 3000, 7])
    assert.equal(shares.at(-1), 1)
    assert.deepEqual([made, held.size], [1, 0])
    assert.equal(await runner.open(data, () => undefined), true)
    assert.equal(made, 1, 'what is there is not loaded again')
  })

  test('gives its address up where it cannot be read', async () => {
    const whole = page.fetch
    page.fetch = async (/** @type {string} */ url) => url.startsWith('blob:') ? Response.error() : whole(url)
    await assert.rejects(new Runner().open(data, () => undefined), { kind: 'missing' })
    assert.deepEqual([made, held.size], [1, 0])
  })

  test('gives up what LiteRT was started from, here where it cannot start', async () => {
    page.window = {}
    await assert.rejects(new Runner().open(data, () => undefined), { kind: 'unable' })
    assert.ok(made >= 2, 'the network, and the program')
    assert.equal(held.size, 0)
  })
})
