// A camera that somebody switches on and off with a button, and that nobody leaves on.

/** @import { WebcamState } from './types' */

import { element } from './shared.js'

/** @type {Record<string, WebcamState>} */
const REASONS = {
  NotAllowedError: 'denied', SecurityError: 'denied', NotFoundError: 'absent', OverconstrainedError: 'absent',
}

export class Webcam {
  /** @type {MediaStream | null} */
  stream = null
  /** @type {WebcamState} */
  state = 'off'
  gone = false

  /**
   * @param {HTMLButtonElement} button Switches it on and off.
   * @param {MediaTrackConstraints} wanted Is asked of the camera.
   * @param {(state: WebcamState) => void} onState Is called at each new state, the name of a sentence.
   */
  constructor(button, wanted, onState) {
    this.button = button
    this.wanted = wanted
    this.onState = onState
    this.video = element('video', { playsinline: '', role: 'img' })
    this.video.muted = true
    this.button.onclick = () => (this.stream ? this.stop('off') : this.start())
    this.onLeave = () => this.stop('off')
    window.addEventListener('pagehide', this.onLeave)
  }

  async start() {
    // Streamlit's own camera leaves a `mediaDevices` that always refuses: it says nothing of the address.
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) return this.turn('insecure')
    this.turn('waiting')
    this.button.disabled = true
    /** @type {MediaStream | null} */
    let stream = null
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: this.wanted, audio: false })
      if (this.gone) return this.end(stream)
      this.stream = stream
      stream.getVideoTracks()[0].onended = () => this.stop('ended')
      this.video.srcObject = stream
      await this.video.play()
      this.turn('running')
    } catch (error) {
      // Somebody who leaves while the picture is on its way ends it: that is no fault.
      const left = this.gone || (stream !== null && this.stream === null)
      if (!left) this.stop((error instanceof Error && REASONS[error.name]) || 'busy')
    } finally {
      this.button.disabled = false
    }
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
