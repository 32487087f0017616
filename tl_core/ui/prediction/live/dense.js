// The head of a network, which the browser computes itself: relu between its layers, and shares at its end.

/** @import { Held } from '../../stage/types' */

/**
 * Return what a head makes of features: its logits.
 * @param {Float32Array} features
 * @param {Held<Float32Array>[]} arrays Kernel (inputs, units) and bias of each layer in turn.
 */
export function logits(features, arrays) {
  let values = features
  for (let at = 0; at < arrays.length; at += 2) {
    if (at) values = values.map((value) => Math.max(value, 0))
    values = dense(values, arrays[at].values, arrays[at + 1].values)
  }
  return values
}

/** @param {Float32Array} inputs @param {Float32Array} kernel @param {Float32Array} bias */
function dense(inputs, kernel, bias) {
  const sums = Float64Array.from(bias)
  const units = sums.length
  for (let input = 0; input < inputs.length; input += 1) {
    const value = inputs[input]
    if (value === 0) continue // half of what comes out of a relu
    const row = input * units
    for (let unit = 0; unit < units; unit += 1) sums[unit] += value * kernel[row + unit]
  }
  return Float32Array.from(sums)
}

/**
 * Return the share of every class: what `probabilities` in scores.py does.
 * @param {ArrayLike<number>} outputs One for each class, or one alone, of the second class.
 * @param {number | null} constant What takes the place of each of them, see `TrainedHead` in head.py; or null.
 */
export function sharesOf(outputs, constant) {
  const given = Array.from(outputs, (output) => constant ?? output)
  const both = given.length === 1 ? [0, ...given] : given
  // Where a training has run away nothing is known: every class gets the same.
  const values = both.every(Number.isFinite) ? both : both.map(() => 0)
  const most = Math.max(...values)
  const powers = values.map((value) => Math.exp(value - most))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}
