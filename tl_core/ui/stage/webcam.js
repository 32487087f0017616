// A camera that somebody switches on and off with a button, and that nobody leaves on.

/** @import { Texts, WebcamState } from './types' */

import { Handheld } from './handheld.js'
import { element } from './shared.js'

/** @type {Record<string, WebcamState>} */
const REASONS = {
  NotAllowedError: 'denied', SecurityError: 'denied', NotFoundError: 'absent', OverconstrainedError: 'absent',
}
/** Where the device's own camera app is offered in its place. */
const WITHOUT = new Set(['insecure', 'denied', 'absent', 'busy', 'unread'])

/** Whether this browser would give this page a camera. */
export function mayStream() {
  // Streamlit's own camera leaves a `mediaDevices` that always refuses: it says nothing of the address.
  return window.isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia)
}

async function camerasOf() {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => [])
  return devices.filter(({ kind }) => kind === 'videoinput').map(({ deviceId }) => deviceId)
}

export class Webcam {
  /** @type {MediaStream | null} */
  stream = null
  /** @type {WebcamState} */
  state = mayStream() ? 'off' : 'insecure'
  gone = false
  /** Why there is no camera, where that is not what is said last. */
  reason = this.state
  /** Which camera: the rear one first, where there are two; a device where cameras have no sides. */
  facing = 'environment'
  device = ''
  /** @type {string[]} */
  devices = []

  /**
   * @param {HTMLButtonElement} button Switches it on and off.
   * @param {MediaTrackConstraints} wanted Is asked of the camera.
   * @param {(state: WebcamState) => void} onState Is called at each new state, the name of a sentence.
   * @param {(photo: ImageBitmap) => void} [onPhoto] Is given a photo of the device's own camera app.
   */
  constructor(button, wanted, onState, onPhoto = () => undefined) {
    this.button = button
    this.wanted = wanted
    this.onState = onState
    this.video = element('video', { playsinline: '', role: 'img' })
    this.video.muted = true
    this.button.onclick = () => (this.stream ? this.stop('off') : this.start())
    this.other = element('button', { type: 'button', class: 'turned' })
    this.other.onclick = () => this.turnAround()
    this.handheld = new Handheld((photo) => this.give(photo, onPhoto), () => this.refuse())
    this.buttons = [this.button, this.other, this.handheld.button, this.handheld.input]
    this.onLeave = () => this.stop('off')
    window.addEventListener('pagehide', this.onLeave)
  }

  async start() {
    if (!mayStream()) return this.turn('insecure')
    this.turn('waiting')
    this.button.disabled = true
    /** @type {MediaStream | null} */
    let stream = null
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: this.asked(), audio: false })
      if (this.gone) return this.end(stream)
      this.stream = stream
      stream.getVideoTracks()[0].onended = () => this.stop('ended')
      this.video.srcObject = stream
      await this.video.play()
      this.devices = await camerasOf()
      if (this.stream === stream) this.turn('running')
    } catch (error) {
      // Somebody who leaves while the picture is on its way ends it: that is no fault.
      const left = this.gone || (stream !== null && this.stream === null)
      if (!left) this.stop((error instanceof Error && REASONS[error.name]) || 'busy')
    } finally {
      this.button.disabled = false
    }
  }

  /** @param {ImageBitmap} photo @param {(photo: ImageBitmap) => void} onPhoto */
  give(photo, onPhoto) {
    if (this.state === 'unread') this.turn(this.reason)
    onPhoto(photo)
  }

  refuse() {
    if (this.state !== 'unread') this.reason = this.state
    this.turn('unread')
  }

  /** @returns {MediaTrackConstraints} */
  asked() {
    const which = this.device ? { deviceId: { ideal: this.device } } : { facingMode: { ideal: this.facing } }
    return { ...this.wanted, ...which }
  }

  /** What the camera says of itself. */
  settings() {
    return this.stream?.getVideoTracks()[0]?.getSettings() ?? {}
  }

  /** Whether people see themselves: then the picture is shown as in a mirror. */
  get mirrored() {
    return this.settings().facingMode !== 'environment'
  }

  async turnAround() {
    const { facingMode, deviceId } = this.settings()
    if (facingMode) this.facing = facingMode === 'user' ? 'environment' : 'user'
    else this.device = this.devices[(this.devices.indexOf(deviceId ?? '') + 1) % this.devices.length]
    this.stop('off')
    await this.start()
  }

  /**
   * Name the buttons, and show those that do something now.
   * @param {Texts} text
   */
  label(text) {
    this.button.textContent = this.stream ? text.stop : text.start
    this.button.hidden = !mayStream()
    this.other.textContent = text.turn
    this.other.hidden = !this.stream || this.devices.length < 2
    this.handheld.button.textContent = text.handheld
    this.handheld.button.hidden = Boolean(this.stream) || !WITHOUT.has(this.state)
  }

  /** @param {WebcamState} state */
  turn(state) {
    this.state = state
    this.onState(state)
  }

  /** @param {MediaStream} stream */
  end(stream) {
    for (const track of stream.getTracks()) {
      track.onended = null
      track.stop()
    }
  }

  /** @param {WebcamState} state */
  stop(state) {
    if (this.stream) this.end(this.stream)
    this.stream = null
    this.video.srcObject = null
    this.turn(state)
  }

  leave() {
    this.gone = true
    this.stop('off')
    window.removeEventListener('pagehide', this.onLeave)
  }
}
