// Makes all words of the page larger while it is on the page: every size of Streamlit is in rem.

/** @import { Call } from '../stage/types' */

import { mounted } from '../stage/shared.js'

class Larger {
  static count = 0
  root = document.documentElement

  constructor() {
    Larger.count++
  }

  /** @param {Call<{ times: number }>} call */
  receive({ data }) {
    this.root.style.removeProperty('font-size') // or it would grow with every call
    this.root.style.fontSize = `${parseFloat(getComputedStyle(this.root).fontSize) * data.times}px`
  }

  leave() {
    // The next page may have mounted its own before this one goes.
    if (--Larger.count === 0) this.root.style.removeProperty('font-size')
  }
}

export default mounted(Larger)
