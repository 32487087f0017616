// The web page that a trained network is taken home in: a photo or the camera, and a bar for every class.

/** @import { Spec, Words } from '../types' */
/** @import { WebcamState } from '../../ui/stage/types' */

import { element, fill } from '../../ui/stage/shared.js'
import { penOf } from '../../ui/stage/pens.js'
import { Webcam } from '../../ui/stage/webcam.js'
import { Bars } from './bars.js'
import { Network, NetworkError, fetched } from '../network.js'
import { Speed } from '../speed.js'
import { modelInput } from '../resize.js'
import { centreSquare } from '../square.js'

/** A larger photo is drawn smaller before its pixels are read: 50 megapixels are 200 MB. */
const LONGEST = 2048
const LANGUAGE = 'transfer-learning-lab-language'

/** @param {string} id @returns {any} */
const part = (id) => document.getElementById(id)

class Page {
  paused = false
  /** How many pictures were begun: an answer to an earlier one comes too late. */
  begun = 0
  /** @type {WebcamState | ''} */
  said = ''
  speed = new Speed()
  /** @type {Record<string, string>} */
  text = {}

  /** @param {Spec} spec @param {Record<string, Words>} words @param {Network} network */
  constructor(spec, words, network) {
    this.network = network
    this.words = words
    this.bars = new Bars(part('bars'), part('guess'), part('spoken'))
    const wanted = { width: { ideal: 640 }, height: { ideal: 480 } }
    this.webcam = new Webcam(part('camera'), wanted, (state) => this.turn(state))
    this.pen = penOf(part('photo'), { willReadFrequently: true })
    this.seen = penOf(part('seen'))
    part('seen').width = part('seen').height = network.size
    this.listen(spec)
    this.speak(preferred(Object.keys(words)))
    part('examples').firstElementChild?.click() // so that there is an answer to look at
  }

  /** @param {Spec} spec */
  listen(spec) {
    const languages = Object.entries(this.words).map(([code, { name }]) => element('option', { value: code }, name))
    part('language').append(...languages)
    part('language').onchange = () => this.speak(part('language').value)
    part('file').onchange = () => this.choose(part('file').files[0])
    part('pause').onclick = () => this.pause()
    for (const { file } of spec.photos) {
      const example = element('button', { type: 'button' }, element('img', { src: file, alt: '' }))
      example.onclick = async () => this.choose(await (await fetch(file)).blob(), file)
      part('examples').append(example)
    }
    document.onpaste = (event) => this.choose(event.clipboardData?.files[0])
    document.ondragover = (event) => {
      event.preventDefault()
      document.body.classList.add('dropping')
    }
    document.ondragleave = document.ondragend = () => document.body.classList.remove('dropping')
    document.ondrop = (event) => {
      event.preventDefault()
      document.body.classList.remove('dropping')
      this.choose(event.dataTransfer?.files[0])
    }
  }

  /** @param {string} language */
  speak(language) {
    this.text = this.words[language].text
    document.documentElement.lang = part('language').value = language
    keep(language)
    for (const each of document.querySelectorAll('[data-text]')) {
      each.textContent = this.text[/** @type {HTMLElement} */ (each).dataset.text ?? '']
    }
    document.title = this.text.heading
    part('photo').setAttribute('aria-label', this.text.photo)
    const seen = fill(this.text.seen, { size: this.network.size })
    part('seen').setAttribute('aria-label', seen)
    part('seen').nextElementSibling.textContent = seen
    for (const [index, example] of [...part('examples').children].entries()) {
      example.setAttribute('aria-label', fill(this.text.example, { number: index + 1 }))
    }
    this.bars.speak(this.words[language])
    this.say(this.webcam.state)
  }

  /** @param {string} trouble */
  fail(trouble) {
    part('trouble').textContent = trouble
  }

  /** @param {WebcamState} state */
  say(state) {
    const on = this.webcam.stream
    part('camera').textContent = on ? this.text.stop : this.text.start
    part('pause').hidden = !on
    part('pause').textContent = this.paused ? this.text.resume : this.text.pause
    part('status').textContent = state === 'running' || (state === 'off' && !this.said) ? '' : this.text[state]
    this.said = state
  }

  /** @param {WebcamState} state */
  turn(state) {
    this.paused = false
    this.fail('')
    this.say(state)
    if (state === 'running') this.next()
    else part('speed').textContent = ''
  }

  pause() {
    this.paused = !this.paused
    this.say(this.webcam.state)
    part('speed').textContent = ''
    if (!this.paused) this.next()
  }

  /** Wait for the next picture of the camera that is on now. */
  next() {
    const { stream, video } = this.webcam
    const draw = () => stream && stream === this.webcam.stream && !this.paused && this.frame()
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(draw)
    else requestAnimationFrame(draw)
  }

  async frame() {
    const start = performance.now()
    const { videoWidth, videoHeight } = this.webcam.video
    const [left, top, side] = centreSquare(videoWidth, videoHeight)
    try {
      await this.judge(this.webcam.video, [left, top, side, side], [side, side], true)
    } catch {
      this.fail(this.text.unable)
      return
    }
    const { count, milliseconds } = this.speed.after(start)
    if (count) part('speed').textContent = fill(this.text.speed, { count, milliseconds })
    this.next()
  }

  /** @param {Blob | undefined} file */
  async choose(file, name = file instanceof File ? file.name : '') {
    if (!file) return
    part('file').value = ''
    if (this.webcam.stream) this.webcam.stop('off')
    let photo
    try {
      // As in the lab: upright, and without the file's colour profile.
      photo = await createImageBitmap(file, { colorSpaceConversion: 'none' })
    } catch {
      this.fail(fill(this.text.unreadable, { name }))
      return
    }
    try {
      const scale = Math.min(LONGEST / Math.max(photo.width, photo.height), 1)
      const size = [photo.width, photo.height].map((side) => Math.max(Math.round(side * scale), 1))
      this.fail('')
      await this.judge(photo, [0, 0, photo.width, photo.height], size, false)
    } catch {
      this.fail(this.text.unable)
    } finally {
      photo.close()
    }
  }

  /**
   * Draw a picture, and what the network says of it.
   * @param {CanvasImageSource} source @param {number[]} from Left, top, width and height of what is taken.
   * @param {number[]} to Width and height to draw it in.
   * @param {boolean} live
   */
  async judge(source, from, [width, height], live) {
    this.begun += 1
    const { begun, network } = this
    if (this.pen.canvas.width !== width || this.pen.canvas.height !== height) {
      Object.assign(this.pen.canvas, { width, height })
    }
    this.pen.fillStyle = 'white' // as in the lab, behind what is transparent
    this.pen.fillRect(0, 0, width, height)
    const [left, top, wide, high] = from
    this.pen.drawImage(source, left, top, wide, high, 0, 0, width, height)
    const rgb = modelInput(this.pen.getImageData(0, 0, width, height), network.size)
    const shares = await network.classify(rgb)
    if (begun !== this.begun) return
    this.seen.putImageData(opaque(rgb, network.size), 0, 0)
    this.bars.show([...shares], live)
  }
}

/** @param {Uint8Array} rgb @param {number} size */
function opaque(rgb, size) {
  const picture = new ImageData(size, size)
  for (let pixel = 0; pixel < size * size; pixel += 1) {
    picture.data.set(rgb.subarray(pixel * 3, pixel * 3 + 3), pixel * 4)
    picture.data[pixel * 4 + 3] = 255
  }
  return picture
}

/** @param {string[]} known */
function preferred(known) {
  const wanted = [kept(), ...navigator.languages.map((each) => each.split('-')[0].toLowerCase())]
  return wanted.find((each) => known.includes(each)) ?? known[0]
}

function kept() {
  try {
    return localStorage.getItem(LANGUAGE) ?? ''
  } catch { // a browser that keeps nothing
    return ''
  }
}

/** @param {string} language */
function keep(language) {
  try {
    localStorage.setItem(LANGUAGE, language)
  } catch { // it asks again next time
  }
}

/** @param {string} file @returns {Promise<any>} */
async function read(file) {
  return JSON.parse(new TextDecoder().decode(await fetched(file)))
}

async function begin() {
  const words = await read('words.json')
  const { text } = words[preferred(Object.keys(words))]
  part('trouble').textContent = text.loading
  try {
    const [spec, file] = await Promise.all([read('network.json'), fetched('network.tflite')])
    const network = await Network.open(file, (name) => `litert/${name}`)
    part('trouble').textContent = ''
    document.querySelector('main')?.removeAttribute('hidden')
    new Page(spec, words, network)
    // Where it may not, over plain http or from a private window, the page works as long as it is open.
    navigator.serviceWorker?.register('sw.js').catch(() => undefined)
  } catch (error) {
    part('trouble').textContent = text[error instanceof NetworkError ? error.kind : 'unable']
  }
}

begin()
