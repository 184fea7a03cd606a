import { createServer } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LoadingServer, openLoadingServer } from '../../server/loadingServer.ts'

let server: LoadingServer
let state = ''
beforeEach(async () => {
  state = 'loading the model, part 3 of 4, about 40 s'
  server = await openLoadingServer({ port: 0, host: '127.0.0.1' }, () => state)
})
afterEach(() => server.close())

const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`)
const words = 'Loading the model, part 3 of 4, about 40 s.'

test('the page says how far it is and comes again by itself', async () => {
  for (const path of ['/', '/r/a-room']) {
    const answer = await get(path)
    const html = await answer.text()
    expect(answer.status).toBe(503)
    expect(html).toContain(words)
    expect(html).toContain('http-equiv="refresh" content="2"')
  }
  state = 'trying the model on this device'
  expect(await (await get('/')).text()).toContain('Trying the model on this device.')
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
