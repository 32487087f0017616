// How numbers, colours and pictures are drawn.

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

const STEPS = 255
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
