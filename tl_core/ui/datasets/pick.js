// Pictures to pick from: one image holds them all, and each is a button that shows its part of it.

class Pictures {
  constructor(parent) {
    this.grid = element('div', { class: 'grid', role: 'group' })
    this.all = element('button', { type: 'button', class: 'word' })
    this.none = element('button', { type: 'button', class: 'word' })
    this.status = element('span', { role: 'status' })
    this.frame = element('div', { class: 'frame' }, this.grid,
      element('div', { class: 'controls' }, this.all, this.none, this.status))
    parent.append(this.frame)
    this.all.onclick = () => this.set(this.cells.map(() => true))
    this.none.onclick = () => this.set(this.cells.map(() => false))
    this.frame.addEventListener('focusout', ({ relatedTarget }) => this.hurry(relatedTarget))
    this.grid.onkeydown = (event) => this.move(event)
    this.cells = []
  }

  receive({ data, setStateValue }) {
    Object.assign(this, { setStateValue, text: data.text })
    this.grid.setAttribute('aria-label', data.text.name)
    this.all.textContent = data.text.all
    this.none.textContent = data.text.none
    if (data.token !== this.token) this.lay(data)
    this.count()
  }

  lay({ token, sheet, names, columns }) {
    this.token = token
    const rows = Math.ceil(names.length / columns)
    const share = (place, count) => (count > 1 ? (100 * place) / (count - 1) : 0)
    this.cells = names.map((name, place) => {
      const cell = element('button', { type: 'button', class: 'cell', 'aria-pressed': 'false', 'aria-label': name })
      cell.title = name
      cell.tabIndex = place ? -1 : 0
      cell.style.backgroundImage = `url(${sheet})`
      cell.style.backgroundSize = `${columns * 100}% ${rows * 100}%`
      const [x, y] = [share(place % columns, columns), share(Math.floor(place / columns), rows)]
      cell.style.backgroundPosition = `${x}% ${y}%`
      cell.onclick = () => this.toggle(place)
      return cell
    })
    this.grid.replaceChildren(...this.cells)
  }

  toggle(place) {
    this.focus(place)
    this.set(this.cells.map((cell, at) => (cell.getAttribute('aria-pressed') === 'true') !== (at === place)))
  }

  set(pressed) {
    this.cells.forEach((cell, at) => cell.setAttribute('aria-pressed', pressed[at]))
    this.count()
    // Several quick clicks are one change for the server.
    clearTimeout(this.waiting)
    this.waiting = setTimeout(() => this.report(), 150)
  }

  /** What is clicked next, outside, is meant for what is selected now. */
  hurry(next) {
    if (this.waiting && !this.frame.contains(next)) this.report()
  }

  report() {
    clearTimeout(this.waiting)
    this.waiting = 0
    this.setStateValue('picked', { token: this.token, places: this.places() })
  }

  places() {
    return [...this.cells.keys()].filter((at) => this.cells[at].getAttribute('aria-pressed') === 'true')
  }

  count() {
    this.status.textContent = fill(this.text.count, { n: this.places().length })
  }

  /** One stop of the Tab key for the whole grid; the arrow keys move inside it. */
  focus(place) {
    this.cells.forEach((cell, at) => (cell.tabIndex = at === place ? 0 : -1))
    this.cells[place].focus()
  }

  move(event) {
    const at = this.cells.indexOf(event.target)
    const top = this.cells[0].offsetTop
    const across = this.cells.filter((cell) => cell.offsetTop === top).length
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }
    const ends = { Home: 0, End: this.cells.length - 1 }
    const to = ends[event.key] ?? at + (steps[event.key] ?? 0)
    if (!(event.key in steps) && !(event.key in ends)) return
    event.preventDefault()
    if (this.cells[to]) this.focus(to)
  }

  leave() {
    clearTimeout(this.waiting)
    this.frame.remove()
  }
}

export default mounted(Pictures)
