// How numbers are written.

const MINUS = '−'

/** @param {number} value */
export function number(value, digits = 5) {
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e9) return String(value).replace('-', MINUS)
  const text = size >= 1e-3 && size < 1e9 ? String(Number(value.toPrecision(digits))) : value.toExponential(1)
  return text.replaceAll('-', MINUS)
}

/**
 * At most four characters and a sign, for small cells.
 * @param {number} value
 */
export function short(value) {
  const size = Math.abs(value)
  if (size >= 9999.5) return value.toExponential(0).replace('e+', 'e').replace('-', MINUS)
  if (size >= 9.95 || Number.isInteger(value)) return String(Math.round(value)).replace('-', MINUS)
  const text = String(Number(value.toFixed(size >= 0.995 ? 1 : 2)))
  return text.replace('-', MINUS).replace('0.', '.')
}
