// A bar for every class, which moves with what the network says.

/** @import { LiveData } from '../../stage/types' */

import { element } from '../../stage/shared.js'

const RANKED_AFTER = 300 // milliseconds in which the best of many classes keep their places: names are read

export class Bars {
  /** @type {Pick<LiveData, 'names' | 'colours' | 'most'>} */
  data = { names: [], colours: [], most: 0 }
  /** @type {number[]} The classes that have a row, from the top. */
  shown = []
  ranked = 0

  constructor() {
    this.list = element('div', { class: 'bars', 'aria-hidden': 'true' })
    /** @type {{ name: HTMLElement, bar: HTMLElement, share: HTMLElement }[]} */
    this.rows = []
  }

  /** @param {Pick<LiveData, 'names' | 'colours' | 'most'>} data */
  receive(data) {
    this.data = data
    this.rows = Array.from({ length: Math.min(data.names.length, data.most) }, () => ({
      name: element('span', { class: 'name' }), bar: element('span', { class: 'bar' }), share: element('span', { class: 'share' }),
    }))
    this.list.replaceChildren(...this.rows.map(({ name, bar, share }) => (
      element('div', { class: 'row' }, name, element('span', { class: 'track' }, bar), share))))
    this.name(data.names.map((_, label) => label).slice(0, this.rows.length))
    this.clear()
  }

  /** @param {number[]} labels */
  name(labels) {
    this.shown = labels
    this.rows.forEach(({ name, bar }, at) => {
      name.textContent = this.data.names[labels[at]]
      bar.style.background = this.data.colours[labels[at] % this.data.colours.length]
    })
  }

  clear() {
    const many = this.data.names.length > this.rows.length
    this.ranked = 0
    this.rows.forEach(({ name, bar, share }) => {
      if (many) name.textContent = '' // nobody knows yet which are the best
      bar.style.transform = 'scaleX(0)'
      share.textContent = ''
    })
  }

  /** @param {number[]} shares One for each class. @param {number} now In milliseconds. */
  draw(shares, now) {
    // A few classes keep their places; of many, the best are shown.
    if (shares.length > this.rows.length && now - this.ranked > RANKED_AFTER) {
      this.ranked = now
      this.name(best(shares, this.rows.length))
    }
    this.rows.forEach(({ bar, share }, at) => {
      const value = shares[this.shown[at]]
      bar.style.transform = `scaleX(${value})`
      share.textContent = percent(value)
    })
  }
}

/**
 * The labels of the largest shares, the largest first.
 * @param {number[]} shares @param {number} count
 */
export function best(shares, count) {
  return shares.map((_, label) => label).sort((one, other) => shares[other] - shares[one]).slice(0, count)
}

/** @param {number} share */
export function percent(share) {
  return `${(share * 100).toFixed(1)}\u00a0%`
}
