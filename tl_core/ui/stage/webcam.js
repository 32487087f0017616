// A camera that somebody switches on and off with a button, and that nobody leaves on.

const REASONS = {
  NotAllowedError: 'denied', SecurityError: 'denied', NotFoundError: 'absent', OverconstrainedError: 'absent',
}

class Webcam {
  /** `wanted` is asked of the camera; `onState` is called at each new `state`, the name of a sentence. */
  constructor(button, wanted, onState) {
    Object.assign(this, { button, wanted, onState, stream: null, state: 'off' })
    this.video = element('video', { playsinline: '', role: 'img' })
    this.video.muted = true
    this.button.onclick = () => (this.stream ? this.stop('off') : this.start())
    this.onLeave = () => this.stop('off')
    window.addEventListener('pagehide', this.onLeave)
  }

  async start() {
    if (!navigator.mediaDevices?.getUserMedia) return this.turn('insecure')
    this.turn('waiting')
    this.button.disabled = true
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
      if (!left) this.stop(REASONS[error.name] ?? 'busy')
    } finally {
      this.button.disabled = false
    }
  }

  turn(state) {
    this.state = state
    this.onState(state)
  }

  end(stream) {
    for (const track of stream.getTracks()) {
      track.onended = null
      track.stop()
    }
  }

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
