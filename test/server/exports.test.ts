import { readdir } from 'node:fs/promises'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import type { Person } from '../../studio/studio.ts'
import { buildServer, type TestServer } from '../support/server.ts'
import { untilEnded } from '../support/studio.ts'

/** What a link of `/me` leads to. */

let server: TestServer
let ada: Person
let at = Date.UTC(2026, 10, 29)
const day = 24 * 60 * 60 * 1000
beforeAll(async () => {
  server = await buildServer({ now: () => new Date(at) })
  ada = await server.studio.people.fromDiscord({ discordId: '7', name: 'Ada' })
  const { job } = await server.studio.pictures.request(ada.id, 'chat', { prompt: 'a red house' })
  await untilEnded(server.studio, job)
})
afterAll(async () => {
  expect(server.faults).toEqual([])
  await server.close()
})
const ask = (secret: string, method = 'GET') => fetch(`${server.url}/exports/${secret}.zip`, { method })

test('a link gives everything as a zip that nobody keeps on the way, to whoever has it', async () => {
  const secret = await server.studio.ownData.newExportLink(ada.id)
  const response = await ask(secret)
  expect(response.status).toBe(200)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/zip',
    'content-disposition': 'attachment; filename="fourstroke.zip"',
    'cache-control': 'private, no-store',
    'content-security-policy': "default-src 'none'; sandbox",
  })
  const files = unzipSync(new Uint8Array(await response.arrayBuffer()))
  expect(JSON.parse(Buffer.from(files['index.json']!).toString())).toMatchObject({ person: { name: 'Ada' } })
  expect(Object.keys(files).filter(name => name.startsWith('pictures/'))).toHaveLength(1)
  // It stays good for its day.
  const again = await ask(secret)
  expect(unzipSync(new Uint8Array(await again.arrayBuffer()))['index.json']).toBeDefined()
})

test('HEAD says whether there is one, and exports nothing', async () => {
  const secret = await server.studio.ownData.newExportLink(ada.id)
  const { openExport } = server.studio.ownData
  let exports = 0
  server.studio.ownData.openExport = given => {
    exports += 1
    return openExport(given)
  }
  const response = await ask(secret, 'HEAD')
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
  expect((await ask('x'.repeat(22), 'HEAD')).status).toBe(404)
  server.studio.ownData.openExport = openExport
  expect(exports).toBe(0)
})

test.each(['x'.repeat(22), '', '..%2f..%2fetc', '%00', 'a'.repeat(5_000)])(
  'the wrong link %s leads to nothing',
  async secret => {
    const response = await ask(secret)
    expect([404, 414]).toContain(response.status)
    expect(await response.text()).not.toContain('Ada')
  },
)

test('an expired link leads to nothing, and says how to get another', async () => {
  const secret = await server.studio.ownData.newExportLink(ada.id)
  at += day + 1
  const response = await ask(secret)
  expect(response.status).toBe(404)
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(await response.json()).toMatchObject({ code: 'export/missing', hint: errors['export/missing'].hint })
  expect((await ask(secret, 'HEAD')).status).toBe(404)
})

test('whoever gives up in the middle leaves no files, and may begin again', async () => {
  const secret = await server.studio.ownData.newExportLink(ada.id)
  const response = await ask(secret)
  await response.body!.cancel()
  const left = async () =>
    (await readdir(server.folder, { recursive: true })).filter(name => /(^|\/)export-/.test(name))
  await expect.poll(left).toEqual([])
  const again = await ask(secret)
  expect(again.status).toBe(200)
  await again.arrayBuffer()
})

test('after everything was deleted, the links of before lead to nothing', async () => {
  const secret = await server.studio.ownData.newExportLink(ada.id)
  await server.studio.ownData.erase(ada.id)
  expect((await ask(secret)).status).toBe(404)
})
