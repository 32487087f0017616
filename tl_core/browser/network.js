// Runs a trained network: from the pixels of one photo to the probability of every class.
// LiteRT frees nothing by itself, so what is made for a photo is deleted with it.

/** @import { CompiledModel, LiteRt, Locate } from './types' */

/** What LiteRT printed last. */
let printed = ''

/** @typedef {'missing' | 'unable' | 'refused'} Trouble A file did not come, the browser or LiteRT cannot. */

export class NetworkError extends Error {
  /** @param {Trouble} kind @param {string} detail */
  constructor(kind, detail) {
    super(detail)
    this.kind = kind
  }
}

export class Network {
  /** @param {LiteRt} litert @param {CompiledModel} model */
  constructor(litert, model) {
    this.litert = litert
    this.model = model
    this.shape = model.getInputDetails()[0].shape
    /** The side of the square that it sees, in pixels. */
    this.size = this.shape[1]
    this.classes = model.getOutputDetails()[0].shape[1]
    this.pixels = new Float32Array(this.size * this.size * 3)
  }

  /**
   * Return the network in a `.tflite` file that takes one photo, RGB 0..255, and gives probabilities.
   * @param {Uint8Array} file @param {Locate} locate
   */
  static async open(file, locate) {
    const litert = await started(locate)
    try {
      return new Network(litert, await litert.loadAndCompile(file, { accelerator: 'wasm' }))
    } catch (error) {
      throw new NetworkError('refused', `${error}: ${printed}`)
    }
  }

  /**
   * Return the probability of every class.
   * @param {Uint8Array} rgb `size` x `size` pixels, see `modelInput`.
   */
  async classify(rgb) {
    this.pixels.set(rgb)
    const input = new this.litert.Tensor(this.pixels, this.shape)
    try {
      const [output] = await this.model.run([input])
      const shares = output.toTypedArray() // a copy
      output.delete()
      return shares
    } finally {
      input.delete()
    }
  }

  close() {
    this.model.delete()
  }
}

/**
 * Return what is at an address, unpacked if it is packed with gzip.
 * Some servers unpack by themselves what ends in .gz, so its first bytes say whether it still is.
 * @param {string} url @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function fetched(url) {
  const response = await fetch(url).catch((error) => missing(url, String(error)))
  if (!response.ok) missing(url, String(response.status))
  const bytes = new Uint8Array(await response.arrayBuffer().catch((error) => missing(url, String(error))))
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Uint8Array(await new Response(unpacked).arrayBuffer().catch((error) => missing(url, String(error))))
}

/** @param {string} url @param {string} why @returns {never} */
function missing(url, why) {
  throw new NetworkError('missing', `${url}: ${why}`)
}

/** @param {Locate} locate */
function started(locate) {
  window.labLiteRt ??= start(locate).catch((error) => {
    window.labLiteRt = undefined // what did not come may come at the next attempt
    throw error instanceof NetworkError ? error : new NetworkError('unable', String(error))
  })
  return window.labLiteRt
}

/** @param {Locate} locate @returns {Promise<LiteRt>} */
async function start(locate) {
  if (typeof WebAssembly === 'undefined' || typeof DecompressionStream === 'undefined') {
    throw new NetworkError('unable', 'WebAssembly and DecompressionStream are needed')
  }
  const library = await script(locate('litert.js.gz'))
  // eslint-disable-next-line no-restricted-syntax -- it comes from an address that is known only now
  const litert = /** @type {LiteRt} */ (await import(library))
  URL.revokeObjectURL(library)
  const name = (await litert.supportsFeature('relaxedSimd')) ? 'litert_wasm_internal' : 'litert_wasm_compat_internal'
  const [loader, wasmBinary] = await Promise.all([script(locate(`${name}.js.gz`)), fetched(locate(`${name}.wasm.gz`))])
  // Printed for its makers, on a page that is not theirs. What goes wrong it throws, too.
  const print = (/** @type {string} */ line) => {
    printed = line
  }
  window.Module = { wasmBinary, print, printErr: print }
  await litert.loadLiteRt(`${loader}#.js`) // it takes what does not end so for a folder
  URL.revokeObjectURL(loader)
  return litert
}

/** @param {string} url @returns {Promise<string>} An address of its own for the script at an address. */
async function script(url) {
  return URL.createObjectURL(new Blob([await fetched(url)], { type: 'text/javascript' }))
}
