// What is said about a position, a pixel and a weight, in the words that Python sent.

/** @import { Axis, Pair, Term, Texts } from './types' */
/** @import { Sums } from './sums.js' */

import { fill } from './shared.js'
import { number } from './numbers.js'

export class Words {
  /** @param {Texts} text @param {Sums} sums */
  constructor(text, sums) {
    this.text = text
    this.sums = sums
  }

  /** @param {number} channel */
  channel(channel) {
    return [this.text.red, this.text.green, this.text.blue][channel] ?? String(channel + 1)
  }

  /**
   * The name of one grid of products.
   * @param {Pick<Term, 'part' | 'channel'>} term
   */
  term({ part, channel }) {
    const words = []
    if (this.sums.channels > 1) words.push(this.channel(channel))
    if (this.sums.parts > 1) words.push(fill(this.text.part, { number: part + 1 }))
    return words.join(', ')
  }

  /**
   * The name of one grid of weights.
   * @param {number} part @param {number} kind
   */
  plane(part, kind) {
    const name = this.sums.parts > 1 ? fill(this.text.part, { number: part + 1 }) : ''
    return this.sums.kinds > 1 ? `${this.channel(kind)} ${name}` : name
  }

  /** What adds up to the present result, in each of its channels. */
  sum() {
    const { sums } = this
    const lines = []
    for (let output = 0; output < sums.outputs; output++) {
      const name = sums.outputs > 1 ? `${this.channel(output)}: ` : ''
      lines.push(`${name}${this.leftSide(output, sums.outputs > 1)}${number(sums.given(output))}`)
    }
    return lines.join('   ·   ')
  }

  /**
   * What a pixel's stamp adds to the result.
   * @param {number} y @param {number} x
   */
  stamp(y, x) {
    const value = number(this.sums.value(y, x, 0))
    return fill(this.text.stamp, { row: y, column: x, value })
  }

  /**
   * What adds up to an output, with its equals sign; brief where several outputs share the line.
   * @param {number} output @param {boolean} brief
   */
  leftSide(output, brief) {
    const { sums, text } = this
    const terms = sums.termsOf(output)
    const count = sums.counted
    if (sums.mode === 'max') return brief ? '' : `${fill(text.most, { count })} = `
    if (sums.mode === 'average') {
      const mean = `${number(terms[0].sum)} / ${count} = `
      return brief ? mean : `${fill(text.mean, { count })} = ${mean}`
    }
    if (sums.parts > 1) return this.length(terms)
    const bias = sums.bias ? ` + ${fill(text.bias, { value: number(sums.bias) })}` : ''
    if (terms.length > 1) {
      const named = terms.map((term) => `${this.channel(term.channel)} ${number(term.sum)}`)
      return `${named.join(' + ')}${bias} = `
    }
    const sum = bias ? `${number(terms[0].sum)}${bias} = ` : ''
    return brief ? sum : `${fill(text.sum, { count })} = ${sum}`
  }

  /**
   * A magnitude: the root of the squared sums of its kernels.
   * @param {Term[]} terms
   */
  length(terms) {
    const sums = this.sums.sumsOfParts(terms)
    const squares = sums.map((sum) => (sum < 0 ? `(${number(sum)})²` : `${number(sum)}²`))
    return `√(${squares.join(' + ')}) = `
  }

  position() {
    const { sums, text } = this
    const { rows, columns, row, column } = sums
    const values = Array.from({ length: sums.outputs }, (_, output) => number(sums.given(output)))
    const [down, across] = [sums.patch(rows, row), sums.patch(columns, column)]
    const place = { row, column, value: values.join(' / '), count: sums.counted, all: sums.taps }
    if (!down || !across) return fill(text.nothing, place)
    const [top, bottom] = ends(rows, down)
    const [left, right] = ends(columns, across)
    const position = fill(text.position, { ...place, top, bottom, left, right })
    if (!sums.padding || sums.mode === 'transpose') return position
    return `${position} ${fill(text.inPadding, { count: sums.padding, all: sums.taps })}`
  }

  /** @param {number} y @param {number} x */
  pixel(y, x) {
    const { sums, text } = this
    const values = sums.pixels.map((_, channel) => number(sums.value(y, x, channel)))
    const place = { row: number(y), column: number(x), value: values.join(' / ') }
    const template = sums.isReal(y, x) ? text.pixel : text.paddingPixel
    const words = fill(template, { ...place, count: sums.uses(y, x).length })
    return sums.copies(y, x).some((copies) => copies.length > 1) ? `${words} ${text.copies}` : words
  }

  /** @param {number} tap */
  weight(tap) {
    const { sums, text } = this
    const columns = sums.columns.kernel
    const place = { row: Math.floor(tap / columns), column: tap % columns }
    if (text.unmet && !sums.counts(tap)) return fill(text.unmet, place)
    const equations = sums.terms.map(({ weights, products, channel }) => {
      const pixel = number(sums.pixels[channel][tap])
      return weights ? `${pixel} × ${number(weights[tap], 4)} = ${number(products[tap])}` : pixel
    })
    return fill(text.weight, { ...place, equation: equations.join(' · ') })
  }
}

/**
 * The first and the last image coordinate of a patch.
 * @param {Axis} axis @param {Pair} patch
 */
function ends(axis, [first, length]) {
  return [first, first + length - 1].map((at) => number(at - axis.before))
}
