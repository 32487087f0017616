// One photo of the camera, the square in its middle: it goes to Python when somebody presses.

/** @import { Call, Place, SnapshotData, SnapshotState, Texts, WebcamState } from './types' */

import { penOf } from './pens.js'
import { element, mounted } from './shared.js'
import { base64Of, drawSquare } from './shots.js'
import { Webcam } from './webcam.js'

const LONGEST = 1024 // pixels; the lab shows no photo larger
const QUALITIES = [0.92, 0.8, 0.6]

class Snapshot {
  /** @type {SnapshotData} */
  data
  /** @type {Texts} */
  text
  /** @type {Call<unknown, SnapshotState>['setTriggerValue']} */
  setTriggerValue

  /** @param {Place} parent */
  constructor(parent) {
    this.power = element('button', { type: 'button', class: 'power' })
    this.shoot = element('button', { type: 'button', class: 'shoot main' })
    const wanted = { width: { ideal: 1280 }, height: { ideal: 960 } }
    this.webcam = new Webcam(this.power, wanted, (state) => this.draw(state), (photo) => this.hand(photo, photo.width, photo.height))
    const { video } = this.webcam
    this.status = element('p', { class: 'status', role: 'status' })
    this.frame = element('div', { class: 'frame' },
      element('div', { class: 'controls' }, this.shoot, ...this.webcam.buttons, this.status),
      element('div', { class: 'picture' }, video))
    parent.append(this.frame)
    this.shoot.onclick = () => this.hand(video, video.videoWidth, video.videoHeight)
  }

  /** @param {Call<SnapshotData, SnapshotState>} call */
  receive({ data, setTriggerValue }) {
    Object.assign(this, { data, text: data.text, setTriggerValue })
    this.webcam.video.setAttribute('aria-label', data.text.cameraName)
    this.draw(this.webcam.state)
  }

  /** @param {WebcamState} state */
  draw(state) {
    const { stream } = this.webcam
    this.frame.dataset.state = state
    this.webcam.label(this.text)
    this.power.classList.toggle('main', !stream)
    this.shoot.textContent = this.text.shoot
    this.shoot.hidden = !stream
    this.status.textContent = this.text[state]
  }

  /** @param {CanvasImageSource} picture @param {number} width @param {number} height */
  async hand(picture, width, height) {
    if (!width || !height) return
    const side = Math.min(width, height, LONGEST)
    const canvas = new OffscreenCanvas(side, side)
    drawSquare(penOf(canvas), picture, width, height, side)
    for (const quality of QUALITIES) {
      const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality })
      if (blob.size <= this.data.most_bytes) return this.setTriggerValue('photo', await base64Of(blob))
    }
  }

  leave() {
    this.webcam.leave()
    this.frame.remove()
  }
}

export default mounted(Snapshot)
