// What there is to look at: the camera's picture as it moves, or a photo in its place, and the part of it that counts.

import { element } from '../../stage/shared.js'
import { penOf } from '../../stage/pens.js'

export class Sight {
  /** @type {ImageBitmap | null} What stands in the place of the camera's pictures. */
  photo = null

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.video = video
    this.still = element('canvas', { class: 'still', role: 'img' })
    this.crop = element('div', { class: 'crop', 'aria-hidden': 'true' })
    this.picture = element('div', { class: 'picture' }, video, this.still, this.crop)
  }

  /** @param {Record<string, string>} text */
  label(text) {
    this.video.setAttribute('aria-label', text.cameraName)
    this.still.setAttribute('aria-label', text.stillName)
  }

  /**
   * What a network would look at now, or null.
   * @param {boolean} streams whether the camera is on
   */
  source(streams) {
    const { video, photo } = this
    if (streams && video.videoWidth) return { picture: video, width: video.videoWidth, height: video.videoHeight }
    return photo && !streams ? { picture: photo, width: photo.width, height: photo.height } : null
  }

  /**
   * Show which part of the picture the network sees, in the picture's own shape.
   * @param {boolean} streams
   */
  place(streams) {
    const source = this.source(streams)
    if (!source) return
    const { width, height } = source
    const side = Math.min(width, height)
    this.picture.style.aspectRatio = `${width} / ${height}`
    this.crop.style.width = `${(100 * side) / width}%`
    this.crop.style.height = `${(100 * side) / height}%`
  }

  /** @param {ImageBitmap} photo */
  show(photo) {
    this.photo = photo
    Object.assign(this.still, { width: photo.width, height: photo.height })
    penOf(this.still).drawImage(photo, 0, 0)
  }

  forget() {
    this.photo = null
    Object.assign(this.still, { width: 1, height: 1 }) // a large one holds much memory
  }
}
