import { createServer } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadingText } from '../../language/loading.ts'
import { type LoadingServer, openLoadingServer } from '../../server/loadingServer.ts'

let server: LoadingServer
let progress: Parameters<typeof loadingText>[1] = null
beforeEach(async () => {
  progress = { type: 'part', part: 3, parts: 4, secondsLeft: 40 }
  server = await openLoadingServer({ port: 0, host: '127.0.0.1' }, language => loadingText(language, progress))
})
afterEach(() => server.close())

const get = (path: string, language = 'en') =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { headers: { 'accept-language': language } })
const words = 'Loading the model, part 3 of 4, about 40 s.'

test('the page says how far it is and comes again by itself', async () => {
  for (const path of ['/', '/r/a-room', '/f/a-room/frame/key?background=transparent']) {
    const answer = await get(path)
    const html = await answer.text()
    expect(answer.status).toBe(503)
    expect(html).toContain(words)
    expect(html).toContain('http-equiv="refresh" content="2"')
  }
  progress = { type: 'warmUp' }
  expect(await (await get('/')).text()).toContain('Trying the model on this device.')
})

test.each([
  ['de-AT,de;q=0.9,en;q=0.8', 'de', 'Das Modell wird geladen, Teil 3 von 4, noch etwa 40 s.'],
  ['fi, ja;q=0.5, fr;q=0.7', 'fr', 'Chargement du modèle, partie 3 sur 4, encore 40 s environ.'],
  ['*', 'en', words],
])('the page says it in the language of the browser: %s', async (accepted, language, text) => {
  const html = await (await get('/', accepted)).text()
  expect(html).toContain(`<html lang="${language}">`)
  expect(html).toContain(text)
})

test('it lives, and is not ready', async () => {
  expect((await get('/livez')).status).toBe(200)
  for (const path of ['/readyz', '/healthz?verbose']) {
    const answer = await get(path)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('2')
    expect(await answer.json()).toEqual({ ok: false, checks: { engine: words } })
  }
})

test('everything else is answered with an error that says so', async () => {
  const answer = await get('/api/pictures')
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({ code: 'engine/loading', message: words })
})

test('closing gives the port free at once, and a taken port is refused with its cure', async () => {
  const { port } = server
  await expect(openLoadingServer({ port, host: '127.0.0.1' }, () => '')).rejects.toThrow(
    `Port ${port} is taken: stop the program that uses it, or choose another`,
  )
  await get('/')
  await server.close()
  const next = createServer()
  await new Promise<void>(resolve => next.listen(port, '127.0.0.1', resolve))
  await new Promise(resolve => next.close(resolve))
})
