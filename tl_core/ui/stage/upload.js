// Stands beside an uploader of Streamlit: says in the page's language what that one loses, refuses or waits for.
// It only looks: where the page is not as expected, the uploader works as if this were not there.

/** @import { Call, Chosen, Place, Texts, UploadData, UploadState } from './types' */

import { filesIn, foldersOf } from './dropped.js'
import { hand, isForUploader } from './pasted.js'
import { element, fill, mounted } from './shared.js'
import { Translated } from './translated.js'

const LOOK_MS = 500
/** Streamlit asks the lab for addresses before it sends anything; without an answer it waits for ever. */
const NO_ANSWER_MS = 6_000
const KINDS = ['change', 'drop', 'click']
const UPLOADS = '/_stcore/upload_file/'

class Upload {
  /** @type {UploadData} */
  data
  /** @type {Call<UploadData, UploadState>['setTriggerValue']} */
  setTriggerValue
  /** @type {Chosen | undefined} */
  chosen
  /** @type {ReturnType<typeof setInterval> | undefined} */
  watching

  /** @param {Place} parent */
  constructor(parent) {
    this.alert = element('p', { class: 'told', role: 'alert' })
    this.status = element('p', { class: 'told going', role: 'status' })
    this.frame = element('div', { class: 'frame' }, this.alert, this.status)
    parent.append(this.frame)
    this.listener = (/** @type {Event} */ event) => this.choose(event)
    // In the capture phase: what is refused here never comes to Streamlit.
    for (const kind of KINDS) document.addEventListener(kind, this.listener, true)
    this.onPaste = (/** @type {ClipboardEvent} */ event) => this.paste(event)
    document.addEventListener('paste', this.onPaste)
    this.answers = new PerformanceObserver((list) => this.hear(list.getEntries()))
    this.answers.observe({ type: 'resource' })
    this.words = new Translated()
  }

  /** @param {Call<UploadData, UploadState>} call */
  receive({ data, setTriggerValue }) {
    Object.assign(this, { data, setTriggerValue })
    this.words.receive(this.uploader(), data.uploader)
    const { chosen } = this
    const arrived = data.arrived
    if (data.folder && !('webkitdirectory' in HTMLInputElement.prototype)) this.say(data.text.folders)
    if (!chosen || arrived?.of !== chosen.of) return
    this.end()
    // What the network said of a file can come after what Streamlit made of it.
    setTimeout(() => this.say(lossOf(chosen, arrived.count, this.data.text)), LOOK_MS)
  }

  /** @param {Event} event */
  choose(event) {
    if (event.type === 'click') this.take(event.composedPath())
    const dropped = event instanceof DragEvent && event.type === 'drop' ? foldersOf(event, this.data) : []
    if (dropped.length) this.unfold(event, dropped)
    const files = filesOf(event, this.data.target)
    if (!files) return
    const before = this.chosen
    this.end()
    this.say('')
    const { target: of, limit, one: single } = this.data
    const large = files.filter(({ size }) => size > limit)
    const chosen = {
      of, limit, single, count: files.length, name: files[0]?.name ?? '',
      large: large.length, largest: large[0]?.name ?? '', statuses: [], since: Date.now(), silent: false,
    }
    const refusal = refusalOf(event.type, files, chosen, this.data)
    if (refusal) this.refuse(event, refusal)
    else Object.assign(this, { chosen: together(before, chosen), watching: setInterval(() => this.look(), LOOK_MS) })
  }

  /**
   * Choose what is in dropped folders: Streamlit would forget which folder each file came from.
   * @param {Event} event @param {FileSystemEntry[]} entries
   */
  async unfold(event, entries) {
    const input = this.input()
    if (!input) return
    event.preventDefault()
    event.stopImmediatePropagation()
    try {
      hand(input, await filesIn(entries))
    } catch { // moved or locked meanwhile
      this.setTriggerValue('failed', this.data.target)
      this.say(this.data.text.unread)
    }
  }

  /** @param {ClipboardEvent} event */
  paste(event) {
    const input = this.input()
    if (!input || !isForUploader(event, this.data)) return
    event.preventDefault()
    const files = [...(event.clipboardData?.files ?? [])]
    if (files.length) hand(input, files)
    else this.say(this.data.text.words)
  }

  /**
   * What somebody takes out again is not lost.
   * @param {EventTarget[]} path
   */
  take(path) {
    const uploader = this.uploader()
    const button = path.find((each) => each instanceof HTMLElement && each.dataset.testid === 'stFileChipDeleteBtn')
    if (this.chosen && uploader && button && path.includes(uploader)) this.chosen.count -= 1
  }

  uploader() {
    return document.querySelector(`.st-key-${CSS.escape(this.data.target)}`)
  }

  /** Where the uploader takes its files, unless it is out of sight. */
  input() {
    const input = this.uploader()?.querySelector('input[type=file]')
    return input instanceof HTMLInputElement && this.uploader()?.checkVisibility() ? input : undefined
  }

  /** @param {Event} event @param {string} sentence */
  refuse(event, sentence) {
    this.say(sentence)
    if (event.type === 'drop') {
      // Streamlit has to end the drop; what it says itself goes with the uploader.
      this.setTriggerValue('failed', this.data.target)
      return
    }
    event.stopImmediatePropagation()
    const [input] = event.composedPath()
    if (input instanceof HTMLInputElement) input.value = ''
  }

  /** What the uploader shows of each file. */
  look() {
    const { chosen } = this
    const uploader = this.uploader()
    if (!chosen || !uploader) return
    const [all, waiting, failed] = ['', 'IconSpinner', 'IconError'].map(
      (part) => uploader.querySelectorAll(`[data-testid="stFileChip${part}"]`).length)
    const late = Date.now() - chosen.since > NO_ANSWER_MS
    chosen.silent = !all && late
    if (chosen.silent) this.say(this.data.text.silent)
    if (!all) return
    this.tell(waiting ? all - waiting : 0, chosen.count)
    if (failed === all) {
      this.end()
      this.say(lossOf(chosen, 0, this.data.text))
      this.setTriggerValue('failed', chosen.of)
    }
  }

  /** @param {PerformanceEntryList} entries */
  hear(entries) {
    for (const entry of entries) {
      const { responseStatus } = /** @type {PerformanceResourceTiming} */ (entry)
      if (entry.name.includes(UPLOADS) && responseStatus !== undefined) this.chosen?.statuses.push(responseStatus)
    }
  }

  /** @param {number} done @param {number} all */
  tell(done, all) {
    const { text, many } = this.data
    const going = done && all > 1 ? fill(text.going, { done, n: all }) : ''
    this.say('')
    this.status.textContent = going && all >= many ? `${going} ${text.many}` : going
  }

  /** @param {string} sentence */
  say(sentence) {
    this.alert.textContent = sentence
    this.status.textContent = ''
  }

  end() {
    clearInterval(this.watching)
    this.watching = this.chosen = undefined
  }

  leave() {
    this.end()
    for (const kind of KINDS) document.removeEventListener(kind, this.listener, true)
    document.removeEventListener('paste', this.onPaste)
    this.answers.disconnect()
    this.words.leave()
    this.frame.remove()
  }
}

/**
 * The files that somebody chooses for the uploader of a key; undefined for anything else, and for a dropped
 * folder, whose files nobody knows yet.
 * @param {Event} event @param {string} key
 */
function filesOf(event, key) {
  const place = event.composedPath()[0]
  if (!(place instanceof Element) || !place.closest(`.st-key-${CSS.escape(key)}`)) return undefined
  if (event.type === 'click') return undefined
  if (event.type === 'change') return place instanceof HTMLInputElement && place.files ? [...place.files] : undefined
  const dropped = /** @type {DragEvent} */ (event).dataTransfer
  if (!dropped || [...dropped.items].some((item) => item.webkitGetAsEntry()?.isDirectory)) return undefined
  return [...dropped.files]
}

/**
 * Two choices that arrive together, because the second was made while the first was on its way.
 * @param {Chosen | undefined} before @param {Chosen} chosen
 */
export function together(before, chosen) {
  if (before?.of !== chosen.of || before.silent) return chosen
  return {
    ...chosen, count: before.count + chosen.count, large: before.large + chosen.large,
    largest: before.largest || chosen.largest, statuses: before.statuses,
  }
}

/**
 * Why nothing of a choice can be sent; empty if something can.
 * @param {string} event @param {{ name: string, webkitRelativePath?: string }[]} files @param {Chosen} chosen
 * @param {Pick<UploadData, 'folder' | 'text'>} data
 */
export function refusalOf(event, files, chosen, { folder, text }) {
  // A phone may show its photos where a folder was asked for.
  const pathOf = (/** @type {{ name: string, webkitRelativePath?: string }} */ file) => file.webkitRelativePath || file.name
  if (folder && event === 'change' && !files.some((file) => pathOf(file).includes('/'))) return text.folders
  return chosen.large && chosen.large === chosen.count ? largeOf(chosen, text) : ''
}

/**
 * What is said once the lab has `arrived` of the chosen files; empty if it has them all.
 * @param {Chosen} chosen @param {number} arrived @param {Texts} text
 */
export function lossOf(chosen, arrived, text) {
  const lost = chosen.count - arrived
  if (lost <= 0) return ''
  if (chosen.single && arrived) return fill(text.single, { name: chosen.name })
  const told = chosen.large ? [largeOf(chosen, text)] : []
  if (lost > chosen.large) told.push(missingOf(chosen, lost - chosen.large, text), reasonOf(chosen.statuses, text))
  return told.join(' ')
}

/** @param {Chosen} chosen @param {number} n @param {Texts} text */
function missingOf({ count, name }, n, text) {
  return fill(count === 1 ? text.one : text.some, { name, n, chosen: count })
}

/** @param {Chosen} chosen @param {Texts} text */
function largeOf({ large, largest, limit }, text) {
  return fill(large === 1 ? text.large : text.larger, { name: largest, n: large, limit: Math.floor(limit / 1e6) })
}

/**
 * The most telling of the server's answers, as a sentence.
 * @param {number[]} statuses @param {Texts} text
 */
export function reasonOf(statuses, text) {
  if (statuses.includes(413)) return text.tooLarge
  if (statuses.includes(403)) return text.forbidden
  const status = statuses.find((each) => each >= 400)
  return status ? fill(text.refused, { status }) : text.broken
}

export default mounted(Upload)
