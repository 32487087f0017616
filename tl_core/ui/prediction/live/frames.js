// From the camera's picture to the pixels that the network sees.

import { modelInput } from '../../../browser/resize.js'
import { penOf } from '../../stage/pens.js'
import { base64Of, drawSquare } from '../../stage/shots.js'

const LONGEST = 640 // pixels; more of them would only take longer to make smaller

export class Frames {
  constructor() {
    this.canvas = new OffscreenCanvas(1, 1)
    this.pen = penOf(this.canvas, { willReadFrequently: true })
  }

  /**
   * Keep the square in the middle of a picture, and return it as the network sees it: red, green and blue of each pixel.
   * @param {{ picture: CanvasImageSource, width: number, height: number }} source @param {number} size
   */
  take({ picture, width, height }, size) {
    const side = Math.min(width, height, LONGEST)
    if (this.canvas.width !== side) Object.assign(this.canvas, { width: side, height: side })
    drawSquare(this.pen, picture, width, height, side)
    return modelInput(this.pen.getImageData(0, 0, side, side), size)
  }

  /**
   * What was taken last, as a file: exact if that is not too large.
   * @param {number} most In bytes.
   */
  async file(most) {
    const exact = await this.canvas.convertToBlob({ type: 'image/png' })
    const blob = exact.size <= most ? exact : await this.canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 })
    return base64Of(blob)
  }
}
