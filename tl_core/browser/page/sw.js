// Keeps the page for when there is no network. What comes is always the newer one: another network may be
// served from the same address the next day.

const worker = /** @type {any} */ (self)

/** @typedef {{ request: Request, waitUntil: (what: Promise<unknown>) => void, respondWith: (what: Promise<Response>) => void }} Call */

worker.oninstall = (/** @type {Call} */ call) => call.waitUntil(keepAll())
worker.onactivate = (/** @type {Call} */ call) => call.waitUntil(worker.clients.claim())
worker.onfetch = (/** @type {Call} */ call) => {
  const { method, url } = call.request
  if (method === 'GET' && url.startsWith(worker.registration.scope)) call.respondWith(answer(call.request))
}

function kept() {
  return caches.open(`transfer-learning-lab ${worker.registration.scope}`)
}

async function keepAll() {
  const files = await (await fetch('files.json')).json()
  await (await kept()).addAll(files)
  await worker.skipWaiting()
}

/** @param {Request} request */
async function answer(request) {
  const files = await kept()
  try {
    const response = await fetch(request)
    if (response.ok) await files.put(request, response.clone()).catch(() => undefined) // no room
    return response
  } catch (error) {
    const found = await files.match(request)
    if (found) return found
    throw error
  }
}
