// Streamlit's uploader speaks English: its few words, said in the page's language.
// Only the text of nodes that are there is changed. What Streamlit draws anew comes anew, and is changed again.

/** @import { Uploader } from './types' */

import { fill } from './shared.js'

const PER_FILE = / per file$/
const REMOVE = /^Remove /

/**
 * What stands for a text of the uploader; the text itself where it is none of its own words.
 * @param {string} text @param {Uploader} words
 */
export function said(text, words) {
  const known = new Map([
    ['Upload', words.choose], ['Upload directories', words.chooseFolder],
    ['Drag and drop a file here', words.drop], ['Drag and drop files here', words.dropMany],
    ['Drag and drop directories here', words.dropFolder],
  ])
  if (PER_FILE.test(text)) return fill(words.limit, { size: text.replace(PER_FILE, '') })
  if (REMOVE.test(text)) return fill(words.remove, { name: text.replace(REMOVE, '') })
  return known.get(text) ?? text
}

export class Translated {
  /** @type {Uploader | undefined} */
  words
  /** @type {Element | null} */
  uploader = null

  constructor() {
    this.watching = new MutationObserver(() => this.translate())
  }

  /** @param {Element | null} uploader @param {Uploader} words */
  receive(uploader, words) {
    if (uploader !== this.uploader) {
      this.watching.disconnect()
      if (uploader) this.watching.observe(uploader, { subtree: true, childList: true, characterData: true })
    }
    Object.assign(this, { uploader, words })
    this.translate()
  }

  translate() {
    const { uploader, words } = this
    if (!uploader || !words) return
    const texts = document.createTreeWalker(uploader, NodeFilter.SHOW_TEXT)
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      // A file may be called like one of the words.
      if (node.parentElement?.closest('[data-testid="stFileChip"]')) continue
      const text = said(node.nodeValue ?? '', words)
      if (text !== node.nodeValue) node.nodeValue = text
    }
    for (const button of uploader.querySelectorAll('[data-testid="stFileChipDeleteBtn"] button')) {
      const name = button.getAttribute('aria-label') ?? ''
      const text = said(name, words)
      if (text !== name) button.setAttribute('aria-label', text)
    }
  }

  leave() {
    this.watching.disconnect()
  }
}
