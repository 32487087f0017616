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
  cameras = 0
  /** @type {Uint8Array | null} What was sent without all of its arrays. */
  asked = null
  said = { at: 0, label: -1 }

  /** @param {Place} parent */
  constructor(parent) {
    this.power = element('button', { type: 'button', class: 'power' })
    this.pause = element('button', { type: 'button', class: 'pause' })
    this.keep = element('button', { type: 'button', class: 'keep' })
    this.turned = element('button', { type: 'button', class: 'turned' })
    this.wanted = { width: { ideal: WIDE }, height: { ideal: HIGH }, frameRate: { ideal: 30 }, facingMode: 'user' }
    this.webcam = new Webcam(this.power, this.wanted, (state) => this.turn(state))
    this.video = this.webcam.video
    this.crop = element('div', { class: 'crop', 'aria-hidden': 'true' })
    this.seen = element('canvas', { class: 'seen', role: 'img' })
    this.seenTitle = element('span')
    this.picture = element('div', { class: 'picture' }, this.video, this.crop)
    this.guess = element('p', { class: 'guess', 'aria-hidden': 'true' })
    this.bars = new Bars()
    this.spoken = element('p', { class: 'spoken', role: 'status', 'aria-live': 'polite' })
    this.status = element('p', { class: 'status', role: 'status' })
    this.frame = element('div', { class: 'frame' },
      element('div', { class: 'controls' }, this.power, this.pause, this.keep, this.turned),
      this.status,
      element('div', { class: 'live' },
        this.picture,
        element('div', { class: 'answer' }, this.guess, this.bars.list, this.spoken,
          element('div', { class: 'small' }, this.seen, this.seenTitle))))
    parent.append(this.frame)
    this.pen = penOf(this.seen)
    this.frames = new Frames()
    this.runner = new Runner()
    this.pause.onclick = () => this.rest(!this.paused)
    this.keep.onclick = () => this.hand()
    this.turned.onclick = () => this.turnAround()
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
      if (this.webcam.stream) this.load()
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
      this.place()
      this.countCameras()
      this.speed = new Speed()
      this.load()
    } else {
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
    this.frame.dataset.state = this.failed && stream ? 'failed' : state
    this.frame.dataset.ready = String(Boolean(this.runner.network))
    this.frame.dataset.paused = String(this.paused)
    this.power.textContent = stream ? text.stop : text.start
    this.power.classList.toggle('main', !stream)
    this.pause.textContent = this.paused ? text.goOn : text.pause
    this.keep.textContent = text.keep
    this.turned.textContent = text.turn
    this.pause.hidden = this.keep.hidden = !stream || !this.runner.network
    this.turned.hidden = !stream || this.cameras < 2
    this.video.setAttribute('aria-label', text.cameraName)
    this.seen.setAttribute('aria-label', text.seenName)
    this.seenTitle.textContent = text.seen
    if (!stream) this.status.textContent = text[state]
    else if (this.failed) this.status.textContent = text.failed
    else if (!this.runner.network) this.status.textContent = fill(text.loading, { share: Math.round(this.share * 100) })
    else if (performance.now() < this.thanked) this.status.textContent = text.kept
    else if (this.paused) this.status.textContent = text.paused
    // What changes all the time is there to be looked at, not to be read out.
    const changing = stream && !this.failed && !this.paused
    this.status.setAttribute('aria-live', changing ? 'off' : 'polite')
  }

  /** Show which part of the picture the network sees, in the picture's own shape. */
  place() {
    const { videoWidth: width, videoHeight: height } = this.video
    if (!width || !this.data) return
    const side = Math.min(width, height)
    const centre = this.data.crop === 'centre'
    this.picture.style.aspectRatio = `${width} / ${height}`
    this.crop.style.width = `${centre ? (100 * side) / width : 100}%`
    this.crop.style.height = `${centre ? (100 * side) / height : 100}%`
    // As in a mirror, unless the camera looks away from whoever holds it; the network sees it as it is.
    const settings = this.webcam.stream?.getVideoTracks()[0]?.getSettings()
    this.frame.dataset.mirrored = String(settings?.facingMode !== 'environment')
  }

  // -------------------------------------------------------------------------------------------- frames

  next() {
    const { stream } = this.webcam
    if (!stream || this.paused || this.looking || !this.runner.network) return
    this.looking = true
    const look = () => (stream === this.webcam.stream && !this.paused ? this.look() : (this.looking = false))
    // Once for each new picture of the camera where the browser can tell, else once for each of the screen.
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(look)
    else requestAnimationFrame(look)
  }

  async look() {
    const start = performance.now()
    const { data, head, runner: { network } } = this
    try {
      if (!network || !this.video.videoWidth) return
      const pixels = this.frames.take(this.video, data.size, data.crop === 'centre')
      const outputs = await network.classify(pixels)
      if (data !== this.data || network !== this.runner.network || !this.webcam.stream) return
      this.show(pixels, this.sharesOf(outputs, data, head))
      this.measure(start)
    } catch {
      this.failed = true
      this.write()
    } finally {
      this.looking = false
      if (!this.failed) this.next()
    }
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

  async countCameras() {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => [])
    this.cameras = devices.filter((device) => device.kind === 'videoinput').length
    this.write()
  }

  async turnAround() {
    this.wanted.facingMode = this.wanted.facingMode === 'user' ? 'environment' : 'user'
    this.webcam.stop('off')
    await this.webcam.start()
  }

  leave() {
    this.webcam.leave()
    this.runner.close()
    this.frame.remove()
  }
}

export default mounted(Live)
