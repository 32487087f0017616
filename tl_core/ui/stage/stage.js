// The stage: input, kernel and result, and every product under the mouse. All of it runs in the browser;
// Python is told only which position is pinned.

const ICONS = {
  play: '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 2l10 6-10 6z"/></svg>',
  pause: '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 2h4v12H3zM9 2h4v12H9z"/></svg>',
  step: '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 2l8 6-8 6zM11 2h2v12h-2z"/></svg>',
}

function label(button, icon, text) {
  const word = element('span')
  word.textContent = text
  button.innerHTML = ICONS[icon]
  button.append(word)
}

const REPORT_AFTER = 300 // milliseconds without a key before a moved pin is told to Python
const FASTEST = 10 // the speed slider ends at 2 ** 10 positions a second
const CALM = 2 // positions a second for people who asked for less motion

class Stage {
  constructor(parent) {
    this.pictures = new Pictures()
    const { input, kernel, result } = this.pictures
    Object.assign(this, { input, kernel, result })
    result.over.tabIndex = 0
    this.products = new Products()
    this.status = element('p', { class: 'status', role: 'status', 'aria-live': 'polite' })
    this.hint = element('p', { class: 'hint' })
    this.legend = element('div', { class: 'legend' })
    kernel.root.append(this.legend)
    this.root = element('div', { class: 'stage' },
      this.pictures.root,
      this.controls(),
      this.status,
      element('div', { class: 'sums' }, this.products.sum, this.products.larger),
      this.products.root,
      this.hint)
    Object.assign(this, { row: 0, column: 0, pinned: false, pixel: null, tap: -1, playing: false })
    this.frame = element('div', { class: 'frame' }, this.root)
    parent.append(this.frame)
    this.listen()
    this.resizing = new ResizeObserver(() => this.sums && this.root.clientWidth !== this.laid && this.lay())
    this.resizing.observe(this.root)
  }

  controls() {
    this.play = element('button', { type: 'button', class: 'play' })
    this.step = element('button', { type: 'button', class: 'step' })
    this.speed = element('input', { type: 'range', min: 0, max: FASTEST, value: 3, class: 'speed' })
    this.speedWord = element('span', { class: 'word' })
    this.scrub = element('input', { type: 'range', min: 0, max: 0, value: 0, class: 'scrub' })
    this.scrubWord = element('span', { class: 'word' })
    return element('div', { class: 'controls' }, this.play, this.step,
      element('label', { class: 'speeds' }, this.speedWord, this.speed),
      element('label', { class: 'scrubs' }, this.scrubWord, this.scrub))
  }

  receive({ data: packed, setStateValue, setTriggerValue }) {
    const data = opened(packed)
    const arrays = unpack(data)
    Object.assign(this, { setStateValue })
    this.root.inert = !arrays && !this.sums
    if (!arrays) {
      if (this.asked !== packed) setTriggerValue('missing', true)
      this.asked = packed
      return
    }
    this.readTheme(data.colours)
    this.text = data.text
    this.flip = data.flip
    this.sums = data.mode === 'transpose' ? new Stamps(data, arrays) : new Sums(data, arrays)
    this.words = new Words(data.text, this.sums)
    const { sums, words, look } = this
    this.pictures.take({ sums, words, look, arrays, scale: this.pictures.scale ?? new Scale(data.colours) })
    if (data.pin.turn !== this.turn) {
      this.turn = data.pin.turn
      this.pinned = data.pin.value !== null
      if (this.pinned) [this.row, this.column] = data.pin.value
    }
    const { rows, columns } = this.sums
    if (!this.pinned) {
      // The same place in a result of another size; the middle of the first.
      const [height, width] = this.size ?? [1, 1]
      this.row = Math.floor(((this.row + 0.5) * rows.output) / height)
      this.column = Math.floor(((this.column + 0.5) * columns.output) / width)
    }
    this.size = [rows.output, columns.output]
    this.row = clamp(this.row, 0, rows.output - 1)
    this.column = clamp(this.column, 0, columns.output - 1)
    Object.assign(this, { pixel: null, tap: -1 })
    this.write()
    this.lay()
  }

  readTheme(colours) {
    const style = getComputedStyle(this.root)
    const read = (name) => style.getPropertyValue(name).trim()
    this.look = {
      text: read('--st-text-color') || '#808080',
      background: read('--st-secondary-background-color') || '#f0f0f0',
      font: read('--st-font') || 'sans-serif',
      weights: colours.weights,
      activations: colours.activations,
      padding: 'rgb(217, 84, 30)',
      tint: 'rgba(217, 84, 30, 0.34)',
    }
    this.products.font = this.look.font
  }

  // ------------------------------------------------------------------------------------------- words

  write() {
    const { text, sums } = this
    const { rows, columns } = sums
    const sizeOf = (height, width) => ({ height, width })
    const name = (figure, title, height, width, accessible) => {
      figure.title.textContent = title
      figure.note.textContent = fill(text.size, sizeOf(height, width))
      figure.over.setAttribute('aria-label', fill(accessible, sizeOf(height, width)))
    }
    name(this.input, text.input, rows.size, columns.size, text.inputName)
    name(this.kernel, this.flip ? text.turned : text.kernel, rows.kernel, columns.kernel, text.kernelName)
    // Both do not fit, and the size can be counted.
    if (this.flip) this.kernel.note.textContent = ''
    name(this.result, text.result, rows.output, columns.output, text.resultName)
    if (rows.padded > rows.size || columns.padded > columns.size) {
      this.input.note.textContent += `, ${fill(text.padded, sizeOf(rows.padded, columns.padded))}`
    }
    this.input.note.title = this.input.note.textContent
    this.products.canvas.setAttribute('aria-label', text.productsName)
    this.products.root.setAttribute('aria-label', text.productsName)
    this.products.larger.textContent = text.larger
    this.hint.textContent = text.hint
    this.scrubWord.textContent = text.scrub
    label(this.step, 'step', text.step)
    this.scrub.max = rows.output * columns.output - 1
    this.names = sums.terms.map((term) => this.words.term(term))
    this.sayPlaying()
    this.saySpeed()
    this.sayLegend()
  }

  sayPlaying() {
    label(this.play, this.playing ? 'pause' : 'play', this.playing ? this.text.pause : this.text.play)
    // Each position would be read out: while it plays, nobody could follow.
    this.status.setAttribute('aria-live', this.playing ? 'off' : 'polite')
  }

  saySpeed() {
    const words = fill(this.text.perSecond, { count: this.perSecond() })
    this.speedWord.textContent = `${this.text.speed}: ${words}`
    this.speed.setAttribute('aria-valuetext', words)
  }

  sayLegend() {
    const { rows, columns } = this.sums
    const padded = rows.padded > rows.size || columns.padded > columns.size
    const entry = (kind, words, shown) => {
      const line = element('span', { class: `key ${kind}` })
      line.textContent = words
      line.style.visibility = shown ? 'visible' : 'hidden'
      return line
    }
    this.legend.replaceChildren(
      entry('padding', this.text.padding, padded),
      entry('dropped', this.text.dropped, rows.dropped > 0 || columns.dropped > 0))
  }

  // ------------------------------------------------------------------------------------ what is drawn

  lay() {
    this.laid = this.root.clientWidth
    if (!this.laid) return // in a tab that is not open
    this.pictures.paint()
    this.products.fit(this.sums)
    this.show()
  }

  /** Compute and draw everything that depends on the position and on what is pointed at. */
  show() {
    const { sums, words, row, column, pixel, products } = this
    sums.moveTo(row, column)
    const stamped = pixel && sums.mode === 'transpose'
    if (stamped) sums.stamp(...pixel)
    this.pictures.mark(this)
    products.draw(this.pictures.scale, this.look, this.names, this.tap)
    products.sum.textContent = stamped ? words.stamp(...pixel) : words.sum()
    products.sum.title = products.sum.textContent
    this.say()
    this.scrub.value = row * sums.columns.output + column
    this.scrub.setAttribute('aria-valuetext', `${row}, ${column}`)
    // What was computed, next to what Python gave, in full precision.
    this.root.dataset.position = `${row},${column}`
    this.root.dataset.sums = sums.totals.join(' ')
  }

  say() {
    const { words, pixel, tap } = this
    const line = tap >= 0 ? words.weight(tap) : pixel ? words.pixel(...pixel) : words.position()
    const said = this.pinned ? `${this.text.pinned} ${line}` : line
    if (this.status.textContent !== said) this.status.textContent = said
  }

  // ---------------------------------------------------------------------------------------- events

  listen() {
    const { input, kernel, result, products } = this
    result.over.onpointermove = (event) => this.hoverResult(result.cellAt(event))
    result.over.onclick = (event) => this.click(result.cellAt(event))
    this.pointing(input, (event) => this.pointAtPixel(event && input.cellAt(event)))
    this.pointing(kernel, (event) => this.pointAtWeight(event ? kernel.tapAt(event) : -1))
    input.over.onclick = (event) => {
      const cell = input.cellAt(event)
      if (!cell) return
      const { sums } = this
      const [y, x] = [cell[0] - sums.rows.before, cell[1] - sums.columns.before]
      this.click([sums.nearest(sums.rows, y), sums.nearest(sums.columns, x)])
    }
    products.canvas.onpointermove = (event) => this.pointAtWeight(products.tapAt(event))
    products.canvas.onpointerdown = products.canvas.onpointermove
    products.canvas.onpointerleave = (event) => event.pointerType === 'mouse' && this.pointAtWeight(-1)
    products.larger.onclick = () => this.enlarge()
    this.root.onkeydown = (event) => this.key(event)
    this.play.onclick = () => (this.playing ? this.stop() : this.start())
    this.step.onclick = () => this.oneStep()
    this.speed.oninput = () => this.saySpeed()
    this.scrub.oninput = () => {
      this.stop()
      this.goTo(Number(this.scrub.value))
    }
  }

  /** A finger has no hover: what it last touched stays marked until it touches something else. */
  pointing(figure, point) {
    figure.over.onpointermove = point
    figure.over.onpointerdown = point
    figure.over.onpointerleave = (event) => event.pointerType === 'mouse' && point(null)
  }

  hoverResult(cell) {
    if (!cell || this.playing) return
    const unmarked = this.pixel === null && this.tap < 0
    const same = cell[0] === this.row && cell[1] === this.column
    if (unmarked && (this.pinned || same)) return
    Object.assign(this, { pixel: null, tap: -1 })
    if (!this.pinned) [this.row, this.column] = cell
    this.show()
  }

  pointAtPixel(cell) {
    if (!this.sums) return
    const { rows, columns } = this.sums
    const pixel = cell && [cell[0] - rows.before, cell[1] - columns.before]
    if (String(pixel) === String(this.pixel) && this.tap < 0) return
    Object.assign(this, { pixel, tap: -1 })
    this.show()
  }

  pointAtWeight(tap) {
    if (!this.sums || (tap === this.tap && !this.pixel)) return
    Object.assign(this, { pixel: null, tap })
    this.show()
  }

  click(cell) {
    if (!cell) return
    this.stop()
    const same = this.pinned && cell[0] === this.row && cell[1] === this.column
    if (same) this.pinned = false
    else [this.row, this.column, this.pinned] = [...cell, true]
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

  key(event) {
    if (event.target.tagName === 'INPUT' || event.ctrlKey || event.metaKey || event.altKey) return
    const { rows, columns } = this.sums
    const last = [rows.output - 1, columns.output - 1]
    const moves = {
      ArrowUp: [this.row - 1, this.column], ArrowDown: [this.row + 1, this.column],
      ArrowLeft: [this.row, this.column - 1], ArrowRight: [this.row, this.column + 1],
      Home: [0, 0], End: last,
    }
    const onStage = event.target === this.result.over
    if (event.key === 'Escape') {
      if (!this.pinned) return
      this.pinned = false
    } else if (moves[event.key] && onStage) {
      this.row = clamp(moves[event.key][0], 0, last[0])
      this.column = clamp(moves[event.key][1], 0, last[1])
    } else if ((event.key === 'Enter' || event.key === ' ') && onStage) {
      this.pinned = !this.pinned
    } else return
    event.preventDefault()
    this.stop()
    Object.assign(this, { pixel: null, tap: -1 })
    this.show()
    this.reportSoon()
  }

  // ------------------------------------------------------------------------------------ the walk

  calm() {
    return window.matchMedia('(prefers-reduced-motion: reduce)').matches
  }

  perSecond() {
    const wanted = 2 ** Number(this.speed.value)
    return this.calm() ? Math.min(wanted, CALM) : wanted
  }

  goTo(index) {
    const { columns, rows } = this.sums
    const at = clamp(index, 0, rows.output * columns.output - 1)
    this.row = Math.floor(at / columns.output)
    this.column = at % columns.output
    Object.assign(this, { pixel: null, tap: -1 })
    this.show()
    if (this.pinned && !this.playing) this.reportSoon()
  }

  index() {
    return this.row * this.sums.columns.output + this.column
  }

  oneStep() {
    this.stop()
    this.goTo(this.index() + 1)
  }

  start() {
    if (this.index() >= Number(this.scrub.max)) this.goTo(0)
    this.playing = true
    this.sayPlaying()
    let before = performance.now()
    let due = 0
    const tick = (now) => {
      if (!this.playing) return
      due += (Math.max(0, now - before) / 1000) * this.perSecond()
      before = now
      if (due >= 1) {
        this.goTo(this.index() + Math.floor(due))
        due %= 1
      }
      if (this.index() >= Number(this.scrub.max)) this.stop()
      else this.waiting = requestAnimationFrame(tick)
    }
    this.waiting = requestAnimationFrame(tick)
    this.show()
  }

  stop() {
    if (!this.playing) return
    this.playing = false
    cancelAnimationFrame(this.waiting)
    this.sayPlaying()
    this.show()
    if (this.pinned) this.report()
  }

  // --------------------------------------------------------------------------- what Python is told

  report() {
    clearTimeout(this.reporting)
    this.reporting = undefined
    const value = this.pinned ? [this.row, this.column] : null
    const told = JSON.stringify([this.turn, value])
    if (told === this.told) return
    this.told = told
    this.setStateValue('pin', { turn: this.turn, value })
  }

  /** After a burst of keys, not at each: every report runs the page's script. */
  reportSoon() {
    clearTimeout(this.reporting)
    this.reporting = setTimeout(() => this.report(), REPORT_AFTER)
  }

  leave() {
    this.playing = false
    cancelAnimationFrame(this.waiting)
    clearTimeout(this.reporting)
    this.resizing.disconnect()
    this.frame.remove()
  }
}

export default mounted(Stage)
