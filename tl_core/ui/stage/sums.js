// What one position of the kernel sees and gives; no drawing. Coordinates are those of
// tl_core/convolution/geometry.py: image coordinates start at the first real pixel, padded coordinates at the
// first pixel of the padding.

// The arrays that each component was sent, by digest: they outlive a component that leaves and comes back.
const arraysOf = new Map()
const KINDS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array }

/** What Python packed, see `message` in component.py: the length of the words, the words, the numbers. */
function opened(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const words = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)))
  return { ...words, numbers: bytes.subarray(4 + length) }
}

/** The arrays by name, or null if one of them is neither here nor kept from before. */
function unpack({ key, arrays: packed, numbers }) {
  const before = arraysOf.get(key) ?? new Map()
  const now = new Map()
  const arrays = {}
  let missing = false
  for (const [name, { digest, kind, shape, at }] of Object.entries(packed)) {
    const values = at === undefined ? before.get(digest) : read(numbers, at, shape, KINDS[kind])
    if (values) now.set(digest, values)
    else missing = true
    arrays[name] = { values, shape }
  }
  if (!missing) arraysOf.set(key, now)
  return missing ? null : arrays
}

function read(numbers, at, shape, Kind) {
  const start = numbers.byteOffset + at
  const size = shape.reduce((product, side) => product * side, Kind.BYTES_PER_ELEMENT)
  return new Kind(numbers.buffer.slice(start, start + size))
}

/** A kernel, or a window, slid over the input. */
class Sums {
  constructor(data, arrays) {
    Object.assign(this, { mode: data.mode, rows: data.rows, columns: data.columns })
    Object.assign(this, { bias: data.bias, constant: data.constant })
    this.image = arrays.image.values
    this.result = arrays.result.values
    this.channels = arrays.image.shape[2] ?? 1
    this.outputs = arrays.result.shape[2] ?? 1
    this.rowSource = arrays.rowSource.values
    this.columnSource = arrays.columnSource.values
    this.taps = this.rows.kernel * this.columns.kernel
    const [parts, kinds] = arrays.weights?.shape ?? [1, 0]
    Object.assign(this, { parts, kinds, weights: arrays.weights?.values })
    this.pixels = Array.from({ length: this.channels }, () => new Float32Array(this.taps))
    this.inside = new Uint8Array(this.taps)
    this.terms = []
    for (let part = 0; part < parts; part++) {
      for (let channel = 0; channel < this.channels; channel++) {
        const weights = this.weightsOf(part, channel)
        const products = weights ? new Float64Array(this.taps) : this.pixels[channel]
        this.terms.push({ part, channel, weights, products, sum: 0, winner: -1 })
      }
    }
    this.totals = new Float64Array(this.outputs)
    this.largestWeight = largest(this.weights ?? [1])
    this.largestProduct = this.largestWeight * Math.max(largest(this.image), Math.abs(this.constant)) || 1
  }

  weightsOf(part, channel) {
    if (!this.weights) return null
    const start = (part * this.kinds + (this.kinds > 1 ? channel : 0)) * this.taps
    return this.weights.subarray(start, start + this.taps)
  }

  /** The value at image coordinates, padding included. */
  value(y, x, channel) {
    const row = this.rowSource[y + this.rows.before]
    const column = this.columnSource[x + this.columns.before]
    if (row < 0 || column < 0) return this.constant
    return this.image[(row * this.columns.size + column) * this.channels + channel]
  }

  /** The padded coordinate that a tap meets from an output, on one axis; -1 if it meets none. */
  met(axis, output, tap) {
    return output * axis.stride + tap * axis.dilation
  }

  /** The first padded coordinate of an output's patch, and how far it reaches; null if it meets none. */
  patch(axis, output) {
    return [output * axis.stride, axis.reach]
  }

  /** The padded coordinates that a tap meets over all outputs: the first, their distance, how many. */
  reach(axis, tap) {
    return [tap * axis.dilation, axis.stride, axis.output]
  }

  /** Whether a tap adds to the sum at the present position. */
  counts(tap) {
    return this.weights !== undefined || this.inside[tap] === 1
  }

  moveTo(row, column) {
    Object.assign(this, { row, column, padding: 0 })
    const { rows, columns } = this
    for (let i = 0, tap = 0; i < rows.kernel; i++) {
      const y = this.met(rows, row, i) - rows.before
      for (let j = 0; j < columns.kernel; j++, tap++) {
        const x = this.met(columns, column, j) - columns.before
        this.inside[tap] = this.isReal(y, x) ? 1 : 0
        this.padding += 1 - this.inside[tap]
        for (let channel = 0; channel < this.channels; channel++) {
          this.pixels[channel][tap] = this.value(y, x, channel)
        }
      }
    }
    this.counted = this.mode === 'convolve' ? this.taps : this.taps - this.padding
    for (const term of this.terms) this.add(term)
    for (let output = 0; output < this.outputs; output++) this.totals[output] = this.total(output)
  }

  add(term) {
    const { weights, products, channel } = term
    const pixels = this.pixels[channel]
    term.sum = 0
    term.winner = -1
    for (let tap = 0; tap < this.taps; tap++) {
      if (weights) products[tap] = weights[tap] * pixels[tap]
      if (!this.counts(tap)) continue
      term.sum += products[tap]
      if (!weights && (term.winner < 0 || products[tap] > products[term.winner])) term.winner = tap
    }
  }

  /** The terms that one output adds up. */
  termsOf(output) {
    return this.outputs > 1 ? this.terms.filter((term) => term.channel === output) : this.terms
  }

  total(output) {
    const terms = this.termsOf(output)
    if (this.mode === 'max') return terms[0].products[terms[0].winner]
    if (this.mode === 'average') return terms[0].sum / this.counted
    const sums = new Array(this.parts).fill(0)
    for (const term of terms) sums[term.part] += term.sum
    return this.parts > 1 ? Math.hypot(...sums) : sums[0] + this.bias
  }

  /** What Python computed for the present position. */
  given(output) {
    return this.result[(this.row * this.columns.output + this.column) * this.outputs + output]
  }

  /** Every (output, tap) of one axis in which a coordinate is used; see Axis.touched. */
  touched(axis, coordinate) {
    const found = []
    for (let tap = axis.kernel - 1; tap >= 0; tap--) {
      const start = coordinate + axis.before - tap * axis.dilation
      if (start >= 0 && start % axis.stride === 0 && start / axis.stride < axis.output) {
        found.push([start / axis.stride, tap])
      }
    }
    return found
  }

  isReal(y, x) {
    return y >= 0 && y < this.rows.size && x >= 0 && x < this.columns.size
  }

  /** A pixel's own rows and columns, and those of its copies in the padding. */
  copies(y, x) {
    if (this.mode !== 'convolve' || !this.isReal(y, x)) return [[y], [x]]
    const find = (axis, source, coordinate) => {
      const found = []
      for (let i = 0; i < axis.padded; i++) if (source[i] === coordinate) found.push(i - axis.before)
      return found
    }
    return [find(this.rows, this.rowSource, y), find(this.columns, this.columnSource, x)]
  }

  /** Every use of a pixel, as [output row, output column, tap]. */
  uses(y, x) {
    const [down, across] = this.copies(y, x)
    const rows = down.flatMap((copy) => this.touched(this.rows, copy))
    const columns = across.flatMap((copy) => this.touched(this.columns, copy))
    return rows.flatMap(([row, i]) => columns.map(([column, j]) => [row, column, i * this.columns.kernel + j]))
  }

  /** The output whose patch has its middle nearest to an input coordinate. */
  nearest(axis, coordinate) {
    const output = Math.round((coordinate + axis.before - (axis.reach - 1) / 2) / axis.stride)
    return clamp(output, 0, axis.output - 1)
  }
}

function largest(values) {
  let most = 0
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i])
    if (size > most) most = size
  }
  return most
}

/** A kernel stamped on a larger result, times each input pixel: a transposed convolution. */
class Stamps extends Sums {
  value(y, x, channel) {
    return this.isReal(y, x) ? super.value(y, x, channel) : 0
  }

  met(axis, output, tap) {
    const place = output + axis.crop - tap
    const pixel = place / axis.stride
    return place % axis.stride === 0 && pixel >= 0 && pixel < axis.size ? pixel : -1
  }

  patch(axis, output) {
    const met = Array.from({ length: axis.kernel }, (_, tap) => this.met(axis, output, tap))
    const pixels = met.filter((pixel) => pixel >= 0)
    return pixels.length ? [Math.min(...pixels), Math.max(...pixels) - Math.min(...pixels) + 1] : null
  }

  reach(axis, tap) {
    const inside = (pixel) => this.stamped(axis, pixel, tap) >= 0 && this.stamped(axis, pixel, tap) < axis.output
    const pixels = Array.from({ length: axis.size }, (_, pixel) => pixel).filter(inside)
    return [pixels[0] ?? 0, 1, pixels.length]
  }

  /** The output on which a pixel's stamp puts a tap; it may be beyond the edge. */
  stamped(axis, pixel, tap) {
    return pixel * axis.stride - axis.crop + tap
  }

  counts(tap) {
    return this.inside[tap] === 1
  }

  touched(axis, pixel) {
    const taps = Array.from({ length: axis.kernel }, (_, tap) => [this.stamped(axis, pixel, tap), tap])
    return taps.filter(([output]) => output >= 0 && output < axis.output)
  }

  nearest(axis, pixel) {
    const middle = Math.round(this.stamped(axis, pixel, (axis.kernel - 1) / 2))
    return clamp(middle, 0, axis.output - 1)
  }

  /** Show one pixel's stamp, instead of what the present position adds up. */
  stamp(y, x) {
    this.inside.fill(0)
    for (const [, , tap] of this.uses(y, x)) this.inside[tap] = 1
    for (const term of this.terms) {
      this.pixels[term.channel].fill(this.value(y, x, term.channel))
      this.add(term)
    }
  }
}
