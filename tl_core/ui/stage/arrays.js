// The arrays that Python sends, each of them once.

/** @import { Numbers, Packed, StageArrays } from './types' */

// The arrays that each component was sent, by digest: they outlive a component that leaves and comes back.
/** @type {Map<string, Map<string, Numbers>>} */
const arraysOf = new Map()
const KINDS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array }

/**
 * What Python packed, see `Memory.pack` in component.py: the length of the words, the words, the numbers.
 * @param {Uint8Array} bytes
 */
export function opened(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const words = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)))
  return { ...words, numbers: bytes.subarray(4 + length) }
}

/**
 * The arrays by name, or null if one of them is neither here nor kept from before.
 * @param {Packed} packed
 * @returns {StageArrays | null}
 */
export function unpack({ key, arrays: packed, numbers }) {
  const before = arraysOf.get(key)
  const now = new Map()
  /** @type {any} Of the kinds that stage.py sends. */
  const arrays = {}
  for (const [name, { digest, kind, shape, at }] of Object.entries(packed)) {
    const values = at === undefined ? before?.get(digest) : read(numbers, at, shape, KINDS[kind])
    if (!values) return null
    now.set(digest, values)
    arrays[name] = { values, shape }
  }
  arraysOf.set(key, now)
  return arrays
}

/**
 * @param {Uint8Array<ArrayBuffer>} numbers @param {number} at @param {number[]} shape
 * @param {typeof KINDS[keyof typeof KINDS]} Kind
 */
function read(numbers, at, shape, Kind) {
  const start = numbers.byteOffset + at
  const size = shape.reduce((product, side) => product * side, Kind.BYTES_PER_ELEMENT)
  return new Kind(numbers.buffer.slice(start, start + size))
}
