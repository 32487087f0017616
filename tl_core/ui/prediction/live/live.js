// The live answer: a network in this browser looks at the camera's pictures; none of them leaves it.

/** @import { Call, Held, LiveData, LiveState, Place, WebcamState } from '../../stage/types' */

import { Speed } from '../../../browser/speed.js'
import { opened, unpack } from '../../stage/arrays.js'
import { element, fill, mounted } from '../../stage/shared.js'
import { penOf } from '../../stage/pens.js'
import { Webcam } from '../../stage/webcam.js'
import { Bars, best, percent } from './bars.js'
import { logits, sharesOf } from './dense.js'
import { Frames } from './frames.js'
import { Runner } from './runner.js'
import { Sight } from './sight.js'

const SAID_AFTER = 3000 // milliseconds between two sentences that are read out
const THANKED_FOR = 4000
const WIDE = 640
const HIGH = 480

class Live {
  /** @type {LiveData} */
  data
  /** @type {Held<Float32Array>[]} */
  head = []
  /** @type {Call<unknown, LiveState>['setTriggerValue']} */
  setTriggerValue
  paused = false
  looking = false
  failed = false
  share = 0
  speed = new Speed()
  /** @type {number[]} What was said last. */
  shares = []
  /** Until when it stands there that a frame was kept. */
  thanked = 0
  count = 0
  /** @type {Uint8Array | null} What was sent without all of its arrays. */
  asked = null
  said = { at: 0, label: -1 }

  /** @param {Place} parent */
  constructor(parent) {
    this.power = element('button', { type: 'button', class: 'power' })
    this.pause = element('button', { type: 'button', class: 'pause' })
    this.keep = element('button', { type: 'button', class: 'keep' })
    const wanted = { width: { ideal: WIDE }, height: { ideal: HIGH }, frameRate: { ideal: 30 } }
    this.webcam = new Webcam(this.power, wanted, (state) => this.turn(state), (photo) => this.takePhoto(photo))
    this.video = this.webcam.video
    this.sight = new Sight(this.video)
    this.seen = element('canvas', { class: 'seen', role: 'img' })
    this.seenTitle = element('span')
    this.guess = element('p', { class: 'guess', 'aria-hidden': 'true' })
    this.bars = new Bars()
    this.spoken = element('p', { class: 'spoken', role: 'status', 'aria-live': 'polite' })
    this.status = element('p', { class: 'status', role: 'status' })
    this.frame = element('div', { class: 'frame' },
      element('div', { class: 'controls' }, ...this.webcam.buttons, this.pause, this.keep),
      this.status,
      element('div', { class: 'live' },
        this.sight.picture,
        element('div', { class: 'answer' }, this.guess, this.bars.list, this.spoken,
          element('div', { class: 'small' }, this.seen, this.seenTitle))))
    parent.append(this.frame)
    this.pen = penOf(this.seen)
    this.frames = new Frames()
    this.runner = new Runner()
    this.pause.onclick = () => this.rest(!this.paused)
    this.keep.onclick = () => this.hand()
    this.write = this.write.bind(this)
  }

  /** @param {Call<Uint8Array, LiveState>} call */
  receive({ data: packed, setTriggerValue }) {
    const data = opened(packed)
    const arrays = unpack(data)
    this.setTriggerValue = setTriggerValue
    if (!arrays) {
      if (this.asked !== packed) setTriggerValue('missing', true)
      this.asked = packed
      return
    }
    this.take(data, Object.values(arrays))
  }

  /** @param {LiveData} data @param {Held<Float32Array>[]} head */
  take(data, head) {
    const other = !this.data || data.of !== this.data.of
    Object.assign(this, { data, head })
    this.bars.receive(data)
    if (other) {
      this.shares = []
      this.guess.textContent = this.spoken.textContent = ''
      Object.assign(this.seen, { width: data.size, height: data.size })
      if (this.webcam.stream || this.sight.photo) this.load()
      else this.runner.close()
    }
    if (this.shares.length) this.bars.draw(this.shares, performance.now())
    this.place()
    this.write()
  }

  /** @param {WebcamState} state */
  turn(state) {
    this.paused = false
    if (state === 'running') {
      this.sight.forget()
      this.place()
      this.speed = new Speed()
      this.load()
    } else if (!this.sight.photo) {
      this.shares = []
      this.bars.clear()
      this.guess.textContent = ''
      this.pen.clearRect(0, 0, this.seen.width, this.seen.height)
    }
    this.write()
  }

  async load() {
    Object.assign(this, { failed: false, share: 0 })
    this.write()
    try {
      if (!await this.runner.open(this.data, (share) => this.progress(share))) return
    } catch {
      this.failed = true
    }
    this.write()
    this.next()
  }

  /** @param {number} share */
  progress(share) {
    this.share = share
    this.write()
  }

  // ------------------------------------------------------------------------------------ what is written

  write() {
    const { data: { text }, webcam: { state, stream } } = this
    const looks = stream || this.sight.photo
    this.frame.dataset.state = this.failed && looks ? 'failed' : state
    this.frame.dataset.photo = String(Boolean(this.sight.photo))
    this.frame.dataset.ready = String(Boolean(this.runner.network))
    this.frame.dataset.paused = String(this.paused)
    this.webcam.label(text)
    this.power.classList.toggle('main', !stream)
    this.pause.textContent = this.paused ? text.goOn : text.pause
    this.keep.textContent = text.keep
    this.pause.hidden = !stream || !this.runner.network
    this.keep.hidden = !looks || !this.runner.network
    this.sight.label(text)
    this.seen.setAttribute('aria-label', text.seenName)
    this.seenTitle.textContent = text.seen
    if (!looks) this.status.textContent = text[state]
    else if (this.failed) this.status.textContent = text.failed
    else if (!this.runner.network) this.status.textContent = fill(text.loading, { share: Math.round(this.share * 100) })
    else if (performance.now() < this.thanked) this.status.textContent = text.kept
    else if (this.paused) this.status.textContent = text.paused
    else if (!stream) this.status.textContent = text.photo
    // What changes all the time is there to be looked at, not to be read out.
    const changing = stream && !this.failed && !this.paused
    this.status.setAttribute('aria-live', changing ? 'off' : 'polite')
  }

  place() {
    this.sight.place(Boolean(this.webcam.stream))
    // As in a mirror, unless the camera looks away from whoever holds it; the network sees it as it is.
    this.frame.dataset.mirrored = String(this.webcam.mirrored)
  }

  // -------------------------------------------------------------------------------------------- frames

  next() {
    const { stream } = this.webcam
    if (!(stream || this.sight.photo) || this.paused || this.looking || !this.runner.network) return
    this.looking = true
    if (!stream) {
      this.look()
      return
    }
    const look = () => (stream === this.webcam.stream && !this.paused ? this.look() : (this.looking = false))
    // Once for each new picture of the camera where the browser can tell, else once for each of the screen.
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(look)
    else requestAnimationFrame(look)
  }

  async look() {
    const start = performance.now()
    const { data, head, sight: { photo }, webcam: { stream }, runner: { network } } = this
    const source = this.sight.source(Boolean(stream))
    try {
      if (!network || !source) return
      const pixels = this.frames.take(source, data.size)
      const outputs = await network.classify(pixels)
      if (data !== this.data || network !== this.runner.network) return
      if (stream !== this.webcam.stream || photo !== this.sight.photo) return
      this.show(pixels, this.sharesOf(outputs, data, head))
      if (stream) this.measure(start)
      else this.write()
    } catch {
      this.failed = true
      this.write()
    } finally {
      this.looking = false
      if (this.isBehind(stream, photo, data)) this.next()
    }
  }

  /**
   * Whether there is something else to look at: the next picture of a camera, another photo, another network.
   * @param {MediaStream | null} stream @param {ImageBitmap | null} photo @param {LiveData} data
   */
  isBehind(stream, photo, data) {
    return !this.failed && Boolean(this.webcam.stream || stream || photo !== this.sight.photo || data !== this.data)
  }

  /** @param {Float32Array} outputs @param {LiveData} data @param {Held<Float32Array>[]} head */
  sharesOf(outputs, { part, constant }, head) {
    if (part !== 'features') return Array.from(outputs)
    return sharesOf(logits(outputs, head), constant)
  }

  /** @param {Uint8Array} pixels @param {number[]} shares */
  show(pixels, shares) {
    const { size, names, text } = this.data
    const image = this.pen.createImageData(size, size)
    image.data.fill(255)
    for (let pixel = 0; pixel < size * size; pixel += 1) image.data.set(pixels.subarray(pixel * 3, pixel * 3 + 3), pixel * 4)
    this.pen.putImageData(image, 0, 0)
    const now = performance.now()
    this.shares = shares
    this.bars.draw(shares, now)
    // Of the rows that are shown: what is said above them is one of them.
    const label = this.bars.shown.reduce((first, one) => (shares[one] > shares[first] ? one : first))
    const guess = fill(text.guess, { name: names[label], share: percent(shares[label]) })
    this.guess.textContent = guess
    this.frame.dataset.shares = JSON.stringify(best(shares, 10).map((one) => [one, shares[one]]))
    if (label !== this.said.label && now - this.said.at > SAID_AFTER) {
      this.said = { at: now, label }
      this.spoken.textContent = guess
    }
  }

  /** @param {number} start */
  measure(start) {
    this.frame.dataset.count = String(++this.count)
    const { count, milliseconds } = this.speed.after(start)
    if (!count) return
    Object.assign(this.frame.dataset, { fps: count, milliseconds })
    if (start > this.thanked) this.status.textContent = fill(this.data.text.running, { count, milliseconds })
  }

  // ------------------------------------------------------------------------------------------ controls

  /** @param {boolean} paused */
  rest(paused) {
    this.paused = paused
    if (paused) this.video.pause()
    else {
      this.video.play()
      this.speed = new Speed()
      this.next()
    }
    this.write()
  }

  async hand() {
    this.keep.disabled = true
    try {
      this.setTriggerValue('frame', await this.frames.file(this.data.most_bytes))
      this.thanked = performance.now() + THANKED_FOR
      this.write()
    } finally {
      this.keep.disabled = false
    }
  }

  /** @param {ImageBitmap} photo */
  takePhoto(photo) {
    this.sight.show(photo)
    this.place()
    if (this.runner.network) this.next()
    else this.load()
    this.write()
  }

  leave() {
    this.webcam.leave()
    this.runner.close()
    this.frame.remove()
  }
}

export default mounted(Live)
