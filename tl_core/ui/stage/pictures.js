// What the figures show: what stays while nothing is set, and what follows the mouse.

class Pictures {
  constructor() {
    this.input = new Figure('input', 'img')
    this.kernel = new KernelFigure('kernel', 'img')
    this.result = new Figure('result', 'application')
    this.root = element('div', { class: 'figures' }, this.input.root, this.kernel.root, this.result.root)
  }

  /** Take what to show: the sums, the arrays, the words, the look of the page and the scale of colours. */
  take(given) {
    Object.assign(this, given)
  }

  // ------------------------------------------------------------------------------------ what stays

  paint() {
    const { rows, columns } = this.sums
    this.input.fit(rows.padded, columns.padded)
    this.result.fit(rows.output, columns.output)
    this.kernel.lay(this.sums)
    this.paintInput()
    this.paintResult()
    this.kernel.draw(this.scale, this.look, this.words)
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

  // ------------------------------------------------------------------------- what follows the mouse

  /** Draw all that depends on the position, on what is pointed at, and on whether it is pinned or plays. */
  mark(at) {
    this.at = at
    this.input.clear()
    this.kernel.clear()
    this.result.clear()
    if (at.playing) this.dimWhatIsToCome()
    if (at.tap >= 0) this.showReach()
    this.showPatch()
    if (at.pixel) this.showUses()
    this.showWeight()
    this.showPosition()
  }

  showPatch() {
    const { input: figure, sums, at } = this
    const { rows, columns } = sums
    const [down, across] = [sums.patch(rows, at.row), sums.patch(columns, at.column)]
    if (!down || !across) return
    const whole = new Path2D()
    const frame = figure.frameOf(down[0], across[0], down[1], across[1], 9)
    whole.rect(...frame)
    if (Math.max(frame[2], frame[3]) < 24) this.cross(figure, frame)
    const apart = rows.dilation > 1 || columns.dilation > 1
    if ((apart || figure.scale >= 5) && figure.scale >= 2) {
      const cells = new Path2D()
      for (let tap = 0; tap < sums.taps; tap++) this.addPixel(cells, tap)
      if (apart) {
        figure.outline(cells, this.look.weights, clamp(figure.scale / 5, 0.75, 2))
      } else {
        figure.marks.lineWidth = 1
        figure.marks.strokeStyle = this.look.weights
        figure.marks.stroke(cells)
      }
    }
    figure.outline(whole, this.look.weights, apart ? 1 : 2)
    if (at.tap >= 0) this.outlinePixels([at.tap], this.look.activations)
    if (sums.mode === 'max') this.outlinePixels(this.winners(), INK)
  }

  /** Add the pixel that a tap meets at the present position to a path. */
  addPixel(path, tap, least = 0) {
    const { rows, columns } = this.sums
    const y = this.sums.met(rows, this.at.row, Math.floor(tap / columns.kernel))
    const x = this.sums.met(columns, this.at.column, tap % columns.kernel)
    if (y >= 0 && x >= 0) path.rect(...this.input.frameOf(y, x, 1, 1, least))
  }

  outlinePixels(taps, colour) {
    const path = new Path2D()
    for (const tap of taps) this.addPixel(path, tap, 5)
    this.input.outline(path, colour, 2)
  }

  winners() {
    return this.sums.terms.map((term) => term.winner).filter((tap) => tap >= 0)
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
    const { result: figure, at } = this
    const frame = figure.frameOf(at.row, at.column, 1, 1, 7)
    if (frame[2] < 12) this.cross(figure, frame)
    const path = new Path2D()
    path.rect(...frame)
    figure.outline(path, this.look.activations, 2)
    if (!at.pinned) return
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
    const { kernel, look, at } = this
    const path = new Path2D()
    if (at.tap >= 0) kernel.addTap(path, at.tap)
    kernel.outline(path, look.activations, 3)
    if (this.sums.mode !== 'max') return
    const winners = new Path2D()
    for (const tap of this.winners()) kernel.addTap(winners, tap, 3)
    kernel.outline(winners, INK, 3)
  }

  /** Lightly, every pixel that the weight pointed at meets, over all positions. */
  showReach() {
    const { input: figure, sums, at } = this
    const { rows, columns } = sums
    const [top, down, high] = sums.reach(rows, Math.floor(at.tap / columns.kernel))
    const [left, right, wide] = sums.reach(columns, at.tap % columns.kernel)
    const area = figure.frameOf(top, left, (high - 1) * down + 1, (wide - 1) * right + 1)
    const pen = figure.marks
    pen.fillStyle = 'rgba(14, 147, 132, 0.3)'
    if ((down === 1 && right === 1) || figure.scale < 3) {
      pen.fillRect(...area)
    } else {
      pen.beginPath()
      for (let i = 0; i < high; i++) {
        for (let j = 0; j < wide; j++) pen.rect(...figure.frameOf(top + i * down, left + j * right))
      }
      pen.fill()
    }
    pen.lineWidth = 1
    pen.strokeStyle = this.look.activations
    pen.strokeRect(...area)
  }

  /** The pixel pointed at with its copies, every result that uses it, and the weights that it meets. */
  showUses() {
    const { sums, result, input, kernel, at } = this
    const pen = result.marks
    const results = new Path2D()
    const weights = new Path2D()
    for (const [row, column, tap] of sums.uses(...at.pixel)) {
      const frame = result.frameOf(row, column, 1, 1, 2)
      if (sums.weights) {
        pen.fillStyle = this.scale.fills[this.scale.step(sums.weights[tap], sums.largestWeight || 1)]
        pen.fillRect(...frame)
      }
      results.rect(...frame)
      kernel.addTap(weights, tap, Math.min(2, kernel.scale / 8))
    }
    // Thin where cells are small but can be told apart: their colours should be seen too.
    pen.lineWidth = result.scale < 3 ? 1.5 : clamp(result.scale / 12, 0.25, 1.5)
    pen.strokeStyle = this.look.activations
    pen.stroke(results)
    kernel.outline(weights, this.look.activations, clamp(kernel.scale / 12, 0.5, 1.5))
    const here = new Path2D()
    const [rows, columns] = sums.copies(...at.pixel)
    for (const y of rows) {
      for (const x of columns) {
        here.rect(...input.frameOf(y + sums.rows.before, x + sums.columns.before, 1, 1, 5))
      }
    }
    input.outline(here, this.look.activations, 2)
  }

  dimWhatIsToCome() {
    const { result: figure } = this
    const { row, column } = this.at
    const { rows, columns } = this.sums
    const pen = figure.marks
    pen.fillStyle = this.look.background
    pen.globalAlpha = 0.8
    pen.fillRect(...figure.frameOf(row, column + 1, 1, columns.output - column - 1))
    pen.fillRect(...figure.frameOf(row + 1, 0, rows.output - row - 1, columns.output))
    pen.globalAlpha = 1
  }
}
