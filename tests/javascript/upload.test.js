// What is said of files that cannot be sent, or did not arrive.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { filesIn } from '../../tl_core/ui/stage/dropped.js'
import { isForUploader } from '../../tl_core/ui/stage/pasted.js'
import { lossOf, reasonOf, refusalOf, together } from '../../tl_core/ui/stage/upload.js'

const text = {
  large: '{name} over {limit}', larger: '{n} over {limit}, such as {name}', one: '{name} is missing.',
  some: '{n} of {chosen} are missing.', tooLarge: '413', forbidden: '403', refused: 'status {status}',
  broken: 'broken', folders: 'no folders', single: 'only {name}',
}

/** @param {Partial<import('../../tl_core/ui/stage/types').Chosen>} more */
const choice = (more = {}) => ({
  of: 'files_0', limit: 20e6, single: false, count: 5, name: 'a.jpg', large: 0, largest: '', statuses: [], since: 0, silent: false,
  ...more,
})

describe('a choice', () => {
  const inFolder = [{ name: '1.jpg', webkitRelativePath: 'pets/cats/1.jpg' }]
  const dropped = [{ name: 'pets/cats/1.jpg', webkitRelativePath: '' }]
  const loose = [{ name: '1.jpg', webkitRelativePath: '' }]

  test('without folders is refused where a folder is asked for, and only there', () => {
    assert.equal(refusalOf('change', loose, choice(), { folder: true, text }), 'no folders')
    assert.equal(refusalOf('change', inFolder, choice(), { folder: true, text }), '')
    assert.equal(refusalOf('change', dropped, choice(), { folder: true, text }), '')
    assert.equal(refusalOf('change', loose, choice(), { folder: false, text }), '')
    assert.equal(refusalOf('drop', loose, choice(), { folder: true, text }), '', 'nobody knows what is in a drop')
  })

  test('is refused before anything is sent if all of it is too large', () => {
    const large = { large: 1, largest: 'b.jpg' }
    assert.equal(refusalOf('change', loose, choice({ count: 1, ...large }), { folder: false, text }), 'b.jpg over 20')
    assert.equal(refusalOf('change', loose, choice({ count: 2, ...large }), { folder: false, text }), '')
    assert.equal(
      refusalOf('change', loose, choice({ count: 2, large: 2, largest: 'b.jpg' }), { folder: false, text }),
      '2 over 20, such as b.jpg')
  })

  test('made while another is on its way arrives together with it', () => {
    const both = together(choice({ statuses: [500] }), choice({ count: 2, large: 1, largest: 'c.jpg' }))
    assert.deepEqual([both.count, both.large, both.largest, both.statuses], [7, 1, 'c.jpg', [500]])
    assert.equal(together(choice({ of: 'files_1' }), choice()).count, 5, 'the uploader before has its files already')
    assert.equal(together(undefined, choice()).count, 5)
    assert.equal(together(choice({ silent: true }), choice()).count, 5, 'nothing of the one before was sent')
  })
})

describe('a dropped folder', () => {
  /** @param {string} fullPath @param {number} count @param {(at: number) => unknown} each */
  const folder = (fullPath, count, each) => ({
    isDirectory: true, fullPath, createReader: () => {
      const left = Array.from({ length: count }, (_, at) => each(at))
      return { readEntries: (/** @type {(entries: unknown[]) => void} */ give) => give(left.splice(0, 100)) }
    },
  })
  /** @param {string} fullPath */
  const file = (fullPath) => ({
    isDirectory: false, fullPath,
    file: (/** @type {(file: File) => void} */ give) => give(new File(['x'], 'name', { type: 'image/png' })),
  })

  test('is all its files with their paths, however many a reader gives at once', async () => {
    const pets = folder('/pets', 2, (at) => folder(`/pets/${at}`, 150 * at + 1, (n) => file(`/pets/${at}/${n}.png`)))
    const found = await filesIn(/** @type {any} */ ([pets, file('/alone.png')]))
    assert.equal(found.length, 1 + 151 + 1)
    assert.ok(found.some(({ name }) => name === 'pets/1/150.png'))
    assert.deepEqual(
      [found[0], found[151], found[152]].map(({ name, type }) => [name, type]),
      [['pets/0/0.png', 'image/png'], ['pets/1/99.png', 'image/png'], ['alone.png', 'image/png']])
  })
})

describe('a loss', () => {
  test('is the number that was chosen against the number that arrived', () => {
    assert.equal(lossOf(choice(), 5, text), '')
    assert.equal(lossOf(choice(), 6, text), '')
    assert.equal(lossOf(choice(), 3, text), '2 of 5 are missing. broken')
    assert.equal(lossOf(choice({ count: 1 }), 0, text), 'a.jpg is missing. broken')
  })

  test('tells files that are too large from those that got lost', () => {
    const large = { large: 2, largest: 'big.jpg' }
    assert.equal(lossOf(choice(large), 3, text), '2 over 20, such as big.jpg')
    assert.equal(lossOf(choice(large), 2, text), '2 over 20, such as big.jpg 1 of 5 are missing. broken')
  })

  test('is none where an uploader of one file takes the first of several', () => {
    assert.equal(lossOf(choice({ single: true, count: 3 }), 1, text), 'only a.jpg')
    assert.equal(lossOf(choice({ single: true, count: 1 }), 1, text), '')
  })

  test('has the most telling of the reasons', () => {
    assert.equal(reasonOf([204, 500, 403, 413], text), '413')
    assert.equal(reasonOf([0, 500, 403], text), '403')
    assert.equal(reasonOf([0, 204, 502], text), 'status 502')
    assert.equal(reasonOf([0, 204], text), 'broken')
    assert.equal(reasonOf([], text), 'broken', 'a browser that does not tell statuses')
  })
})

describe('a paste', () => {
  globalThis.Element ??= /** @type {any} */ (class { matches() { return false } })
  const place = (/** @type {boolean} */ written) => Object.assign(Object.create(Element.prototype), { matches: () => written })
  const paste = (/** @type {boolean} */ written, defaultPrevented = false) =>
    ({ defaultPrevented, composedPath: () => [place(false), place(written)] })

  test('is for an uploader unless somebody writes there, another took it, or it takes folders', () => {
    assert.equal(isForUploader(paste(false), { folder: false }), true)
    assert.equal(isForUploader(paste(true), { folder: false }), false)
    assert.equal(isForUploader(paste(false, true), { folder: false }), false)
    assert.equal(isForUploader(paste(false), { folder: true }), false)
  })
})
