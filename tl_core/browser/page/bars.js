// What the network says of a picture: the guess, and a bar for every class.

/** @import { Words } from '../types' */

import { element, fill } from '../../ui/stage/shared.js'

/** Whoever hears the page is told of a change this often, and not thirty times a second. */
const SPOKEN_MS = 3000

export class Bars {
  /** @type {Words} */
  words
  /** @type {number[]} */
  shares = []
  spokenAt = 0

  /** @param {HTMLElement} list @param {HTMLElement} guess @param {HTMLElement} spoken */
  constructor(list, guess, spoken) {
    this.list = list
    this.guess = guess
    this.spoken = spoken
  }

  /** @param {Words} words */
  speak(words) {
    this.words = words
    this.lines = words.classes.map((name) => {
      const share = element('span')
      const line = element('li', {}, element('span', {}, name), share, element('i', { 'aria-hidden': 'true' }))
      return { line, share }
    })
    this.list.replaceChildren(...this.lines.map(({ line }) => line))
    if (this.shares.length) this.show(this.shares, false)
  }

  /** @param {number[]} shares @param {boolean} live */
  show(shares, live) {
    this.shares = shares
    const first = shares.indexOf(Math.max(...shares))
    for (const [label, { line, share }] of (this.lines ?? []).entries()) {
      share.textContent = percent(shares[label])
      line.dataset.share = String(shares[label])
      line.style.setProperty('--share', String(shares[label]))
      line.classList.toggle('first', label === first)
    }
    const sentence = fill(this.words.text.guess, {
      name: this.words.classes[first], share: percent(shares[first]),
    })
    this.guess.textContent = sentence
    const now = performance.now()
    if (live && now - this.spokenAt < SPOKEN_MS) return
    this.spokenAt = now
    this.spoken.textContent = sentence
  }
}

/** @param {number} share */
function percent(share) {
  return `${(share * 100).toFixed(1)}\u00a0%`
}
