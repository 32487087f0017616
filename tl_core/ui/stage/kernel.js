// The kernel's weights, one grid for each set of them.

class KernelFigure extends Figure {
  /** Lay the grids out as large as they fit, below or beside each other. */
  lay(sums) {
    const { rows, columns, parts, kinds } = sums
    const grids = Math.max(1, parts * kinds)
    const head = grids > 1 ? 16 : 0
    const { width, height } = this.box.getBoundingClientRect()
    let best = null
    for (let across = 1; across <= grids; across++) {
      const down = Math.ceil(grids / across)
      const side = Math.min(
        (width - 4 - (across - 1) * 8) / (across * columns.kernel),
        (height - 4 - down * head - (down - 1) * 4) / (down * rows.kernel), 64)
      if (!best || side > best.side) best = { across, down, side }
    }
    this.fit(rows.kernel, columns.kernel)
    Object.assign(this, { sums, grids, head, across: best.across, scale: best.side })
    const wide = best.across * (columns.kernel * best.side + 8) - 8
    const high = best.down * (rows.kernel * best.side + head + 4) - 4
    this.start = [(width - wide) / 2, (height - high) / 2]
  }

  /** Upper left corner of a grid's cells. */
  corner(grid) {
    const { across, head, scale, start } = this
    const { rows, columns } = this.sums
    const x = start[0] + (grid % across) * (columns.kernel * scale + 8)
    const y = start[1] + Math.floor(grid / across) * (rows.kernel * scale + head + 4) + head
    return [x, y]
  }

  draw(colours, look, words) {
    const { ground: pen, sums, scale: side, width, height } = this
    pen.clearRect(0, 0, width, height)
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    const kinds = Math.max(1, sums.kinds)
    for (let grid = 0; grid < this.grids; grid++) {
      const [left, top] = this.corner(grid)
      const [part, kind] = [Math.floor(grid / kinds), grid % kinds]
      if (this.head) {
        pen.font = `600 12px ${look.font}`
        pen.fillStyle = look.text
        pen.fillText(words.plane(part, kind), left + (sums.columns.kernel * side) / 2, top - 8)
      }
      const weights = sums.weightsOf(part, kind)
      for (let tap = 0; tap < sums.taps; tap++) this.weight(weights, tap, left, top, colours, look)
    }
  }

  weight(weights, tap, left, top, colours, look) {
    const { ground: pen, scale: side } = this
    const columns = this.sums.columns.kernel
    const x = left + (tap % columns) * side
    const y = top + Math.floor(tap / columns) * side
    const step = colours.step(weights ? weights[tap] : 0, this.sums.largestWeight || 1)
    pen.fillStyle = colours.fills[step]
    pen.fillRect(x, y, side, side)
    pen.strokeStyle = 'rgba(128, 128, 128, 0.6)'
    pen.lineWidth = 1
    pen.strokeRect(x, y, side, side)
    if (!weights || side < 24) return
    pen.font = `600 ${clamp(side * 0.3, 9.5, 17)}px ${look.font}`
    pen.fillStyle = colours.inks[step]
    const words = side < 36 ? short(weights[tap]) : number(weights[tap], 3)
    pen.fillText(words, x + side / 2, y + side / 2, side - 2)
  }

  tapAt(event) {
    const frame = this.over.getBoundingClientRect()
    const { rows, columns } = this.sums
    for (let grid = 0; grid < this.grids; grid++) {
      const [left, top] = this.corner(grid)
      const row = Math.floor((event.clientY - frame.top - top) / this.scale)
      const column = Math.floor((event.clientX - frame.left - left) / this.scale)
      if (row >= 0 && row < rows.kernel && column >= 0 && column < columns.kernel) {
        return row * columns.kernel + column
      }
    }
    return -1
  }

  /** Add one weight, in each of the grids, to a path. */
  addTap(path, tap, inset = 0) {
    const { grids, scale: side } = this
    const columns = this.sums.columns.kernel
    for (let grid = 0; grid < grids; grid++) {
      const [left, top] = this.corner(grid)
      const x = left + (tap % columns) * side + inset
      path.rect(x, top + Math.floor(tap / columns) * side + inset, side - 2 * inset, side - 2 * inset)
    }
  }
}
