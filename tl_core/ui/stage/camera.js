// The live camera: each picture is read, convolved and drawn here, and then forgotten.

/** @import { Call, CameraData, Place, Texts, WebcamState } from './types' */

import { Speed } from '../../browser/speed.js'
import { bytesOf, element, fill, mounted } from './shared.js'
import { penOf } from './pens.js'
import { Filter, HEIGHT, WIDTH } from './filter.js'
import { Scale } from './scale.js'
import { View } from './view.js'
import { Webcam } from './webcam.js'

class Camera {
  /** @type {Texts} */
  text
  /** @type {Filter} */
  filter
  /** @type {View} */
  view
  speed = new Speed()
  /** @type {ImageBitmap | null} What stands in the place of the camera's pictures. */
  photo = null

  /** @param {Place} parent */
  constructor(parent) {
    this.canvas = element('canvas', { width: WIDTH, height: HEIGHT, role: 'img' })
    this.titles = [element('figcaption'), element('figcaption')]
    this.button = element('button', { type: 'button' })
    const wanted = { width: { ideal: WIDTH }, height: { ideal: HEIGHT }, frameRate: { ideal: 30 } }
    this.webcam = new Webcam(this.button, wanted, (state) => this.turn(state), (photo) => this.take(photo))
    this.video = this.webcam.video
    this.still = element('canvas', { class: 'still', width: WIDTH, height: HEIGHT, role: 'img' })
    this.status = element('p', { class: 'status', role: 'status' })
    this.frame = element('div', { class: 'frame' },
      element('div', { class: 'pictures' },
        element('figure', {}, this.titles[0], element('div', { class: 'picture' }, this.video, this.still)),
        element('figure', {}, this.titles[1], element('div', { class: 'picture' }, this.canvas))),
      element('div', { class: 'controls' }, ...this.webcam.buttons, this.status))
    parent.append(this.frame)
    this.pen = penOf(this.canvas)
    this.picture = penOf(new OffscreenCanvas(WIDTH, HEIGHT), { willReadFrequently: true })
  }

  /** @param {Call<CameraData>} call */
  receive({ data }) {
    this.text = data.text
    this.filter = new Filter(data)
    this.view = new View(data.view, new Scale(bytesOf(data.scale)))
    this.titles[0].textContent = data.text.camera
    this.titles[1].textContent = data.text.result
    this.video.setAttribute('aria-label', data.text.cameraName)
    this.still.setAttribute('aria-label', data.text.stillName)
    this.canvas.setAttribute('aria-label', data.text.resultName)
    this.say(this.webcam.state)
    this.drawPhoto()
  }

  /** @param {WebcamState} state */
  turn(state) {
    this.say(state)
    if (state !== 'running') {
      this.pen.clearRect(0, 0, WIDTH, HEIGHT)
      this.drawPhoto()
      return
    }
    this.photo = null
    this.frame.dataset.photo = 'false'
    this.speed = new Speed()
    this.next()
  }

  /** @param {WebcamState} state */
  say(state) {
    this.frame.dataset.state = state
    this.webcam.label(this.text)
    if (state !== 'running') this.status.textContent = this.text[state]
    // The speed changes every second: it is there to be looked at, not to be read out.
    this.status.setAttribute('aria-live', state === 'running' ? 'off' : 'polite')
  }

  next() {
    // Only for the stream that is on now: a restarted camera would draw twice as often each time.
    const { stream } = this.webcam
    const draw = () => stream && stream === this.webcam.stream && this.draw()
    // Once for each new picture of the camera where the browser can tell, else once for each of the screen.
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(draw)
    else requestAnimationFrame(draw)
  }

  draw() {
    const start = performance.now()
    this.pen.putImageData(this.convolved(this.video, this.video.videoWidth, this.video.videoHeight), 0, 0)
    this.tell(this.speed.after(start))
    this.next()
  }

  /** @param {ImageBitmap} photo */
  take(photo) {
    this.photo = photo
    this.drawPhoto()
  }

  drawPhoto() {
    const { photo } = this
    if (!photo || this.webcam.stream) return
    const result = this.convolved(photo, photo.width, photo.height)
    penOf(this.still).drawImage(this.picture.canvas, 0, 0)
    this.pen.putImageData(result, 0, 0)
    this.frame.dataset.photo = 'true'
  }

  /**
   * What the kernel makes of a picture, which fills the frame.
   * @param {CanvasImageSource} picture @param {number} width @param {number} height
   */
  convolved(picture, width, height) {
    const scale = Math.max(WIDTH / width, HEIGHT / height)
    const [wide, high] = [width * scale, height * scale]
    this.picture.drawImage(picture, (WIDTH - wide) / 2, (HEIGHT - high) / 2, wide, high)
    const pixels = this.picture.getImageData(0, 0, WIDTH, HEIGHT)
    this.view.draw(this.filter.apply(pixels.data), pixels.data)
    return pixels
  }

  /** @param {{ count: number, milliseconds: number }} speed */
  tell({ count, milliseconds }) {
    if (!count) return
    Object.assign(this.frame.dataset, { fps: count, milliseconds })
    this.status.textContent = fill(this.text.running, { count, milliseconds })
  }

  leave() {
    this.webcam.leave()
    this.frame.remove()
  }
}

export default mounted(Camera)
