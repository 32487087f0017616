// The network in this browser: loaded when it is first wanted, and there while the live view is.

/** @import { LiveData } from '../../stage/types' */

import { fetched, Network } from '../../../browser/network.js'
import { assembled, forget } from './pieces.js'

const FOR_OLD = 'compat' // in the names of what runs in browsers without relaxed SIMD, in place of the others

export class Runner {
  /** @type {Network | null} */
  network = null
  digest = ''
  /** @type {AbortController | null} */
  loading = null

  /**
   * Load what is needed, if it is not there. Whoever asks for another network ends this.
   * @param {LiveData} data @param {(share: number) => void} onProgress
   * @returns {Promise<boolean>} Whether this network is there now.
   */
  async open(data, onProgress) {
    if (this.network && this.digest === data.network.digest) return true
    this.close()
    const mine = new AbortController()
    this.loading = mine
    const onBytes = counter(data, onProgress)
    /** @type {string[]} */
    const lent = [] // an address holds a whole file in memory until it is revoked
    try {
      const file = await taken(await assembled(data.network, onBytes, mine.signal))
      // LiteRT is for all networks of this page: it goes on coming, whatever becomes of this one.
      const { signal } = new AbortController()
      const locate = async (/** @type {string} */ name) => {
        const url = await assembled(data.programs[name], onBytes, signal)
        lent.push(url)
        return url
      }
      const network = await Network.open(file, locate)
      if (mine.signal.aborted) network.close()
      else Object.assign(this, { network, digest: data.network.digest })
      return !mine.signal.aborted
    } catch (error) {
      if (mine.signal.aborted) return false
      await Promise.all([data.network, ...Object.values(data.programs)].map(forget))
      throw error
    } finally {
      lent.forEach((url) => URL.revokeObjectURL(url)) // LiteRT has started by now, or has failed to
    }
  }

  close() {
    this.loading?.abort()
    this.network?.close()
    Object.assign(this, { loading: null, network: null, digest: '' })
  }
}

/** @param {string} url What is at this address, which is given up. */
async function taken(url) {
  try {
    return await fetched(url)
  } finally {
    URL.revokeObjectURL(url)
  }
}

/**
 * Return what counts bytes, and tells which share of all is there.
 * @param {LiveData} data @param {(share: number) => void} onProgress
 */
function counter({ programs, network }, onProgress) {
  const needed = Object.keys(programs).filter((name) => !window.labLiteRt && !name.includes(FOR_OLD))
  const all = needed.reduce((sum, name) => sum + programs[name].size, network.size)
  let there = 0
  return (/** @type {number} */ bytes) => {
    there += bytes
    onProgress(Math.min(there / all, 1))
  }
}
