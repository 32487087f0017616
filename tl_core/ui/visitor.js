// Keeps who this browser is: a secret in its local storage, and beside it cookies that come along with the next
// connection, so that the lab knows at once who is there.

/** @import { Call, VisitorData, VisitorState } from './stage/types' */

import { mounted } from './stage/shared.js'

const SECRET = 'tl_visitor'
const PROOF = 'tl_teacher'
/** As long as a browser keeps a cookie at most: 400 days. */
const SECONDS = 34_560_000

class Visitor {
  told = ''

  /** @param {Call<VisitorData, VisitorState>} call */
  receive({ data, setTriggerValue }) {
    const kept = chosen(data, (name) => read(name))
    write(SECRET, kept.secret)
    write(PROOF, kept.proof)
    // The entry of the browser's history is replaced: Back finds no key either.
    if (data.leave) history.replaceState(history.state, '', without(location.href, data.leave))
    const told = JSON.stringify([data, kept])
    if (told !== this.told) setTriggerValue('kept', kept)
    this.told = told
  }

  leave() {}
}

/**
 * Who this browser is: whom it kept before, unless the lab knows better by the cookie that came along.
 * @param {VisitorData} data @param {(name: string) => string} stored
 */
export function chosen({ secret, proof, fresh }, stored) {
  const before = stored(SECRET)
  if (fresh && /^[0-9a-f]{32}$/.test(before) && before !== secret) return { secret: before, proof: stored(PROOF) }
  return { secret, proof }
}

/** @param {string} href @param {string} name */
export function without(href, name) {
  const url = new URL(href)
  url.searchParams.delete(name)
  return url.href
}

/** @param {string} name */
function read(name) {
  try {
    return localStorage.getItem(name) ?? ''
  } catch { // forbidden: then the session's own memory has to do
    return ''
  }
}

/** @param {string} name @param {string} value */
function write(name, value) {
  const secure = location.protocol === 'https:' ? '; Secure' : ''
  try {
    if (value) localStorage.setItem(name, value)
    else localStorage.removeItem(name)
    document.cookie = `${name}=${value}; Path=/; Max-Age=${value ? SECONDS : 0}; SameSite=Lax${secure}`
  } catch { // forbidden
  }
}

export default mounted(Visitor)
