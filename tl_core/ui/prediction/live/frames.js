// From the camera's picture to the pixels that the network sees.

import { modelInput } from '../../../browser/resize.js'
import { centreSquare } from '../../../browser/square.js'
import { penOf } from '../../stage/pens.js'

const LONGEST = 640 // pixels; more of them would only take longer to make smaller

/**
 * The size that a picture is read in.
 * @param {number} width @param {number} height @returns {[number, number]}
 */
export function readSize(width, height) {
  const scale = Math.min(1, LONGEST / Math.max(width, height))
  return [Math.round(width * scale), Math.round(height * scale)]
}

export class Frames {
  constructor() {
    this.canvas = new OffscreenCanvas(1, 1)
    this.pen = penOf(this.canvas, { willReadFrequently: true })
  }

  /**
   * Keep what the camera shows now, and return it as the network sees it: red, green and blue of each pixel.
   * @param {HTMLVideoElement} video @param {number} size @param {boolean} centre Whether only the middle square.
   */
  take(video, size, centre) {
    const [width, height] = readSize(video.videoWidth, video.videoHeight)
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height })
    this.pen.drawImage(video, 0, 0, width, height)
    const [left, top, side] = centreSquare(width, height)
    const part = centre ? this.pen.getImageData(left, top, side, side) : this.pen.getImageData(0, 0, width, height)
    return modelInput(part, size)
  }

  /**
   * What was taken last, as a file: exact if that is not too large.
   * @param {number} most In bytes.
   */
  async file(most) {
    const exact = await this.canvas.convertToBlob({ type: 'image/png' })
    const blob = exact.size <= most ? exact : await this.canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 })
    const bytes = new Uint8Array(await blob.arrayBuffer())
    let text = ''
    // Not all at once: there is a limit to the arguments of a function.
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
    return btoa(text)
  }
}
