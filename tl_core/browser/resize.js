// From a picture to the pixels that a network sees: the same numbers as Pillow's resize (bilinear,
// antialiased), and so as `model_input` in Python. Pillow computes in whole numbers, across and down one after
// the other, and rounds in between; see its src/libImaging/Resample.c.

const PRECISION = 22
const HALF = 1 << (PRECISION - 1)

/**
 * What each pixel of a result takes of the row, or column, that it comes from.
 * @typedef {object} Taps
 * @property {Int32Array} first The first pixel that it looks at.
 * @property {Int32Array} count How many from there on.
 * @property {Int32Array} weights `most` for each pixel of the result; together about 2 ** 22.
 * @property {number} most
 */

/**
 * Return the square in the middle of a picture, as `centre_of` in Python: left, top and side.
 * @param {number} width @param {number} height @returns {[number, number, number]}
 */
export function centreSquare(width, height) {
  const side = Math.min(width, height)
  return [(width - side) >> 1, (height - side) >> 1, side]
}

/**
 * Return what a network sees of a picture: `size` x `size` pixels, red, green and blue of each.
 * @param {{ data: Uint8ClampedArray, width: number, height: number }} picture RGBA; nothing shows through it.
 * @param {number} size
 */
export function modelInput({ data, width, height }, size) {
  // Pillow goes down first where that leaves much less to go across.
  if (height > size && height - size > 2 * (width - size)) {
    return squeezedAcross(squeezedDown(data, width * 4, height, size), 4, width, size, size)
  }
  return squeezedDown(squeezedAcross(data, 4, width, height, size), size * 3, height, size)
}

/**
 * Return rows of `size` pixels, RGB.
 * @param {Uint8Array | Uint8ClampedArray} pixels `step` values of each; the first three are its colour.
 * @param {number} step @param {number} width @param {number} height @param {number} size
 */
function squeezedAcross(pixels, step, width, height, size) {
  const { first, count, weights, most } = tapsOf(width, size)
  const result = new Uint8Array(height * size * 3)
  let to = 0
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < size; x += 1) {
      let from = (y * width + first[x]) * step
      let [red, green, blue] = [HALF, HALF, HALF]
      const end = x * most + count[x]
      for (let tap = x * most; tap < end; tap += 1, from += step) {
        const weight = weights[tap]
        red += Math.imul(pixels[from], weight)
        green += Math.imul(pixels[from + 1], weight)
        blue += Math.imul(pixels[from + 2], weight)
      }
      result[to++] = red >> PRECISION
      result[to++] = green >> PRECISION
      result[to++] = blue >> PRECISION
    }
  }
  return result
}

/**
 * Return `size` rows as long as those that there are.
 * @param {Uint8Array | Uint8ClampedArray} rows @param {number} length Values in each.
 * @param {number} height @param {number} size
 */
function squeezedDown(rows, length, height, size) {
  const { first, count, weights, most } = tapsOf(height, size)
  const result = new Uint8Array(size * length)
  const sums = new Int32Array(length)
  for (let y = 0; y < size; y += 1) {
    sums.fill(HALF)
    for (let tap = 0; tap < count[y]; tap += 1) {
      const weight = weights[y * most + tap]
      const from = (first[y] + tap) * length
      for (let x = 0; x < length; x += 1) sums[x] += Math.imul(rows[from + x], weight)
    }
    for (let x = 0; x < length; x += 1) result[y * length + x] = sums[x] >> PRECISION
  }
  return result
}

/** @param {number} from Pixels that there are. @param {number} to Pixels that are wanted. @returns {Taps} */
function tapsOf(from, to) {
  const scale = from / to
  const reach = Math.max(scale, 1)
  const most = Math.ceil(reach) * 2 + 1
  const [first, count, weights] = [new Int32Array(to), new Int32Array(to), new Int32Array(to * most)]
  for (let at = 0; at < to; at += 1) {
    const centre = (at + 0.5) * scale
    first[at] = Math.max(Math.trunc(centre - reach + 0.5), 0)
    count[at] = Math.min(Math.trunc(centre + reach + 0.5), from) - first[at]
    weights.set(shares(first[at], count[at], centre, 1 / reach), at * most)
  }
  return { first, count, weights, most }
}

/**
 * Return how much of each pixel is taken, the nearest most, in parts of 2 ** 22.
 * @param {number} first @param {number} count @param {number} centre Where the result lies among them.
 * @param {number} slope By how much a share falls from one pixel to the next.
 */
function shares(first, count, centre, slope) {
  // In Pillow's order: another one would round differently.
  const tent = Array.from({ length: count }, (_, tap) => Math.max(1 - Math.abs((tap + first - centre + 0.5) * slope), 0))
  const sum = tent.reduce((total, share) => total + share, 0)
  return tent.map((share) => Math.trunc(0.5 + (share / sum) * 2 ** PRECISION))
}
