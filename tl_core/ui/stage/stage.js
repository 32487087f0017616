// The stage: input, kernel and result, and every product under the mouse. All of it runs in the browser;
// Python is told only which position is pinned. Coordinates are those of tl_core/convolution/geometry.py:
// image coordinates start at the first real pixel, padded coordinates at the first pixel of the padding.

const instances = new WeakMap()
// The arrays that each component was sent, by digest: they outlive a component that leaves and comes back.
const arraysOf = new Map()

export default function (component) {
  const { parentElement } = component
  if (!instances.has(parentElement)) instances.set(parentElement, new Stage(parentElement))
  const instance = instances.get(parentElement)
  instance.receive(component)
  const call = (instance.calls = (instance.calls ?? 0) + 1)
  return () => {
    // Streamlit also cleans up after a run that a later one has overtaken: that one still needs it all.
    if (instance.calls !== call) return
    instance.leave()
    instances.delete(parentElement)
  }
}

// ------------------------------------------------------------------------------------------------ arrays

const KINDS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array }

function unpack(key, packed) {
  const before = arraysOf.get(key) ?? new Map()
  const now = new Map()
  const arrays = {}
  let missing = false
  for (const [name, { digest, kind, shape, base64 }] of Object.entries(packed)) {
    const values = base64 === undefined ? before.get(digest) : decode(base64, KINDS[kind])
    if (values) now.set(digest, values)
    else missing = true
    arrays[name] = { values, shape }
  }
  if (!missing) arraysOf.set(key, now)
  return missing ? null : arrays
}

function decode(base64, Kind) {
  if (Uint8Array.fromBase64) return new Kind(Uint8Array.fromBase64(base64).buffer)
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i)
  return new Kind(bytes.buffer)
}

// --------------------------------------------------------------------------------- numbers and geometry

const clamp = (value, low, high) => Math.min(Math.max(value, low), high)

/** What one position of the kernel sees and gives; no drawing. */
class Sums {
  constructor(data, arrays) {
    Object.assign(this, { mode: data.mode, rows: data.rows, columns: data.columns })
    Object.assign(this, { bias: data.bias, constant: data.constant })
    this.image = arrays.image.values
    this.result = arrays.result.values
    this.channels = arrays.image.shape[2] ?? 1
    this.outputs = arrays.result.shape[2] ?? 1
    this.rowSource = arrays.rowSource.values
    this.columnSource = arrays.columnSource.values
    this.taps = this.rows.kernel * this.columns.kernel
    const [parts, kinds] = arrays.weights?.shape ?? [1, 0]
    Object.assign(this, { parts, kinds, weights: arrays.weights?.values })
    this.pixels = Array.from({ length: this.channels }, () => new Float32Array(this.taps))
    this.inside = new Uint8Array(this.taps)
    this.terms = []
    for (let part = 0; part < parts; part++) {
      for (let channel = 0; channel < this.channels; channel++) {
        const weights = this.weightsOf(part, channel)
        const products = weights ? new Float64Array(this.taps) : this.pixels[channel]
        this.terms.push({ part, channel, weights, products, sum: 0, winner: -1 })
      }
    }
    this.totals = new Float64Array(this.outputs)
    this.largestWeight = largest(this.weights ?? [1])
    this.largestProduct = this.largestWeight * Math.max(largest(this.image), Math.abs(this.constant)) || 1
  }

  weightsOf(part, channel) {
    if (!this.weights) return null
    const start = (part * this.kinds + (this.kinds > 1 ? channel : 0)) * this.taps
    return this.weights.subarray(start, start + this.taps)
  }

  /** The value at image coordinates, padding included. */
  value(y, x, channel) {
    const row = this.rowSource[y + this.rows.before]
    const column = this.columnSource[x + this.columns.before]
    if (row < 0 || column < 0) return this.constant
    return this.image[(row * this.columns.size + column) * this.channels + channel]
  }

  /** The coordinate that a tap sees from an output, on one axis. */
  seen(axis, output, tap) {
    return output * axis.stride - axis.before + tap * axis.dilation
  }

  moveTo(row, column) {
    Object.assign(this, { row, column, padding: 0 })
    const { rows, columns } = this
    for (let i = 0, tap = 0; i < rows.kernel; i++) {
      const y = this.seen(rows, row, i)
      for (let j = 0; j < columns.kernel; j++, tap++) {
        const x = this.seen(columns, column, j)
        this.inside[tap] = this.isReal(y, x) ? 1 : 0
        this.padding += 1 - this.inside[tap]
        for (let channel = 0; channel < this.channels; channel++) {
          this.pixels[channel][tap] = this.value(y, x, channel)
        }
      }
    }
    for (const term of this.terms) this.add(term)
    for (let output = 0; output < this.outputs; output++) this.totals[output] = this.total(output)
  }

  add(term) {
    const { weights, products, channel } = term
    const pixels = this.pixels[channel]
    term.sum = 0
    term.winner = -1
    for (let tap = 0; tap < this.taps; tap++) {
      if (weights) products[tap] = weights[tap] * pixels[tap]
      else if (!this.inside[tap]) continue
      term.sum += products[tap]
      if (!weights && (term.winner < 0 || products[tap] > products[term.winner])) term.winner = tap
    }
  }

  /** The terms that one output adds up. */
  termsOf(output) {
    return this.outputs > 1 ? this.terms.filter((term) => term.channel === output) : this.terms
  }

  total(output) {
    const terms = this.termsOf(output)
    if (this.mode === 'max') return terms[0].products[terms[0].winner]
    if (this.mode === 'average') return terms[0].sum / (this.taps - this.padding)
    const sums = new Array(this.parts).fill(0)
    for (const term of terms) sums[term.part] += term.sum
    return this.parts > 1 ? Math.hypot(...sums) : sums[0] + this.bias
  }

  /** What Python computed for the present position. */
  given(output) {
    return this.result[(this.row * this.columns.output + this.column) * this.outputs + output]
  }

  /** Every (output, tap) of one axis in which a coordinate is used; see Axis.touched. */
  touched(axis, coordinate) {
    const found = []
    for (let tap = axis.kernel - 1; tap >= 0; tap--) {
      const start = coordinate + axis.before - tap * axis.dilation
      if (start >= 0 && start % axis.stride === 0 && start / axis.stride < axis.output) {
        found.push([start / axis.stride, tap])
      }
    }
    return found
  }

  isReal(y, x) {
    return y >= 0 && y < this.rows.size && x >= 0 && x < this.columns.size
  }

  /** A pixel's own rows and columns, and those of its copies in the padding. */
  copies(y, x) {
    if (this.mode !== 'convolve' || !this.isReal(y, x)) return [[y], [x]]
    const find = (axis, source, coordinate) => {
      const found = []
      for (let i = 0; i < axis.padded; i++) if (source[i] === coordinate) found.push(i - axis.before)
      return found
    }
    return [find(this.rows, this.rowSource, y), find(this.columns, this.columnSource, x)]
  }

  /** Every use of a pixel, as [output row, output column, tap]. */
  uses(y, x) {
    const [down, across] = this.copies(y, x)
    const rows = down.flatMap((copy) => this.touched(this.rows, copy))
    const columns = across.flatMap((copy) => this.touched(this.columns, copy))
    return rows.flatMap(([row, i]) => columns.map(([column, j]) => [row, column, i * this.columns.kernel + j]))
  }

  /** The output whose patch has its middle nearest to an input coordinate. */
  nearest(axis, coordinate) {
    const output = Math.round((coordinate + axis.before - (axis.reach - 1) / 2) / axis.stride)
    return clamp(output, 0, axis.output - 1)
  }
}

function largest(values) {
  let most = 0
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i])
    if (size > most) most = size
  }
  return most
}

// ------------------------------------------------------------------------------------- words and colours

const MINUS = '−'

function number(value, digits = 5) {
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e9) return String(value).replace('-', MINUS)
  const text = size >= 1e-3 && size < 1e9 ? String(Number(value.toPrecision(digits))) : value.toExponential(1)
  return text.replaceAll('-', MINUS)
}

/** At most four characters and a sign, for small cells. */
function short(value) {
  const size = Math.abs(value)
  if (size >= 9999.5) return value.toExponential(0).replace('e+', 'e').replace('-', MINUS)
  if (size >= 9.95 || Number.isInteger(value)) return String(Math.round(value)).replace('-', MINUS)
  const text = String(Number(value.toFixed(size >= 0.995 ? 1 : 2)))
  return text.replace('-', MINUS).replace('0.', '.')
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)
}

const STEPS = 255
const INK = '#10131f'
const PAPER = '#ffffff'

/** The colour of text that can be read on a colour. */
function inkOn(red, green, blue) {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? INK : PAPER
}

/** The signed scale as a table of colours, with the colour that can be read on each. */
class Scale {
  constructor(colours) {
    const [negative, zero, positive] = ['negative', 'zero', 'positive'].map((name) =>
      colours[name].match(/\d+/g).map(Number),
    )
    this.fills = []
    this.inks = []
    for (let step = -STEPS; step <= STEPS; step++) {
      const end = step < 0 ? negative : positive
      const share = Math.abs(step) / STEPS
      const rgb = zero.map((middle, i) => Math.round(middle + (end[i] - middle) * share))
      this.fills.push(`rgb(${rgb})`)
      this.inks.push(inkOn(...rgb))
    }
  }

  step(value, most) {
    return Math.round(clamp(value / most, -1, 1) * STEPS) + STEPS
  }
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

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

// -------------------------------------------------------------------------------------------- one figure

/** Give a canvas as many pixels as the screen has there; its pen counts in CSS pixels. */
function sized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  const pen = canvas.getContext('2d')
  pen.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0)
  return pen
}

/** Two canvases on top of each other: what stays, and what follows the mouse. */
class Figure {
  constructor(name, role) {
    this.title = element('span', { class: 'title' })
    this.note = element('span', { class: 'note' })
    this.base = element('canvas', { class: 'base', 'aria-hidden': 'true' })
    this.over = element('canvas', { class: 'over', role })
    this.box = element('div', { class: 'box' }, this.base, this.over)
    const heading = element('div', { class: 'heading' }, this.title, this.note)
    this.root = element('div', { class: `figure ${name}` }, heading, this.box)
  }

  /** Take the size that the layout gives, and fit (height, width) cells into it. */
  fit(height, width) {
    const room = this.box.getBoundingClientRect()
    Object.assign(this, { width: room.width, height: room.height, cellsDown: height, cellsAcross: width })
    this.ground = sized(this.base, room.width, room.height)
    this.marks = sized(this.over, room.width, room.height)
    this.scale = Math.min((room.width - 2) / width, (room.height - 2) / height)
    this.left = (room.width - width * this.scale) / 2
    this.top = (room.height - height * this.scale) / 2
  }

  /** The cell under a pointer, [row, column], or null outside. */
  cellAt(event) {
    const frame = this.over.getBoundingClientRect()
    const row = Math.floor((event.clientY - frame.top - this.top) / this.scale)
    const column = Math.floor((event.clientX - frame.left - this.left) / this.scale)
    const inside = row >= 0 && row < this.cellsDown && column >= 0 && column < this.cellsAcross
    return inside ? [row, column] : null
  }

  clear() {
    this.marks.clearRect(0, 0, this.width, this.height)
  }

  /** Draw a picture of cellsDown x cellsAcross pixels: squares when enlarged, smooth when reduced. */
  paint(pixels) {
    const small = new OffscreenCanvas(this.cellsAcross, this.cellsDown)
    small.getContext('2d').putImageData(pixels, 0, 0)
    this.ground.clearRect(0, 0, this.width, this.height)
    this.ground.imageSmoothingEnabled = this.scale < 1
    this.ground.imageSmoothingQuality = 'high'
    const { left, top, scale, cellsAcross, cellsDown } = this
    this.ground.drawImage(small, left, top, cellsAcross * scale, cellsDown * scale)
    if (scale >= 10) this.grid()
  }

  grid() {
    const { ground: pen, left, top, scale, cellsDown, cellsAcross } = this
    pen.beginPath()
    for (let i = 0; i <= cellsDown; i++) {
      pen.moveTo(left, top + i * scale)
      pen.lineTo(left + cellsAcross * scale, top + i * scale)
    }
    for (let j = 0; j <= cellsAcross; j++) {
      pen.moveTo(left + j * scale, top)
      pen.lineTo(left + j * scale, top + cellsDown * scale)
    }
    pen.strokeStyle = 'rgba(128, 128, 128, 0.35)'
    pen.lineWidth = 1
    pen.stroke()
  }

  /** Rectangle in CSS pixels around cells; never smaller than `least` pixels, so that it can be seen. */
  frameOf(row, column, rows = 1, columns = 1, least = 0) {
    const width = Math.max(columns * this.scale, least)
    const height = Math.max(rows * this.scale, least)
    const x = this.left + (column + columns / 2) * this.scale - width / 2
    const y = this.top + (row + rows / 2) * this.scale - height / 2
    return [x, y, width, height]
  }

  /** Stroke a path with light edges, so that it shows on any picture. */
  outline(path, colour, width = 2) {
    const pen = this.marks
    pen.setLineDash([])
    pen.lineJoin = 'round'
    pen.strokeStyle = PAPER
    pen.lineWidth = width + Math.min(2, width)
    pen.stroke(path)
    pen.strokeStyle = colour
    pen.lineWidth = width
    pen.stroke(path)
  }

  hatch([x, y, width, height], colour) {
    const { ground: pen } = this
    pen.save()
    pen.beginPath()
    pen.rect(x, y, width, height)
    pen.clip()
    pen.beginPath()
    for (let at = x - height; at < x + width; at += 6) {
      pen.moveTo(at, y + height)
      pen.lineTo(at + height, y)
    }
    for (const [line, colourOfLine] of [[3, PAPER], [1.5, colour]]) {
      pen.lineWidth = line
      pen.strokeStyle = colourOfLine
      pen.stroke()
    }
    pen.restore()
  }
}

// ---------------------------------------------------------------------------------------- the products

const GAP = 14
const HEAD = 18 // above each grid, if there are several
// From the most to the least told: the smallest cell, the largest cell, and its way to write.
const LEVELS = [
  { name: 'equation', width: 58, height: 27, mostWidth: 110, mostHeight: 56 },
  { name: 'line', width: 96, height: 16, mostWidth: 130, mostHeight: 26 },
  { name: 'product', width: 25, height: 15, mostWidth: 58, mostHeight: 30 },
]

/** Where each grid of products goes in a panel; scrolls only if even the smallest cells do not fit. */
function arrange(panelWidth, panelHeight, grids, rows, columns, larger) {
  const head = grids > 1 ? HEAD : 2
  for (const level of larger ? LEVELS.slice(0, 1) : LEVELS) {
    for (let across = grids; across >= 1; across--) {
      const down = Math.ceil(grids / across)
      const width = ((panelWidth + GAP) / across - GAP) / columns
      const height = (panelHeight / down - head) / rows
      if (width >= level.width && height >= level.height) {
        return {
          level: level.name, across: Math.ceil(grids / down), down, head,
          width: Math.min(width, level.mostWidth), height: Math.min(height, level.mostHeight),
        }
      }
    }
  }
  const level = LEVELS[larger ? 0 : 2]
  const fitting = Math.floor((panelWidth + GAP) / (columns * level.width + GAP))
  const across = clamp(fitting, 1, grids)
  const height = larger ? level.height + 5 : level.height + 2
  const stretched = Math.min(((panelWidth + GAP) / across - GAP) / columns, level.mostWidth)
  const width = Math.max(stretched, level.width)
  return { level: level.name, across, down: Math.ceil(grids / across), head, width, height }
}

/** The grids of products, one for each channel and kernel. */
class Products {
  constructor() {
    this.canvas = element('canvas', { role: 'img' })
    this.root = element('div', { class: 'products', tabindex: '0', role: 'region' }, this.canvas)
    this.sum = element('div', { class: 'sum' })
    this.larger = element('button', { type: 'button', class: 'larger', 'aria-pressed': 'false' })
  }

  fit(sums) {
    const { clientWidth, clientHeight } = this.root
    const asked = this.larger.getAttribute('aria-pressed') === 'true'
    const { kernel: rows } = sums.rows
    const { kernel: columns } = sums.columns
    const grids = sums.terms.length
    const plain = arrange(clientWidth, clientHeight, grids, rows, columns, false)
    this.larger.disabled = plain.level === 'equation' || plain.level === 'line'
    const plan = asked && !this.larger.disabled
      ? arrange(clientWidth, clientHeight, grids, rows, columns, true) : plain
    Object.assign(this, { plan, sums })
    const width = plan.across * (columns * plan.width + GAP) - GAP
    const height = plan.down * (rows * plan.height + plan.head)
    this.left = Math.max(0, (clientWidth - width) / 2)
    Object.assign(this, { width: Math.max(width, clientWidth), height: Math.ceil(height) })
    Object.assign(this.canvas.style, { width: `${this.width}px`, height: `${this.height}px` })
    this.pen = sized(this.canvas, this.width, this.height)
  }

  /** Upper left corner of a grid's cells. */
  corner(grid) {
    const { across, head, width, height } = this.plan
    const { rows, columns } = this.sums
    const x = this.left + (grid % across) * (columns.kernel * width + GAP)
    const y = Math.floor(grid / across) * (rows.kernel * height + head) + head
    return [x, y]
  }

  tapAt(event) {
    const frame = this.canvas.getBoundingClientRect()
    const { width, height } = this.plan
    for (let grid = 0; grid < this.sums.terms.length; grid++) {
      const [x, y] = this.corner(grid)
      const row = Math.floor((event.clientY - frame.top - y) / height)
      const column = Math.floor((event.clientX - frame.left - x) / width)
      const { rows, columns } = this.sums
      if (row >= 0 && row < rows.kernel && column >= 0 && column < columns.kernel) {
        return row * columns.kernel + column
      }
    }
    return -1
  }

  draw(scale, look, names, hovered) {
    const { pen, sums, plan } = this
    const columns = sums.columns.kernel
    pen.clearRect(0, 0, this.width, this.height)
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    sums.terms.forEach((term, grid) => {
      const [left, top] = this.corner(grid)
      this.name(names[grid], left, top, look)
      for (let tap = 0; tap < sums.taps; tap++) {
        const x = left + (tap % columns) * plan.width
        const y = top + Math.floor(tap / columns) * plan.height
        this.cell(term, tap, x, y, scale, look)
      }
      if (hovered >= 0) this.mark(hovered, left, top, look.activations, 3)
      if (sums.mode === 'max' && term.winner >= 0) this.mark(term.winner, left, top, INK, 3)
    })
  }

  name(text, left, top, look) {
    const { pen } = this
    pen.textAlign = 'left'
    pen.font = `600 13px ${look.font}`
    pen.fillStyle = look.text
    pen.fillText(text, left, top - HEAD / 2)
    pen.textAlign = 'center'
  }

  cell(term, tap, x, y, scale, look) {
    const { pen, plan, sums } = this
    const { width, height } = plan
    const counted = term.weights !== null || sums.inside[tap] === 1
    const value = term.products[tap]
    const step = scale.step(counted ? value : 0, sums.largestProduct)
    pen.fillStyle = counted ? scale.fills[step] : look.background
    pen.fillRect(x + 0.5, y + 0.5, width - 1, height - 1)
    if (!sums.inside[tap]) {
      // Padding: a corner in the colour that padding has in the input.
      pen.fillStyle = look.padding
      pen.beginPath()
      pen.moveTo(x + 0.5, y + 0.5)
      pen.lineTo(x + 8.5, y + 0.5)
      pen.lineTo(x + 0.5, y + 8.5)
      pen.fill()
    }
    if (!counted) return
    pen.fillStyle = scale.inks[step]
    this.write(term, tap, value, x + width / 2, y + height / 2)
  }

  write(term, tap, value, x, y) {
    const { plan } = this
    const product = plan.level === 'product' ? short(value) : number(value, 4)
    if (!term.weights) {
      this.text(product, x, y, clamp(plan.height * 0.5, 9.5, 18), 600)
      return
    }
    const factors = `${number(this.sums.pixels[term.channel][tap], 4)} × ${number(term.weights[tap], 3)}`
    if (plan.level === 'equation') {
      const size = clamp(Math.min(plan.height * 0.36, plan.width * 0.15), 11, 15)
      this.text(factors, x, y - size * 0.58, size, 400)
      this.text(`= ${product}`, x, y + size * 0.58, size, 700)
    } else if (plan.level === 'line') {
      this.text(`${factors} = ${number(value, 3)}`, x, y, clamp(plan.height * 0.6, 10, 13), 500)
    } else {
      this.text(product, x, y, clamp(Math.min(plan.height * 0.66, plan.width * 0.4), 9.5, 14), 600)
    }
  }

  text(words, x, y, size, weight) {
    this.pen.font = `${weight} ${size}px ${this.font}`
    this.pen.fillText(words, x, y, this.plan.width - 2)
  }

  mark(tap, left, top, colour, width) {
    const { pen, plan, sums } = this
    const columns = sums.columns.kernel
    const x = left + (tap % columns) * plan.width
    const y = top + Math.floor(tap / columns) * plan.height
    for (const [line, stroke] of [[width + 2, PAPER], [width, colour]]) {
      pen.lineWidth = line
      pen.strokeStyle = stroke
      pen.strokeRect(x + 1, y + 1, plan.width - 2, plan.height - 2)
    }
  }
}

// -------------------------------------------------------------------------------------------- the stage

const REPORT_AFTER = 300 // milliseconds without a key before a moved pin is told to Python
const FASTEST = 10 // the speed slider ends at 2 ** 10 positions a second
const CALM = 2 // positions a second for people who asked for less motion

class Stage {
  constructor(parent) {
    this.input = new Figure('input', 'img')
    this.kernel = new Figure('kernel', 'img')
    this.result = new Figure('result', 'application')
    this.result.over.tabIndex = 0
    this.products = new Products()
    this.status = element('p', { class: 'status', role: 'status', 'aria-live': 'polite' })
    this.hint = element('p', { class: 'hint' })
    this.legend = element('div', { class: 'legend' })
    this.kernel.root.append(this.legend)
    this.root = element('div', { class: 'stage' },
      element('div', { class: 'figures' }, this.input.root, this.kernel.root, this.result.root),
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

  receive({ data, setStateValue, setTriggerValue }) {
    const arrays = unpack(data.key, data.arrays)
    Object.assign(this, { setStateValue })
    this.root.inert = !arrays && !this.sums
    if (!arrays) {
      if (this.asked !== data) setTriggerValue('missing', true)
      this.asked = data
      return
    }
    const first = !this.sums
    this.readTheme(data.colours)
    this.text = data.text
    this.flip = data.flip
    this.arrays = arrays
    this.sums = new Sums(data, arrays)
    if (data.pin.turn !== this.turn) {
      this.turn = data.pin.turn
      this.pinned = data.pin.value !== null
      if (this.pinned) [this.row, this.column] = data.pin.value
    }
    const { rows, columns } = this.sums
    if (first && !this.pinned) {
      Object.assign(this, { row: rows.output >> 1, column: columns.output >> 1 })
    }
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
    this.scale ??= new Scale(colours)
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
    name(this.result, text.result, rows.output, columns.output, text.resultName)
    if (rows.padded > rows.size || columns.padded > columns.size) {
      this.input.note.textContent += `, ${fill(text.padded, sizeOf(rows.padded, columns.padded))}`
    }
    this.products.canvas.setAttribute('aria-label', text.productsName)
    this.products.root.setAttribute('aria-label', text.productsName)
    this.products.larger.textContent = text.larger
    this.hint.textContent = text.hint
    this.scrubWord.textContent = text.scrub
    label(this.step, 'step', text.step)
    this.scrub.max = rows.output * columns.output - 1
    this.names = sums.terms.map(({ part, channel }) => this.nameOf(part, channel))
    this.sayPlaying()
    this.saySpeed()
    this.sayLegend()
  }

  channelName(channel) {
    return [this.text.red, this.text.green, this.text.blue][channel] ?? String(channel + 1)
  }

  nameOf(part, channel) {
    const words = []
    if (this.sums.channels > 1) words.push(this.channelName(channel))
    if (this.sums.parts > 1) words.push(fill(this.text.part, { number: part + 1 }))
    return words.join(', ')
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

  // ------------------------------------------------------------------------------------ what stays

  lay() {
    this.laid = this.root.clientWidth
    if (!this.laid) return // in a tab that is not open
    const { rows, columns } = this.sums
    this.input.fit(rows.padded, columns.padded)
    this.result.fit(rows.output, columns.output)
    this.layKernel()
    this.products.fit(this.sums)
    this.paintInput()
    this.paintResult()
    this.paintKernel()
    this.show()
  }

  paintInput() {
    const { mode, rows, columns, rowSource, columnSource, channels } = this.sums
    const { values, shape } = this.arrays.imagePixels ?? this.arrays.image
    const depth = shape[2] ?? 1
    const pixels = new ImageData(columns.padded, rows.padded)
    const constant = clamp(Math.round(this.sums.constant), 0, 255)
    for (let y = 0, at = 0; y < rows.padded; y++) {
      for (let x = 0; x < columns.padded; x++, at += 4) {
        const row = rowSource[y]
        const column = columnSource[x]
        const from = row < 0 || column < 0 ? -1 : (row * columns.size + column) * depth
        for (let k = 0; k < 3; k++) {
          pixels.data[at + k] = from < 0 ? constant : values[from + (depth > 1 ? k : 0)]
        }
        // What pooling does not count has no value.
        pixels.data[at + 3] = from < 0 && mode !== 'convolve' ? 0 : 255
      }
    }
    this.input.paint(pixels)
    this.markPadding()
    this.markDropped()
    this.writeValues(this.input, pixels, channels, (y, x) =>
      this.sums.value(y - rows.before, x - columns.before, 0))
  }

  markPadding() {
    const { rows, columns } = this.sums
    const { ground: pen } = this.input
    const [x, y, width, height] = this.input.frameOf(rows.before, columns.before, rows.size, columns.size)
    const whole = this.input.frameOf(0, 0, rows.padded, columns.padded)
    if (width === whole[2] && height === whole[3]) return
    pen.beginPath()
    pen.rect(...whole)
    pen.rect(x, y, width, height)
    pen.fillStyle = this.look.tint
    pen.fill('evenodd')
    pen.lineWidth = 3
    pen.strokeStyle = PAPER
    pen.strokeRect(x, y, width, height)
    pen.setLineDash([5, 3])
    pen.lineWidth = 1.5
    pen.strokeStyle = this.look.padding
    pen.strokeRect(x, y, width, height)
    pen.setLineDash([])
  }

  markDropped() {
    const { input: figure, look } = this
    const { rows, columns } = this.sums
    const used = [rows.padded - rows.dropped, columns.padded - columns.dropped]
    if (rows.dropped) figure.hatch(figure.frameOf(used[0], 0, rows.dropped, columns.padded), look.weights)
    if (columns.dropped) figure.hatch(figure.frameOf(0, used[1], used[0], columns.dropped), look.weights)
  }

  paintResult() {
    const { rows, columns, outputs } = this.sums
    const { values, shape } = this.arrays.resultPixels
    const depth = shape[2] ?? 1
    const pixels = new ImageData(columns.output, rows.output)
    for (let i = 0, at = 0; at < pixels.data.length; i += depth, at += 4) {
      pixels.data[at] = values[i]
      pixels.data[at + 1] = values[depth > 1 ? i + 1 : i]
      pixels.data[at + 2] = values[depth > 1 ? i + 2 : i]
      pixels.data[at + 3] = 255
    }
    this.result.paint(pixels)
    const { result } = this.sums
    this.writeValues(this.result, pixels, outputs, (y, x) => result[y * columns.output + x])
  }

  /** Write the numbers into the pixels where they are large enough to hold one. */
  writeValues(figure, pixels, depth, valueAt) {
    if (depth > 1 || figure.scale < 27) return
    const { ground: pen, scale } = figure
    pen.font = `500 ${clamp(scale * 0.34, 10, 16)}px ${this.look.font}`
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    for (let y = 0; y < figure.cellsDown; y++) {
      for (let x = 0; x < figure.cellsAcross; x++) {
        const [left, top, side] = figure.frameOf(y, x)
        const at = (y * figure.cellsAcross + x) * 4
        pen.fillStyle = inkOn(pixels.data[at], pixels.data[at + 1], pixels.data[at + 2])
        pen.fillText(short(valueAt(y, x)), left + side / 2, top + side / 2, side - 2)
      }
    }
  }

  /** The kernel's grids, one for each set of weights, as large as they fit below or beside each other. */
  layKernel() {
    const { rows, columns, parts, kinds } = this.sums
    const grids = Math.max(1, parts * kinds)
    const head = grids > 1 ? 16 : 0
    const { width, height } = this.kernel.box.getBoundingClientRect()
    let best = null
    for (let across = 1; across <= grids; across++) {
      const down = Math.ceil(grids / across)
      const side = Math.min(
        (width - 4 - (across - 1) * 8) / (across * columns.kernel),
        (height - 4 - down * head - (down - 1) * 4) / (down * rows.kernel), 64)
      if (!best || side > best.side) best = { across, down, side }
    }
    this.kernel.fit(rows.kernel, columns.kernel)
    Object.assign(this.kernel, { grids, head, across: best.across, scale: best.side })
    const wide = best.across * (columns.kernel * best.side + 8) - 8
    const high = best.down * (rows.kernel * best.side + head + 4) - 4
    this.kernel.start = [(width - wide) / 2, (height - high) / 2]
  }

  kernelCorner(grid) {
    const { across, head, scale, start } = this.kernel
    const { rows, columns } = this.sums
    const x = start[0] + (grid % across) * (columns.kernel * scale + 8)
    const y = start[1] + Math.floor(grid / across) * (rows.kernel * scale + head + 4) + head
    return [x, y]
  }

  paintKernel() {
    const { kernel: figure, sums } = this
    const { ground: pen, scale: side, width, height } = figure
    pen.clearRect(0, 0, width, height)
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    for (let grid = 0; grid < figure.grids; grid++) {
      const [left, top] = this.kernelCorner(grid)
      const kinds = Math.max(1, sums.kinds)
      const weights = sums.weightsOf(Math.floor(grid / kinds), grid % kinds)
      if (figure.head) {
        const part = sums.parts > 1 ? fill(this.text.part, { number: Math.floor(grid / kinds) + 1 }) : ''
        const words = kinds > 1 ? `${this.channelName(grid % kinds)} ${part}` : part
        pen.font = `600 12px ${this.look.font}`
        pen.fillStyle = this.look.text
        pen.fillText(words, left + (sums.columns.kernel * side) / 2, top - 8)
      }
      for (let tap = 0; tap < sums.taps; tap++) this.paintWeight(weights, tap, left, top)
    }
  }

  paintWeight(weights, tap, left, top) {
    const { scale: side, ground: pen } = this.kernel
    const columns = this.sums.columns.kernel
    const x = left + (tap % columns) * side
    const y = top + Math.floor(tap / columns) * side
    const step = this.scale.step(weights ? weights[tap] : 0, this.sums.largestWeight || 1)
    pen.fillStyle = this.scale.fills[step]
    pen.fillRect(x, y, side, side)
    pen.strokeStyle = 'rgba(128, 128, 128, 0.6)'
    pen.lineWidth = 1
    pen.strokeRect(x, y, side, side)
    if (!weights || side < 24) return
    pen.font = `600 ${clamp(side * 0.3, 9.5, 17)}px ${this.look.font}`
    pen.fillStyle = this.scale.inks[step]
    const words = side < 36 ? short(weights[tap]) : number(weights[tap], 3)
    pen.fillText(words, x + side / 2, y + side / 2, side - 2)
  }

  tapAt(event) {
    const frame = this.kernel.over.getBoundingClientRect()
    const { rows, columns } = this.sums
    for (let grid = 0; grid < this.kernel.grids; grid++) {
      const [left, top] = this.kernelCorner(grid)
      const row = Math.floor((event.clientY - frame.top - top) / this.kernel.scale)
      const column = Math.floor((event.clientX - frame.left - left) / this.kernel.scale)
      if (row >= 0 && row < rows.kernel && column >= 0 && column < columns.kernel) {
        return row * columns.kernel + column
      }
    }
    return -1
  }

  // ------------------------------------------------------------------------- what follows the mouse

  /** Compute and draw everything that depends on the position and on what is pointed at. */
  show() {
    const { sums, row, column } = this
    sums.moveTo(row, column)
    this.input.clear()
    this.kernel.clear()
    this.result.clear()
    if (this.playing) this.dimWhatIsToCome()
    if (this.tap >= 0) this.showReach()
    this.showPatch()
    if (this.pixel) this.showUses()
    this.showWeight()
    this.showPosition()
    this.products.draw(this.scale, this.look, this.names, this.tap)
    this.showSum()
    this.say()
    this.scrub.value = row * sums.columns.output + column
    this.scrub.setAttribute('aria-valuetext', `${row}, ${column}`)
    // What was computed, next to what Python gave, in full precision.
    this.root.dataset.position = `${row},${column}`
    this.root.dataset.sums = sums.totals.join(' ')
  }

  showPatch() {
    const { input: figure, sums, row, column } = this
    const { rows, columns } = sums
    const top = row * rows.stride
    const left = column * columns.stride
    const whole = new Path2D()
    const frame = figure.frameOf(top, left, rows.reach, columns.reach, 9)
    whole.rect(...frame)
    if (Math.max(frame[2], frame[3]) < 24) this.cross(figure, frame)
    const apart = rows.dilation > 1 || columns.dilation > 1
    if ((apart || figure.scale >= 5) && figure.scale >= 2) {
      const cells = new Path2D()
      for (let i = 0; i < rows.kernel; i++) {
        for (let j = 0; j < columns.kernel; j++) {
          cells.rect(...figure.frameOf(top + i * rows.dilation, left + j * columns.dilation))
        }
      }
      if (apart) {
        figure.outline(cells, this.look.weights, clamp(figure.scale / 5, 0.75, 2))
      } else {
        figure.marks.lineWidth = 1
        figure.marks.strokeStyle = this.look.weights
        figure.marks.stroke(cells)
      }
    }
    figure.outline(whole, this.look.weights, apart ? 1 : 2)
    if (this.tap >= 0) this.markTap(figure, top, left)
    if (sums.mode === 'max') this.markWinners(figure, top, left)
  }

  markTap(figure, top, left) {
    const { rows, columns } = this.sums
    const y = top + Math.floor(this.tap / columns.kernel) * rows.dilation
    const x = left + (this.tap % columns.kernel) * columns.dilation
    const path = new Path2D()
    path.rect(...figure.frameOf(y, x, 1, 1, 5))
    figure.outline(path, this.look.activations, 2)
  }

  markWinners(figure, top, left) {
    const { columns, terms } = this.sums
    const path = new Path2D()
    for (const { winner } of terms) {
      if (winner < 0) continue
      path.rect(...figure.frameOf(top + Math.floor(winner / columns.kernel), left + (winner % columns.kernel),
        1, 1, 5))
    }
    figure.outline(path, INK, 2)
  }

  /** Lines from the frame to the edges: a small frame is hard to find. */
  cross(figure, [x, y, width, height]) {
    const pen = figure.marks
    const right = figure.left + figure.cellsAcross * figure.scale
    const bottom = figure.top + figure.cellsDown * figure.scale
    const path = new Path2D()
    for (const [x1, y1, x2, y2] of [
      [figure.left, y + height / 2, x, y + height / 2], [x + width, y + height / 2, right, y + height / 2],
      [x + width / 2, figure.top, x + width / 2, y], [x + width / 2, y + height, x + width / 2, bottom],
    ]) {
      path.moveTo(x1, y1)
      path.lineTo(x2, y2)
    }
    pen.globalAlpha = 0.6
    const colour = figure === this.input ? this.look.weights : this.look.activations
    for (const [line, stroke] of [[3, PAPER], [1, colour]]) {
      pen.lineWidth = line
      pen.strokeStyle = stroke
      pen.stroke(path)
    }
    pen.globalAlpha = 1
  }

  showPosition() {
    const { result: figure, row, column } = this
    const frame = figure.frameOf(row, column, 1, 1, 7)
    if (frame[2] < 12) this.cross(figure, frame)
    const path = new Path2D()
    path.rect(...frame)
    figure.outline(path, this.look.activations, 2)
    if (!this.pinned) return
    // A pin's head: filled, so that it is not told by colour alone.
    const pen = figure.marks
    pen.beginPath()
    pen.arc(frame[0] + frame[2], frame[1], 5, 0, 2 * Math.PI)
    pen.fillStyle = this.look.activations
    pen.fill()
    pen.lineWidth = 1.5
    pen.strokeStyle = PAPER
    pen.stroke()
  }

  showWeight() {
    const path = new Path2D()
    if (this.tap >= 0) this.addTap(path, this.tap)
    this.kernel.outline(path, this.look.activations, 3)
    if (this.sums.mode !== 'max') return
    const winners = new Path2D()
    for (const { winner } of this.sums.terms) if (winner >= 0) this.addTap(winners, winner, 3)
    this.kernel.outline(winners, INK, 3)
  }

  /** Lightly, every pixel that the weight pointed at meets, over all positions. */
  showReach() {
    const { input: figure, sums } = this
    const { rows, columns } = sums
    const top = Math.floor(this.tap / columns.kernel) * rows.dilation
    const left = (this.tap % columns.kernel) * columns.dilation
    const pen = figure.marks
    const high = (rows.output - 1) * rows.stride + 1
    const wide = (columns.output - 1) * columns.stride + 1
    pen.fillStyle = 'rgba(14, 147, 132, 0.3)'
    const dense = rows.stride === 1 && columns.stride === 1
    if (dense || figure.scale < 3) {
      pen.fillRect(...figure.frameOf(top, left, high, wide))
    } else {
      pen.beginPath()
      for (let i = 0; i < rows.output; i++) {
        for (let j = 0; j < columns.output; j++) {
          pen.rect(...figure.frameOf(top + i * rows.stride, left + j * columns.stride))
        }
      }
      pen.fill()
    }
    pen.lineWidth = 1
    pen.strokeStyle = this.look.activations
    pen.strokeRect(...figure.frameOf(top, left, high, wide))
  }

  /** The pixel pointed at with its copies, every result that uses it, and the weights that it meets. */
  showUses() {
    const { sums, result, input, kernel } = this
    const pen = result.marks
    const results = new Path2D()
    const weights = new Path2D()
    for (const [row, column, tap] of sums.uses(...this.pixel)) {
      const frame = result.frameOf(row, column, 1, 1, 2)
      if (sums.weights) {
        pen.fillStyle = this.scale.fills[this.scale.step(sums.weights[tap], sums.largestWeight || 1)]
        pen.fillRect(...frame)
      }
      results.rect(...frame)
      this.addTap(weights, tap, 2)
    }
    pen.lineWidth = 1.5
    pen.strokeStyle = this.look.activations
    pen.stroke(results)
    kernel.outline(weights, this.look.activations, 1.5)
    const here = new Path2D()
    const [rows, columns] = sums.copies(...this.pixel)
    for (const y of rows) {
      for (const x of columns) {
        here.rect(...input.frameOf(y + sums.rows.before, x + sums.columns.before, 1, 1, 5))
      }
    }
    input.outline(here, this.look.activations, 2)
  }

  /** Add one weight, in each of the kernel's grids, to a path. */
  addTap(path, tap, inset = 0) {
    const { grids, scale: side } = this.kernel
    const columns = this.sums.columns.kernel
    for (let grid = 0; grid < grids; grid++) {
      const [left, top] = this.kernelCorner(grid)
      const x = left + (tap % columns) * side + inset
      path.rect(x, top + Math.floor(tap / columns) * side + inset, side - 2 * inset, side - 2 * inset)
    }
  }

  dimWhatIsToCome() {
    const { result: figure, row, column } = this
    const { rows, columns } = this.sums
    const pen = figure.marks
    pen.fillStyle = this.look.background
    pen.globalAlpha = 0.8
    pen.fillRect(...figure.frameOf(row, column + 1, 1, columns.output - column - 1))
    pen.fillRect(...figure.frameOf(row + 1, 0, rows.output - row - 1, columns.output))
    pen.globalAlpha = 1
  }

  // ----------------------------------------------------------------------------------- what is said

  showSum() {
    const { sums, products } = this
    const lines = []
    for (let output = 0; output < sums.outputs; output++) {
      const name = sums.outputs > 1 ? `${this.channelName(output)}: ` : ''
      lines.push(`${name}${this.leftSide(output, sums.outputs > 1)}${number(sums.given(output))}`)
    }
    products.sum.textContent = lines.join('   ·   ')
    products.sum.title = products.sum.textContent
  }

  /** What adds up to an output, with its equals sign; brief where several outputs share the line. */
  leftSide(output, brief) {
    const { sums, text } = this
    const terms = sums.termsOf(output)
    const count = sums.taps - (sums.mode === 'convolve' ? 0 : sums.padding)
    if (sums.mode === 'max') return brief ? '' : `${fill(text.most, { count })} = `
    if (sums.mode === 'average') {
      const mean = `${number(terms[0].sum)} / ${count} = `
      return brief ? mean : `${fill(text.mean, { count })} = ${mean}`
    }
    if (sums.parts > 1) return this.length(terms)
    const bias = sums.bias ? ` + ${fill(text.bias, { value: number(sums.bias) })}` : ''
    if (terms.length > 1) {
      const named = terms.map((term) => `${this.channelName(term.channel)} ${number(term.sum)}`)
      return `${named.join(' + ')}${bias} = `
    }
    const sum = bias ? `${number(terms[0].sum)}${bias} = ` : ''
    return brief ? sum : `${fill(text.sum, { count })} = ${sum}`
  }

  /** A magnitude: the root of the squared sums of its kernels. */
  length(terms) {
    const sums = new Array(this.sums.parts).fill(0)
    for (const { part, sum } of terms) sums[part] += sum
    const squares = sums.map((sum) => (sum < 0 ? `(${number(sum)})²` : `${number(sum)}²`))
    return `√(${squares.join(' + ')}) = `
  }

  say() {
    const words = this.tap >= 0 ? this.sayWeight() : this.pixel ? this.sayPixel() : this.sayPosition()
    const line = this.pinned ? `${this.text.pinned} ${words}` : words
    if (this.status.textContent !== line) this.status.textContent = line
  }

  sayPosition() {
    const { sums, text, row, column } = this
    const { rows, columns } = sums
    const values = Array.from({ length: sums.outputs }, (_, output) => number(sums.given(output)))
    const ends = (axis, at) => [0, axis.kernel - 1].map((tap) => number(sums.seen(axis, at, tap)))
    const [top, bottom] = ends(rows, row)
    const [left, right] = ends(columns, column)
    const place = { row, column, top, bottom, left, right }
    const position = fill(text.position, { ...place, value: values.join(' / ') })
    if (!sums.padding) return position
    return `${position} ${fill(text.inPadding, { count: sums.padding, all: sums.taps })}`
  }

  sayPixel() {
    const { sums, text } = this
    const [y, x] = this.pixel
    const values = sums.pixels.map((_, channel) => number(sums.value(y, x, channel)))
    const place = { row: number(y), column: number(x), value: values.join(' / ') }
    const template = sums.isReal(y, x) ? text.pixel : text.paddingPixel
    const words = fill(template, { ...place, count: sums.uses(y, x).length })
    return sums.copies(y, x).some((copies) => copies.length > 1) ? `${words} ${text.copies}` : words
  }

  sayWeight() {
    const { sums, text, tap } = this
    const columns = sums.columns.kernel
    const equations = sums.terms.map(({ weights, products, channel }) => {
      const pixel = number(sums.pixels[channel][tap])
      return weights ? `${pixel} × ${number(weights[tap], 4)} = ${number(products[tap])}` : pixel
    })
    const place = { row: Math.floor(tap / columns), column: tap % columns }
    return fill(text.weight, { ...place, equation: equations.join(' · ') })
  }

  // ---------------------------------------------------------------------------------------- events

  listen() {
    const { input, kernel, result, products } = this
    result.over.onpointermove = (event) => this.hoverResult(result.cellAt(event))
    result.over.onclick = (event) => this.click(result.cellAt(event))
    this.pointing(input, (event) => this.pointAtPixel(event && input.cellAt(event)))
    this.pointing(kernel, (event) => this.pointAtWeight(event ? this.tapAt(event) : -1))
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
