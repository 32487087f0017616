// Files that the lab serves in pieces, see pieces.py: loaded once, and kept by the browser.

/** @import { PackedFile } from '../../stage/types' */

const KEPT = 'lab-pieces-'
const MOST_KEPT = 8
const TRIES = 3
const AGAIN_AFTER = 1000 // milliseconds

/**
 * Return an address, for this page alone, of a whole file; it is still packed. Who asked for it revokes it.
 * @param {PackedFile} file
 * @param {(bytes: number) => void} onBytes Is called with the bytes of each piece.
 * @param {AbortSignal} signal Ends it.
 */
export async function assembled(file, onBytes, signal) {
  const kept = await storeOf(file)
  const pieces = await allPieces(file, kept, onBytes, signal)
  return URL.createObjectURL(new Blob(pieces))
}

/**
 * Keep nothing of a file: what was kept may be damaged.
 * @param {PackedFile} file
 */
export async function forget({ digest }) {
  await globalThis.caches?.delete(KEPT + digest).catch(() => false)
}

/** @param {PackedFile} file @param {Cache | null} kept @param {(bytes: number) => void} onBytes @param {AbortSignal} signal */
async function allPieces(file, kept, onBytes, signal) {
  /** @type {ArrayBuffer[]} */
  const pieces = []
  // One after the other: the server holds one piece in memory for each of a class of browsers.
  for (let number = 0; number < file.pieces; number += 1) {
    signal.throwIfAborted()
    const piece = await onePiece(addressOf(file, number), kept, signal)
    pieces.push(piece)
    onBytes(piece.byteLength)
  }
  return pieces
}

/** @param {PackedFile} file @param {number} number */
export function addressOf({ folder, digest }, number) {
  return `${folder}/${digest}/${String(number).padStart(3, '0')}.gz`
}

/** @param {string} address @param {Cache | null} kept @param {AbortSignal} signal */
async function onePiece(address, kept, signal) {
  const known = await kept?.match(address).catch(() => undefined)
  if (known) return known.arrayBuffer()
  const answer = await asked(address, signal, TRIES)
  const copy = answer.clone()
  const piece = await answer.arrayBuffer()
  // A browser without room keeps nothing, and loads it again the next time.
  await kept?.put(address, copy).catch(() => undefined)
  return piece
}

/**
 * @param {string} address @param {AbortSignal} signal @param {number} tries
 * @returns {Promise<Response>}
 */
async function asked(address, signal, tries) {
  try {
    const answer = await fetch(address, { signal })
    if (answer.ok) return answer
    throw new Error(`${address}: ${answer.status}`)
  } catch (error) {
    if (signal.aborted || tries <= 1) throw error
    await new Promise((resolve) => { setTimeout(resolve, AGAIN_AFTER) })
    return asked(address, signal, tries - 1)
  }
}

/**
 * Where the browser keeps the pieces of a file; the files that were loaded first make way.
 * @param {PackedFile} file
 * @returns {Promise<Cache | null>}
 */
async function storeOf({ digest }) {
  try {
    const name = KEPT + digest
    const others = (await caches.keys()).filter((one) => one.startsWith(KEPT) && one !== name)
    await Promise.all(others.slice(0, -MOST_KEPT + 1).map((one) => caches.delete(one)))
    return await caches.open(name)
  } catch {
    return null // without https, or where somebody forbids it
  }
}
