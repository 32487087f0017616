// The camera as a source of samples: small square JPEGs, held or timed, handed to Python in batches.
// A batch is kept until Python says that it has it, so a slow or broken connection loses nothing.

/** @import { Batch, Call, Place, RecorderData, RecorderState, Texts, WebcamState } from '../stage/types' */

import { element, fill, mounted } from '../stage/shared.js'
import { penOf } from '../stage/pens.js'
import { base64Of, drawSquare } from '../stage/shots.js'
import { Webcam } from '../stage/webcam.js'

const SIDE = 256
const QUALITY = 0.88
const BATCH = 12
const MOST_WAITING = 240
const BATCH_AFTER = 400 // milliseconds between the first picture and its departure
const AGAIN_AFTER = 8000
const COUNTDOWN = 3

/**
 * How many of the pictures that wait, the oldest first, go into the next batch: all are for one target.
 * @param {{ target: string }[]} waiting
 */
export function batchSize(waiting) {
  const other = waiting.findIndex((each) => each.target !== waiting[0].target)
  return Math.min(BATCH, other < 0 ? waiting.length : other)
}

class Recorder {
  /** @type {RecorderData} */
  data
  /** @type {Texts} */
  text
  /** @type {Call<unknown, RecorderState>['setTriggerValue']} */
  setTriggerValue
  /** @type {{ left: number } | null} What is being recorded, and how many are still to be taken. */
  recording = null
  counting = 0
  /** Whether a photo came in without the stream. */
  added = false
  fresh = false
  /** @type {{ target: string, jpeg: string }[]} */
  waiting = []
  /** @type {Batch | null} What Python has not confirmed. */
  sent = null
  batch = 0
  session = crypto.getRandomValues(new Uint32Array(1))[0]
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  leaving

  /** @param {Place} parent */
  constructor(parent) {
    this.number = element('div', { class: 'number', 'aria-hidden': 'true' })
    this.power = element('button', { type: 'button', class: 'power' })
    const wanted = { width: { ideal: 640 }, height: { ideal: 480 } }
    this.webcam = new Webcam(this.power, wanted, (state) => this.turn(state), (photo) => this.add(photo))
    this.video = this.webcam.video
    this.hold = element('button', { type: 'button', class: 'hold main' })
    this.timer = element('button', { type: 'button', class: 'timer' })
    this.status = element('p', { class: 'status', role: 'status' })
    this.frame = element('div', { class: 'frame' },
      element('div', { class: 'picture' }, this.video, this.number),
      element('div', { class: 'controls' }, this.hold, this.timer, ...this.webcam.buttons, this.status))
    parent.append(this.frame)
    this.picture = new OffscreenCanvas(SIDE, SIDE)
    this.pen = penOf(this.picture)
    this.listen()
  }

  listen() {
    this.timer.onclick = () => (this.recording || this.counting ? this.rest() : this.countDown(COUNTDOWN))
    this.hold.onpointerdown = (event) => {
      if (event.button) return
      this.hold.setPointerCapture(event.pointerId)
      this.record(Infinity)
    }
    this.hold.onpointerup = this.hold.onpointercancel = this.hold.onlostpointercapture = () => this.rest()
    this.hold.onblur = () => this.rest()
    this.hold.oncontextmenu = (event) => event.preventDefault() // a long press on a phone
    const isPress = (/** @type {KeyboardEvent} */ event) => event.key === ' ' || event.key === 'Enter'
    this.hold.onkeydown = (event) => {
      if (!isPress(event)) return
      event.preventDefault()
      if (!event.repeat) this.record(Infinity)
    }
    this.hold.onkeyup = (event) => isPress(event) && this.rest()
  }

  /** @param {Call<RecorderData, RecorderState>} call */
  receive({ data, setTriggerValue }) {
    // A countdown goes on: whoever presses the timer at once is quicker than the page that says the new class.
    if (this.recording && data.target !== this.data.target) this.rest()
    Object.assign(this, { data, text: data.text, setTriggerValue })
    this.video.setAttribute('aria-label', data.text.cameraName)
    const { session, batch } = data.received
    if (this.sent && session === this.session && batch >= this.sent.batch) {
      this.sent = null
      clearTimeout(this.impatient)
      this.send()
    }
    this.draw()
  }

  draw() {
    const { text, data } = this
    const { stream, state } = this.webcam
    const busy = Boolean(this.recording || this.counting)
    this.frame.dataset.state = state
    this.frame.dataset.recording = String(Boolean(this.recording))
    this.webcam.label(text)
    this.power.classList.toggle('main', !stream)
    this.hold.textContent = text.hold
    this.timer.textContent = busy && this.recording?.left !== Infinity ? text.rest : fill(text.timer, { n: data.samples })
    this.hold.hidden = this.timer.hidden = !stream
    this.number.textContent = this.counting ? String(this.counting) : ''
    const n = data.count + this.waiting.length + (this.sent?.frames.length ?? 0)
    const count = fill(text.count, { n, name: data.title })
    if (!this.counting) this.status.textContent = stream ? count : `${text[state]} ${this.added ? count : ''}`.trim()
    // The count changes several times a second: it is there to be looked at, not to be read out.
    this.status.setAttribute('aria-live', busy ? 'off' : 'polite')
  }

  /** @param {WebcamState} state */
  turn(state) {
    if (state !== 'running') this.rest()
    else {
      this.watch()
      this.draw()
    }
  }

  watch() {
    // A camera may be slower than the rate that was asked for: the same picture twice is no second sample.
    this.fresh = true
    if (this.webcam.stream) this.video.requestVideoFrameCallback?.(() => this.watch())
  }

  /** @param {number} seconds */
  countDown(seconds) {
    if (!this.webcam.stream) return
    this.counting = seconds
    if (!seconds) this.record(this.data.samples)
    else {
      this.draw()
      this.ticking = setTimeout(() => this.countDown(seconds - 1), 1000)
    }
  }

  /** @param {number} left How many pictures. */
  record(left) {
    if (!this.webcam.stream) return
    this.rest()
    this.recording = { left }
    this.take()
    if (this.recording) this.sampling = setInterval(() => this.take(), 1000 / this.data.rate)
    this.draw()
  }

  rest() {
    clearInterval(this.sampling)
    clearTimeout(this.ticking)
    Object.assign(this, { recording: null, counting: 0 })
    this.draw()
  }

  async take() {
    const recording = this.recording
    if (!recording || !this.video.videoWidth || this.waiting.length >= MOST_WAITING) return
    if (!this.fresh) return
    this.fresh = !this.video.requestVideoFrameCallback
    if (--recording.left <= 0) this.rest()
    await this.store(this.video, this.video.videoWidth, this.video.videoHeight)
  }

  /** @param {ImageBitmap} photo */
  async add(photo) {
    this.added = true
    await this.store(photo, photo.width, photo.height)
  }

  /**
   * Keep the square in the middle of a picture as one sample.
   * @param {CanvasImageSource} picture @param {number} width @param {number} height
   */
  async store(picture, width, height) {
    const { target } = this.data
    drawSquare(this.pen, picture, width, height, SIDE)
    const blob = await this.picture.convertToBlob({ type: 'image/jpeg', quality: QUALITY })
    this.waiting.push({ target, jpeg: await base64Of(blob) })
    this.draw()
    if (!this.leaving) this.leaving = setTimeout(() => this.send(), BATCH_AFTER)
  }

  send() {
    clearTimeout(this.leaving)
    this.leaving = undefined
    if (this.webcam.gone || this.sent || !this.waiting.length) return
    const [{ target }] = this.waiting
    const frames = this.waiting.splice(0, batchSize(this.waiting)).map((each) => each.jpeg)
    this.sent = { session: this.session, batch: ++this.batch, target, frames }
    this.hand()
  }

  hand() {
    if (!this.sent || this.webcam.gone) return
    this.setTriggerValue('frames', this.sent)
    this.impatient = setTimeout(() => this.hand(), AGAIN_AFTER)
  }

  leave() {
    this.webcam.leave()
    clearTimeout(this.leaving)
    clearTimeout(this.impatient)
    this.frame.remove()
  }
}

export default mounted(Recorder)
