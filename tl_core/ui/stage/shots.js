// What a camera's picture becomes, wherever it is taken: the square in its middle, as a file.

import { centreSquare } from '../../browser/square.js'

/**
 * Draw the square in the middle of a picture, `to` pixels a side.
 * @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} pen
 * @param {CanvasImageSource} picture @param {number} width Of the picture. @param {number} height @param {number} to
 */
export function drawSquare(pen, picture, width, height, to) {
  const [left, top, side] = centreSquare(width, height)
  pen.imageSmoothingQuality = 'high'
  pen.drawImage(picture, left, top, side, side, 0, 0, to, to)
}

/** @param {Blob} blob */
export async function base64Of(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let text = ''
  // Not all at once: there is a limit to the arguments of a function.
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}
