// Row by row over the result: play, one step, how fast, and a slider for the position.

/** @import { Texts } from './types' */

import { element, fill } from './shared.js'

const SVG = 'http://www.w3.org/2000/svg'
const ICONS = { play: 'M4 2l10 6-10 6z', pause: 'M3 2h4v12H3zM9 2h4v12H9z', step: 'M3 2l8 6-8 6zM11 2h2v12h-2z' }
const FASTEST = 10 // the speed slider ends at 2 ** 10 positions a second
const CALM = 2 // positions a second for people who asked for less motion

/** @param {HTMLButtonElement} button @param {keyof typeof ICONS} icon @param {string} text */
function label(button, icon, text) {
  const drawing = document.createElementNS(SVG, 'svg')
  drawing.setAttribute('viewBox', '0 0 16 16')
  drawing.setAttribute('aria-hidden', 'true')
  drawing.append(document.createElementNS(SVG, 'path'))
  drawing.firstElementChild?.setAttribute('d', ICONS[icon])
  button.replaceChildren(drawing, element('span', {}, text))
}

export class Walk {
  /** @type {Texts} */
  text
  playing = false
  waiting = 0

  /**
   * @param {{ index(): number, goTo(index: number): void, turned(): void }} walker Is told each new position,
   *   counted row by row, and when it starts or stops by itself.
   */
  constructor(walker) {
    this.walker = walker
    this.play = element('button', { type: 'button', class: 'play' })
    this.step = element('button', { type: 'button', class: 'step' })
    this.speed = element('input', { type: 'range', min: 0, max: FASTEST, value: 3, class: 'speed' })
    this.speedWord = element('span', { class: 'word' })
    this.scrub = element('input', { type: 'range', min: 0, max: 0, value: 0, class: 'scrub' })
    this.scrubWord = element('span', { class: 'word' })
    this.root = element('div', { class: 'controls' }, this.play, this.step,
      element('label', { class: 'speeds' }, this.speedWord, this.speed),
      element('label', { class: 'scrubs' }, this.scrubWord, this.scrub))
    this.listen()
  }

  listen() {
    this.play.onclick = () => (this.playing ? this.stop() : this.start())
    this.step.onclick = () => {
      this.stop()
      this.walker.goTo(this.walker.index() + 1)
    }
    this.speed.oninput = () => this.saySpeed()
    this.scrub.oninput = () => {
      this.stop()
      this.walker.goTo(Number(this.scrub.value))
    }
  }

  /** @param {Texts} text @param {number} last The last position. */
  write(text, last) {
    this.text = text
    this.scrubWord.textContent = text.scrub
    this.scrub.max = String(last)
    label(this.step, 'step', text.step)
    this.sayPlaying()
    this.saySpeed()
  }

  /** @param {number} index @param {string} words The position, as it is read out. */
  show(index, words) {
    this.scrub.value = String(index)
    this.scrub.setAttribute('aria-valuetext', words)
  }

  sayPlaying() {
    label(this.play, this.playing ? 'pause' : 'play', this.playing ? this.text.pause : this.text.play)
  }

  saySpeed() {
    const words = fill(this.text.perSecond, { count: this.perSecond() })
    this.speedWord.textContent = `${this.text.speed}: ${words}`
    this.speed.setAttribute('aria-valuetext', words)
  }

  perSecond() {
    const wanted = 2 ** Number(this.speed.value)
    return window.matchMedia('(prefers-reduced-motion: reduce)').matches ? Math.min(wanted, CALM) : wanted
  }

  ended() {
    return this.walker.index() >= Number(this.scrub.max)
  }

  start() {
    if (this.ended()) this.walker.goTo(0)
    let before = performance.now()
    let due = 0
    const tick = (/** @type {number} */ now) => {
      if (!this.playing) return
      due += (Math.max(0, now - before) / 1000) * this.perSecond()
      before = now
      if (due >= 1) {
        this.walker.goTo(this.walker.index() + Math.floor(due))
        due %= 1
      }
      if (this.ended()) this.stop()
      else this.waiting = requestAnimationFrame(tick)
    }
    this.waiting = requestAnimationFrame(tick)
    this.turn(true)
  }

  stop() {
    if (this.playing) this.turn(false)
  }

  /** @param {boolean} playing */
  turn(playing) {
    this.playing = playing
    if (!playing) cancelAnimationFrame(this.waiting)
    this.sayPlaying()
    this.walker.turned()
  }

  leave() {
    this.playing = false
    cancelAnimationFrame(this.waiting)
  }
}
