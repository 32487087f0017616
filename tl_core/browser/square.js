// The part of a picture that a network is shown where the whole is not, as `centre_of` in Python has it.

/**
 * Return the square in the middle of a picture: left, top and side.
 * @param {number} width @param {number} height @returns {[number, number, number]}
 */
export function centreSquare(width, height) {
  const side = Math.min(width, height)
  return [(width - side) >> 1, (height - side) >> 1, side]
}
