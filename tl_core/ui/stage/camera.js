// The live camera: each picture is read, convolved and drawn here, and then forgotten.

const WIDTH = 320
const HEIGHT = 240
const PIXELS = WIDTH * HEIGHT

function decode(base64) {
  return new Float32Array(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer)
}

// ------------------------------------------------------------------------------------------- the kernel

/** One kernel on one plane after another; the arrays are made once and used for every picture. */
class Convolver {
  constructor(height, width) {
    Object.assign(this, { height, width, top: (height - 1) >> 1, left: (width - 1) >> 1 })
    this.stride = WIDTH + width - 1
    this.padded = new Float32Array(this.stride * (HEIGHT + height - 1))
  }

  /** Copy a plane into the middle and its border pixels around it. */
  load(plane) {
    const { padded, stride, left, top } = this
    for (let y = 0; y < HEIGHT; y++) {
      const row = (y + top) * stride
      padded.set(plane.subarray(y * WIDTH, (y + 1) * WIDTH), row + left)
      padded.fill(plane[y * WIDTH], row, row + left)
      padded.fill(plane[(y + 1) * WIDTH - 1], row + left + WIDTH, row + stride)
    }
    const rows = padded.length / stride
    for (let y = 0; y < top; y++) padded.copyWithin(y * stride, top * stride, (top + 1) * stride)
    const last = (top + HEIGHT - 1) * stride
    for (let y = top + HEIGHT; y < rows; y++) padded.copyWithin(y * stride, last, last + stride)
  }

  /** Add the loaded plane times the weights to `sums`. Four taps at once: sums are read and written less. */
  add(weights, sums) {
    const { padded, stride, height, width } = this
    for (let y = 0; y < HEIGHT; y++) {
      const out = y * WIDTH
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j += 4) {
          const tap = i * width + j
          const many = Math.min(4, width - j)
          const a = weights[tap]
          const b = many > 1 ? weights[tap + 1] : 0
          const c = many > 2 ? weights[tap + 2] : 0
          const d = many > 3 ? weights[tap + 3] : 0
          const from = (y + i) * stride + j
          if (many > 3) {
            for (let x = 0; x < WIDTH; x++) {
              const at = from + x
              sums[out + x] += a * padded[at] + b * padded[at + 1] + c * padded[at + 2] + d * padded[at + 3]
            }
          } else if (many > 2) {
            for (let x = 0; x < WIDTH; x++) {
              const at = from + x
              sums[out + x] += a * padded[at] + b * padded[at + 1] + c * padded[at + 2]
            }
          } else if (many > 1) {
            for (let x = 0; x < WIDTH; x++) sums[out + x] += a * padded[from + x] + b * padded[from + x + 1]
          } else if (a !== 0) {
            for (let x = 0; x < WIDTH; x++) sums[out + x] += a * padded[from + x]
          }
        }
      }
    }
  }
}

/** The kernel of one setting on whole pictures. */
class Filter {
  constructor({ weights, shape, colour }) {
    const [parts, kinds, height, width] = shape
    Object.assign(this, { parts, kinds, taps: height * width })
    this.weights = decode(weights)
    // Weights for three channels are summed over them; other weights are the same for each channel.
    this.channels = kinds > 1 ? kinds : colour ? 3 : 1
    this.outputs = kinds > 1 ? 1 : this.channels
    this.convolver = new Convolver(height, width)
    const planes = (count) => Array.from({ length: count }, () => new Float32Array(PIXELS))
    this.planes = planes(this.channels)
    this.results = planes(this.outputs)
    this.sums = planes(parts)
  }

  /** Return the results, one plane for each output, of a picture in RGBA. */
  apply(rgba) {
    this.read(rgba)
    for (let output = 0; output < this.outputs; output++) {
      for (const sum of this.sums) sum.fill(0)
      const channels = this.kinds > 1 ? this.planes.keys() : [output]
      for (const channel of channels) {
        this.convolver.load(this.planes[channel])
        for (let part = 0; part < this.parts; part++) {
          const start = (part * this.kinds + (this.kinds > 1 ? channel : 0)) * this.taps
          this.convolver.add(this.weights.subarray(start, start + this.taps), this.sums[part])
        }
      }
      this.combine(this.results[output])
    }
    return this.results
  }

  read(rgba) {
    if (this.channels === 1) {
      const [grey] = this.planes
      // The weights of Pillow's "L" (ITU-R 601-2), as everywhere in the lab.
      for (let i = 0, at = 0; i < PIXELS; i++, at += 4) {
        grey[i] = 0.299 * rgba[at] + 0.587 * rgba[at + 1] + 0.114 * rgba[at + 2]
      }
      return
    }
    this.planes.forEach((plane, channel) => {
      for (let i = 0, at = channel; i < PIXELS; i++, at += 4) plane[i] = rgba[at]
    })
  }

  combine(result) {
    const [first, second] = this.sums
    if (!second) result.set(first)
    else for (let i = 0; i < PIXELS; i++) result[i] = Math.sqrt(first[i] * first[i] + second[i] * second[i])
  }
}

// --------------------------------------------------------------------------------------------- the view

const SLOWLY = 0.1

/** How results become colours; the same views as tl_core/convolution/display.py. */
class View {
  constructor({ view, scale }) {
    this.name = view
    const ends = scale.map((colour) => colour.match(/\d+/g).map(Number))
    this.table = new Uint8Array(511 * 3)
    for (let step = -255; step <= 255; step++) {
      const end = step < 0 ? ends[0] : ends[2]
      const share = Math.abs(step) / 255
      for (let k = 0; k < 3; k++) {
        this.table[(step + 255) * 3 + k] = Math.round(ends[1][k] + (end[k] - ends[1][k]) * share)
      }
    }
  }

  draw(results, rgba) {
    if (this.name === 'signed') return this.signed(results, rgba)
    const [low, high] = this.range(results)
    results.forEach((result, k) => this.grey(result, rgba, k, low, high))
    if (results.length === 1) {
      for (let at = 0; at < rgba.length; at += 4) rgba[at + 1] = rgba[at + 2] = rgba[at]
    }
  }

  grey(result, rgba, k, low, high) {
    // A Uint8ClampedArray rounds and clips by itself.
    if (this.name === 'absolute') {
      for (let i = 0, at = k; i < PIXELS; i++, at += 4) rgba[at] = Math.abs(result[i])
      return
    }
    const factor = 255 / (high - low || 1)
    for (let i = 0, at = k; i < PIXELS; i++, at += 4) rgba[at] = (result[i] - low) * factor
  }

  /** The values that become black and white. */
  range(results) {
    if (this.name === 'clipped' || this.name === 'absolute') return [0, 255]
    const [low, high] = this.extremes(results)
    return this.name === 'relu' ? [0, Math.max(high, 1)] : [low, high]
  }

  signed(results, rgba) {
    const [low, high] = this.extremes(results)
    const factor = 255 / Math.max(-low, high, 1)
    const [red, green = red, blue = red] = results
    for (let i = 0, at = 0; i < PIXELS; i++, at += 4) {
      const mean = (red[i] + green[i] + blue[i]) / 3
      const step = Math.max(0, Math.min(510, Math.round(mean * factor) + 255)) * 3
      rgba[at] = this.table[step]
      rgba[at + 1] = this.table[step + 1]
      rgba[at + 2] = this.table[step + 2]
    }
  }

  /** Smallest and largest value, following the picture slowly: otherwise its brightness would flicker. */
  extremes(results) {
    let low = Infinity
    let high = -Infinity
    for (const result of results) {
      for (let i = 0; i < PIXELS; i++) {
        if (result[i] < low) low = result[i]
        if (result[i] > high) high = result[i]
      }
    }
    const [before, after] = this.seen ?? [low, high]
    this.seen = [before + (low - before) * SLOWLY, after + (high - after) * SLOWLY]
    return this.seen
  }
}

// ------------------------------------------------------------------------------------------- the camera

class Camera {
  constructor(parent) {
    this.canvas = element('canvas', { width: WIDTH, height: HEIGHT, role: 'img' })
    this.titles = [element('figcaption'), element('figcaption')]
    this.button = element('button', { type: 'button' })
    const wanted = { width: { ideal: WIDTH }, height: { ideal: HEIGHT }, frameRate: { ideal: 30 } }
    this.webcam = new Webcam(this.button, wanted, (state) => this.turn(state))
    this.video = this.webcam.video
    this.status = element('p', { class: 'status', role: 'status' })
    this.frame = element('div', { class: 'frame' },
      element('div', { class: 'pictures' },
        element('figure', {}, this.titles[0], element('div', { class: 'picture' }, this.video)),
        element('figure', {}, this.titles[1], element('div', { class: 'picture' }, this.canvas))),
      element('div', { class: 'controls' }, this.button, this.status))
    parent.append(this.frame)
    this.pen = this.canvas.getContext('2d')
    this.picture = new OffscreenCanvas(WIDTH, HEIGHT).getContext('2d', { willReadFrequently: true })
  }

  receive({ data }) {
    this.text = data.text
    this.filter = new Filter(data)
    this.view = new View(data)
    this.titles[0].textContent = data.text.camera
    this.titles[1].textContent = data.text.result
    this.video.setAttribute('aria-label', data.text.cameraName)
    this.canvas.setAttribute('aria-label', data.text.resultName)
    this.say(this.webcam.state)
  }

  turn(state) {
    this.say(state)
    if (state !== 'running') return this.pen.clearRect(0, 0, WIDTH, HEIGHT)
    Object.assign(this, { times: [], costs: [] })
    this.next()
  }

  say(state) {
    this.frame.dataset.state = state
    this.button.textContent = this.webcam.stream ? this.text.stop : this.text.start
    if (state !== 'running') this.status.textContent = this.text[state]
    // The speed changes every second: it is there to be looked at, not to be read out.
    this.status.setAttribute('aria-live', state === 'running' ? 'off' : 'polite')
  }

  next() {
    // Only for the stream that is on now: a restarted camera would draw twice as often each time.
    const { stream } = this.webcam
    const draw = () => stream && stream === this.webcam.stream && this.draw()
    // Once for each new picture of the camera where the browser can tell, else once for each of the screen.
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(draw)
    else requestAnimationFrame(draw)
  }

  draw() {
    const start = performance.now()
    const { videoWidth: width, videoHeight: height } = this.video
    const scale = Math.max(WIDTH / width, HEIGHT / height)
    const [wide, high] = [width * scale, height * scale]
    this.picture.drawImage(this.video, (WIDTH - wide) / 2, (HEIGHT - high) / 2, wide, high)
    const pixels = this.picture.getImageData(0, 0, WIDTH, HEIGHT)
    this.view.draw(this.filter.apply(pixels.data), pixels.data)
    this.pen.putImageData(pixels, 0, 0)
    this.measure(start, performance.now())
    this.next()
  }

  measure(start, end) {
    this.times.push(end)
    this.costs.push(end - start)
    while (this.times[0] < end - 1000) {
      this.times.shift()
      this.costs.shift()
    }
    if (end - (this.told ?? 0) < 500 || this.times.length < 2) return
    this.told = end
    const count = Math.round(((this.times.length - 1) * 1000) / (end - this.times[0]))
    const milliseconds = Math.round(this.costs.reduce((all, each) => all + each, 0) / this.costs.length)
    Object.assign(this.frame.dataset, { fps: count, milliseconds })
    const words = this.text.running.replace('{count}', count)
    this.status.textContent = words.replace('{milliseconds}', milliseconds)
  }

  leave() {
    this.webcam.leave()
    this.frame.remove()
  }
}

export default mounted(Camera)
