// What canvases are drawn on with.

import { PAPER } from './shared.js'

/**
 * The pen of a canvas.
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas @param {CanvasRenderingContext2DSettings} settings
 */
export function penOf(canvas, settings = {}) {
  const pen = /** @type {CanvasRenderingContext2D | null} */ (canvas.getContext('2d', settings))
  if (!pen) throw new Error('this browser draws nothing on a canvas')
  return pen
}

/**
 * Give a canvas as many pixels as the screen has there; its pen counts in CSS pixels.
 * @param {HTMLCanvasElement} canvas @param {number} width @param {number} height
 */
export function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  const pen = penOf(canvas)
  pen.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0)
  return pen
}

/**
 * Stroke twice, first wider and light: what is drawn shows on any picture.
 * @param {CanvasRenderingContext2D} pen @param {number} width @param {number} edge How much wider.
 * @param {string} colour @param {() => void} stroke
 */
export function edged(pen, width, edge, colour, stroke) {
  pen.lineWidth = width + edge
  pen.strokeStyle = PAPER
  stroke()
  pen.lineWidth = width
  pen.strokeStyle = colour
  stroke()
}
