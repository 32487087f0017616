// A control that changes the address changes it in place: Back leads to the page or the section before.

/** @import { Call, StepsState } from '../stage/types' */

const PLACE = 'section'
const KEPT = Symbol.for('lab history')

/**
 * Whether an address is another page or section than the one before, and so a step of its own.
 * @param {string} before @param {string | URL | null | undefined} to
 */
export function isStep(before, to) {
  const [left, entered] = [new URL(before), new URL(to ?? before, before)]
  const places = [left, entered].map((url) => url.searchParams.get(PLACE))
  return left.origin !== entered.origin || left.pathname !== entered.pathname || places[0] !== places[1]
}

/** @param {History & { [KEPT]?: boolean }} steps */
export function keep(steps) {
  if (steps[KEPT]) return
  steps[KEPT] = true
  const push = steps.pushState.bind(steps)
  steps.pushState = (state, unused, url) => {
    if (isStep(location.href, url)) push(state, unused, url)
    else steps.replaceState(state, unused, url)
  }
}

/** @param {Call<null, StepsState>} call */
export default function ({ setTriggerValue }) {
  keep(history)
  setTriggerValue('kept', true) // so that this is not sent again
}
