import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attachmentFetcher } from '../../bot/interactions/attachments.ts'
import { limits } from '../../protocol/limits.ts'

let server: Server
let origin = ''
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/small' }).end()
    else if (request.url === '/missing') response.writeHead(404).end()
    else response.end(request.url === '/small' ? 'small' : Buffer.alloc(limits.maxUploadBytes + 1))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
})

test.each([
  'http://169.254.169.254/latest/meta-data',
  'http://cdn.discordapp.com/attachments/1/a.png',
  'https://cdn.discordapp.com.evil.example/a.png',
  'https://discord.com/api/a.png',
  'file:///etc/passwd',
])('never fetches %s', async url => {
  await expect(attachmentFetcher('https://discord.com/api')({ url, size: 1 })).rejects.toThrow(
    'Expected an attachment at',
  )
})

test('fetches from the host of another api, and from no other port of it', async () => {
  const fetchAttachment = attachmentFetcher(`${origin}/api`)
  expect(Buffer.from(await fetchAttachment({ url: `${origin}/small`, size: 5 })).toString()).toBe('small')
  await expect(fetchAttachment({ url: 'http://127.0.0.1:1/small', size: 5 })).rejects.toThrow(
    'Expected an attachment at',
  )
})

test('does not believe the announced size, follows no redirect, and says when the file is gone', async () => {
  const fetchAttachment = attachmentFetcher(origin)
  await expect(fetchAttachment({ url: `${origin}/large`, size: 5 })).rejects.toMatchObject({ code: 'image/large' })
  await expect(fetchAttachment({ url: `${origin}/small`, size: limits.maxUploadBytes + 1 })).rejects.toMatchObject({
    code: 'image/large',
  })
  await expect(fetchAttachment({ url: `${origin}/moved`, size: 5 })).rejects.toThrow()
  await expect(fetchAttachment({ url: `${origin}/missing`, size: 5 })).rejects.toMatchObject({ code: 'image/broken' })
})
