// Answers one question of test_twins.py: reads it from its input as JSON, and writes the answer as JSON.

import { text } from 'node:stream/consumers'
import { modelInput } from '../../tl_core/browser/resize.js'
import { centreSquare } from '../../tl_core/browser/square.js'
import { opened, unpack } from '../../tl_core/ui/stage/arrays.js'
import { Filter } from '../../tl_core/ui/stage/filter.js'
import { Scale } from '../../tl_core/ui/stage/scale.js'
import { best, percent } from '../../tl_core/ui/prediction/live/bars.js'
import { logits, sharesOf } from '../../tl_core/ui/prediction/live/dense.js'
import { bytesOf } from '../../tl_core/ui/stage/shared.js'
import { Stamps } from '../../tl_core/ui/stage/stamps.js'
import { Sums } from '../../tl_core/ui/stage/sums.js'
import { View } from '../../tl_core/ui/stage/view.js'

/** @param {{ message: string }} question What Python sends to the stage, as base64. */
function sumsOf({ message }) {
  const data = opened(bytesOf(message))
  const arrays = unpack(data)
  if (!arrays) throw new Error('the message does not hold all of its arrays')
  return data.mode === 'transpose' ? new Stamps(data, arrays) : new Sums(data, arrays)
}

const answers = {
  /** The share of every class: what the live view's head makes of features. */
  head(/** @type {{ features: number[], arrays: { values: number[], shape: number[] }[], constant: number | null }} */ question) {
    const arrays = question.arrays.map(({ values, shape }) => ({ values: Float32Array.from(values), shape }))
    return sharesOf(logits(Float32Array.from(question.features), arrays), question.constant)
  },

  /** The classes with the largest shares, and how a share is written. */
  best(/** @type {{ shares: number[], count: number }} */ { shares, count }) {
    return { labels: best(shares, count), texts: shares.map(percent) }
  },

  /** The square that is kept of pictures of these sizes. */
  middle(/** @type {{ sizes: [number, number][] }} */ { sizes }) {
    return sizes.map(([width, height]) => centreSquare(width, height))
  },

  /** The sum at every position, and how many products use each pixel of the input. */
  stage(/** @type {{ message: string }} */ question) {
    const sums = sumsOf(question)
    sums.result.fill(NaN) // what Python computed is not to be read back
    const totals = everyCell(sums.rows.output, sums.columns.output, (row, column) => {
      sums.moveTo(row, column)
      return [...sums.totals]
    })
    const uses = everyCell(sums.rows.size, sums.columns.size, (y, x) => sums.uses(y, x).length)
    return { totals, uses }
  },

  /** Which results use each pixel of the input, and with which weight. */
  uses(/** @type {{ message: string }} */ question) {
    const sums = sumsOf(question)
    return everyCell(sums.rows.size, sums.columns.size, (y, x) => sums.uses(y, x))
  },

  /** What the camera makes of a picture, as pixels. */
  camera(/** @type {import('../../tl_core/ui/stage/types').CameraData & { rgba: string }} */ question) {
    const rgba = new Uint8ClampedArray(bytesOf(question.rgba))
    const view = new View(question.view, new Scale(bytesOf(question.scale)))
    view.draw(new Filter(question).apply(rgba), rgba)
    return Buffer.from(rgba).toString('base64')
  },

  /** What a network sees of a picture, and of its middle. */
  seen(/** @type {{ rgba: string, width: number, height: number, size: number }} */ { rgba, width, height, size }) {
    const data = new Uint8ClampedArray(bytesOf(rgba))
    const pixels = Buffer.from(modelInput({ data, width, height }, size)).toString('base64')
    return { pixels, square: centreSquare(width, height) }
  },

  /** The colour of each value on the signed scale. */
  colours(/** @type {{ table: string, values: number[], most: number }} */ { table, values, most }) {
    const scale = new Scale(bytesOf(table))
    return values.map((value) => scale.fills[scale.step(value, most)])
  },
}

/**
 * @template Answer
 * @param {number} height @param {number} width @param {(row: number, column: number) => Answer} at
 */
function everyCell(height, width, at) {
  return Array.from({ length: height }, (_, row) => Array.from({ length: width }, (_cell, column) => at(row, column)))
}

const { what, ...question } = JSON.parse(await text(process.stdin))
process.stdout.write(JSON.stringify(answers[/** @type {keyof typeof answers} */ (what)](question)))
