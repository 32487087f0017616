// The stage: input, kernel and result, and every product under the mouse. All of it runs in the browser;
// Python is told only which position is pinned.

/** @import { Call, Colours, Look, Pair, Place, StageArrays, StageData, StageState, Texts } from './types' */

import { element, mounted } from './shared.js'
import { opened, unpack } from './arrays.js'
import { Scale } from './scale.js'
import { Sums } from './sums.js'
import { Stamps } from './stamps.js'
import { Words } from './words.js'
import { Position } from './position.js'
import { MarkedPictures } from './marks.js'
import { Products } from './products.js'
import { Walk } from './walk.js'

const REPORT_AFTER = 300 // milliseconds without a key before a moved pin is told to Python

class Stage {
  /** @type {Sums} */
  sums
  /** @type {Words} */
  words
  /** @type {Texts} */
  text
  /** @type {Look} */
  look
  /** @type {Call<unknown, StageState>['setStateValue']} */
  setStateValue
  /** @type {string[]} */
  names = []
  laid = 0
  /** @type {Uint8Array | undefined} What asked in vain for arrays that are not here. */
  asked
  told = ''
  position = new Position()

  /** @param {Place} parent */
  constructor(parent) {
    this.pictures = new MarkedPictures()
    this.pictures.result.over.tabIndex = 0
    this.products = new Products()
    this.walk = new Walk(this)
    this.status = element('p', { class: 'status', role: 'status', 'aria-live': 'polite' })
    this.hint = element('p', { class: 'hint' })
    this.root = element('div', { class: 'stage' },
      this.pictures.root,
      this.walk.root,
      this.status,
      element('div', { class: 'sums' }, this.products.sum, this.products.larger),
      element('div', { class: 'working' }, this.pictures.patch.root, this.products.root),
      this.hint)
    this.frame = element('div', { class: 'frame' }, this.root)
    parent.append(this.frame)
    this.listen()
    this.resizing = new ResizeObserver(() => this.sums && this.root.clientWidth !== this.laid && this.lay())
    this.resizing.observe(this.root)
  }

  /** @param {Call<Uint8Array, StageState>} call */
  receive({ data: packed, setStateValue, setTriggerValue }) {
    /** @type {StageData} */
    const data = opened(packed)
    const arrays = unpack(data)
    this.setStateValue = setStateValue
    this.root.inert = !arrays && !this.sums
    if (!arrays) {
      if (this.asked !== packed) setTriggerValue('missing', true)
      this.asked = packed
      return
    }
    this.take(data, arrays)
    this.position.take(data.pin, [data.rows.output, data.columns.output], this.sums.taps)
    this.write(data.flip)
    this.lay()
  }

  /** @param {StageData} data @param {StageArrays} arrays */
  take(data, arrays) {
    this.readTheme(data.colours)
    this.text = data.text
    this.sums = data.mode === 'transpose' ? new Stamps(data, arrays) : new Sums(data, arrays)
    this.words = new Words(data.text, this.sums)
    const { sums, words, look } = this
    this.pictures.take({ sums, words, look, arrays, scale: this.pictures.scale ?? new Scale(arrays.scale.values) })
  }

  /** @param {Colours} colours */
  readTheme(colours) {
    const style = getComputedStyle(this.root)
    const read = (/** @type {string} */ name) => style.getPropertyValue(name).trim()
    this.look = {
      ...colours,
      text: read('--st-text-color') || '#808080',
      background: read('--st-secondary-background-color') || '#f0f0f0',
      font: read('--st-font') || 'sans-serif',
    }
    this.products.font = this.look.font
  }

  // ------------------------------------------------------------------------------------ what is drawn

  /** @param {boolean} flip */
  write(flip) {
    const { text, sums, products } = this
    this.pictures.write(text, flip)
    products.canvas.setAttribute('aria-label', text.productsName)
    products.root.setAttribute('aria-label', text.productsName)
    products.larger.textContent = text.larger
    this.hint.textContent = text.hint
    this.names = sums.terms.map((term) => this.words.term(term))
    this.walk.write(text, this.position.last())
  }

  lay() {
    this.laid = this.root.clientWidth
    if (!this.laid) return // in a tab that is not open
    this.pictures.paint()
    this.products.fit(this.sums)
    this.show()
  }

  /** Compute and draw everything that depends on the position and on what is pointed at. */
  show() {
    const { sums, words, products, position } = this
    const { row, column, pixel, tap } = position
    sums.moveTo(row, column)
    const stamped = sums instanceof Stamps && pixel !== null
    if (stamped) sums.stamp(...pixel)
    this.pictures.mark(position, this.walk.playing)
    products.draw(this.pictures.scale, this.look, this.names, tap)
    products.sum.textContent = stamped ? words.stamp(...pixel) : words.sum()
    products.sum.title = products.sum.textContent
    this.say()
    this.walk.show(position.index(), `${row}, ${column}`)
    // What was computed, next to what Python gave, in full precision.
    this.root.dataset.position = `${row},${column}`
    this.root.dataset.sums = sums.totals.join(' ')
  }

  say() {
    const { words, position: { pixel, tap, pinned } } = this
    const line = tap >= 0 ? words.weight(tap) : pixel ? words.pixel(...pixel) : words.position()
    const said = pinned ? `${this.text.pinned} ${line}` : line
    if (this.status.textContent !== said) this.status.textContent = said
  }

  // ---------------------------------------------------------------------------------------- events

  listen() {
    const { products, pictures: { input, kernel, patch, result } } = this
    result.over.onpointermove = (event) => this.hoverResult(result.cellAt(event))
    result.over.onclick = (event) => this.click(result.cellAt(event))
    pointing(input.over, (event) => this.pointAtPixel(event && input.cellAt(event)))
    pointing(kernel.over, (event) => this.pointAtWeight(event ? kernel.tapAt(event) : -1))
    pointing(patch.over, (event) => this.pointAtWeight(event && this.sums ? patch.tapAt(event, this.sums) : -1))
    pointing(products.canvas, (event) => this.pointAtWeight(event ? products.tapAt(event) : -1))
    input.over.onclick = (event) => this.click(this.seeing(input.cellAt(event)))
    products.larger.onclick = () => this.enlarge()
    this.root.onkeydown = (event) => this.key(event)
  }

  /**
   * The position in the middle of whose patch a padded coordinate is.
   * @param {Pair | null} cell
   * @returns {Pair | null}
   */
  seeing(cell) {
    if (!cell) return null
    const { sums, sums: { rows, columns } } = this
    return [sums.nearest(rows, cell[0] - rows.before), sums.nearest(columns, cell[1] - columns.before)]
  }

  /** @param {Pair | null} cell */
  hoverResult(cell) {
    if (cell && !this.walk.playing && this.position.hover(cell)) this.show()
  }

  /** @param {Pair | null} cell */
  pointAtPixel(cell) {
    if (!this.sums) return
    const { rows, columns } = this.sums
    if (this.position.point(cell && [cell[0] - rows.before, cell[1] - columns.before], -1)) this.show()
  }

  /** @param {number} tap */
  pointAtWeight(tap) {
    if (this.sums && this.position.point(null, tap)) this.show()
  }

  /** @param {Pair | null} cell */
  click(cell) {
    if (!cell) return
    this.walk.stop()
    this.position.click(cell)
    this.show()
    this.report()
  }

  enlarge() {
    const { larger, root } = this.products
    larger.setAttribute('aria-pressed', String(larger.getAttribute('aria-pressed') !== 'true'))
    root.scrollTo(0, 0)
    this.products.fit(this.sums)
    this.show()
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return
    if (!this.position.press(event.key, event.target === this.pictures.result.over)) return
    event.preventDefault()
    this.walk.stop()
    this.show()
    this.reportSoon()
  }

  // ------------------------------------------------------------------------------------ the walk

  index() {
    return this.position.index()
  }

  /** @param {number} index Of the position, counted row by row. */
  goTo(index) {
    this.position.goTo(index)
    this.show()
    if (this.position.pinned && !this.walk.playing) this.reportSoon()
  }

  turned() {
    const { playing } = this.walk
    // Each position would be read out: while it plays, nobody could follow.
    this.status.setAttribute('aria-live', playing ? 'off' : 'polite')
    this.show()
    if (this.position.pinned && !playing) this.report()
  }

  // --------------------------------------------------------------------------- what Python is told

  report() {
    clearTimeout(this.reporting)
    this.reporting = undefined
    const { row, column, pinned, turn } = this.position
    /** @type {Pair | null} */
    const value = pinned ? [row, column] : null
    const told = JSON.stringify([turn, value])
    if (told === this.told) return
    this.told = told
    this.setStateValue('pin', { turn, value })
  }

  /** After a burst of keys, not at each: every report runs the page's script. */
  reportSoon() {
    clearTimeout(this.reporting)
    this.reporting = setTimeout(() => this.report(), REPORT_AFTER)
  }

  leave() {
    this.walk.leave()
    clearTimeout(this.reporting)
    this.resizing.disconnect()
    this.frame.remove()
  }
}

/**
 * A finger has no hover: what it last touched stays marked until it touches something else.
 * @param {HTMLElement} target @param {(event: PointerEvent | null) => void} point
 */
function pointing(target, point) {
  target.onpointermove = point
  target.onpointerdown = point
  target.onpointerleave = (event) => event.pointerType === 'mouse' && point(null)
}

export default mounted(Stage)
