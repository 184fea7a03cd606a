import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { check } from '../support/discord/check.ts'
import { type Discord, type Interaction, openDiscord } from '../support/discord/index.ts'

/** The loopback Discord is trusted by every other test here, so its own strictness is shown first, without discord.js. */
let discord: Discord
beforeEach(async () => {
  discord = await openDiscord({ webhookEdits: { requests: 2, windowMs: 60_000 } })
})
afterEach(() => discord.close())

async function call(method: string, path: string, body?: unknown, authorization?: string) {
  const headers = { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) }
  const response = await fetch(`${discord.api}/v10${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined }
}
/** An interaction that nobody hears of but us. */
function arrives(): Interaction {
  discord.world.commands = [{ id: discord.world.id(), name: 'imagine', options: [] }]
  void discord
    .user('ada')
    .slash('imagine')
    .catch(() => undefined)
  return [...discord.world.interactions.values()].at(-1)!
}
const callback = ({ id, token }: Interaction) => `/interactions/${id}/${token}/callback`
const original = ({ token }: Interaction) => `/webhooks/${discord.world.application.id}/${token}/messages/%40original`
const edit = { content: 'hello', allowed_mentions: { parse: [] } }

test('ids have 17 to 19 digits and grow', () => {
  const [first, second] = [discord.world.id(), discord.world.id()]
  expect(first).toMatch(/^\d{17,19}$/)
  expect(BigInt(second)).toBeGreaterThan(BigInt(first))
})

test('an acknowledgement after 3 s is refused, and so is a second one', async () => {
  const late = arrives()
  discord.clock.advance(3_001)
  expect((await call('POST', callback(late), { type: 5 })).body).toMatchObject({ code: 10062 })
  const prompt = arrives()
  expect((await call('POST', callback(prompt), { type: 5 })).status).toBe(204)
  expect((await call('POST', callback(prompt), { type: 5 })).body).toMatchObject({ code: 40060 })
})

test('answers an acknowledgement with its message when asked to', async () => {
  const asked = arrives()
  const { status, body } = await call('POST', `${callback(asked)}?with_response=true`, { type: 5 })
  expect(status).toBe(200)
  expect(body).toMatchObject({ interaction: { id: asked.id }, resource: { type: 5, message: { flags: 128 } } })
})

test('a webhook works only after the acknowledgement, and for 15 minutes', async () => {
  const asked = arrives()
  expect((await call('PATCH', original(asked), edit)).body).toMatchObject({ code: 10015 })
  await call('POST', callback(asked), { type: 5 })
  expect((await call('PATCH', original(asked), edit)).status).toBe(200)
  discord.clock.advance(15 * 60_000)
  const expired = await call('PATCH', original(asked), edit)
  expect([expired.status, expired.body.code]).toEqual([401, 50027])
})

test('counts edits for each token, says so in headers, and answers 429 beyond', async () => {
  const asked = arrives()
  await call('POST', callback(asked), { type: 5 })
  const first = await call('PATCH', original(asked), edit)
  expect(first.headers.get('x-ratelimit-limit')).toBe('2')
  expect(first.headers.get('x-ratelimit-remaining')).toBe('1')
  await call('PATCH', original(asked), edit)
  const third = await call('PATCH', original(asked), edit)
  expect(third.status).toBe(429)
  expect(third.body).toMatchObject({ global: false })
  expect(third.body.retry_after).toBeGreaterThan(50)
  expect(Number(third.headers.get('retry-after'))).toBeCloseTo(third.body.retry_after, 0)
  const other = arrives()
  await call('POST', callback(other), { type: 5 })
  expect((await call('PATCH', original(other), edit)).status).toBe(200)
})

test('limits a bot to 50 requests a second over all', async () => {
  // All within one second.
  discord.clock.stop()
  const authorization = `Bot ${discord.token}`
  const answers = await Promise.all(
    Array.from({ length: 60 }, () => call('GET', '/users/@me', undefined, authorization)),
  )
  const limited = answers.filter(({ status }) => status === 429)
  expect(limited.length).toBeGreaterThan(0)
  expect(limited[0]!.headers.get('x-ratelimit-global')).toBe('true')
})

test('refuses a wrong token over HTTP and at the gateway', async () => {
  expect((await call('GET', '/gateway/bot', undefined, 'Bot wrong')).status).toBe(401)
  const socket = new WebSocket(discord.api.replace('http', 'ws'))
  await once(socket, 'message')
  socket.send(JSON.stringify({ op: 2, d: { token: 'wrong', intents: 1 } }))
  const [code] = await once(socket, 'close')
  expect(code).toBe(4004)
})

test('a message edited without naming its files keeps them, and one that names none loses them', async () => {
  const asked = arrives()
  await call('POST', callback(asked), { type: 5 })
  const form = new FormData()
  form.append('payload_json', JSON.stringify({ ...edit, attachments: [{ id: '0', description: 'a dot' }] }))
  form.append('files[0]', new Blob(['hello'], { type: 'text/plain' }), 'a.txt')
  await fetch(`${discord.api}/v10${original(asked)}`, { method: 'PATCH', body: form })
  expect(asked.original!.attachments).toMatchObject([{ filename: 'a.txt', description: 'a dot' }])
  await call('PATCH', original(asked), edit)
  expect(asked.original!.attachments).toHaveLength(1)
})

test.each([
  ['an unknown field', 'webhook.edit', { ...edit, ephemeral: true }, 'does not know: ephemeral'],
  ['too many characters', 'webhook.edit', { ...edit, content: 'x'.repeat(2001) }, '2000'],
  ['content that may ping', 'webhook.edit', { content: '@everyone' }, 'allowed_mentions'],
  ['the same id twice', 'webhook.edit', { components: [row('a', 'a')] }, 'custom_id twice'],
  ['six buttons in a row', 'webhook.edit', { components: [row('a', 'b', 'c', 'd', 'e', 'f')] }, 'button'],
  ['an id of 101 characters', 'webhook.edit', { components: [row('x'.repeat(101))] }, 'custom_id'],
  ['an attachment without its file', 'webhook.edit', { attachments: [{ id: '0' }] }, 'has no files[0]'],
  ['a defer with other flags', 'interaction.callback', { type: 5, data: { flags: 4 } }, 'EPHEMERAL'],
  ['a name in capitals', 'commands.put', [{ name: 'Imagine', description: 'x', type: 1 }], 'command name'],
  [
    '26 options',
    'commands.put',
    [{ name: 'x', description: 'x', options: Array.from({ length: 26 }, option) }],
    'options',
  ],
] as const)('notices %s', (_what, route, body, words) => {
  const found = check(route, { method: 'PATCH', path: '', body, files: [], hasAuthorization: false })
  expect(found.join('\n')).toContain(words)
})

test.each([
  ['content beside it', { content: 'x' }, 'content beside the flag'],
  ['41 components', { components: Array.from({ length: 41 }, () => text('x')) }, 'at most 40'],
  ['too much text', { components: [text('x'.repeat(2_001)), text('x'.repeat(2_000))] }, 'at most 4000'],
  ['a picture that is not sent', { components: [gallery('attachment://a.png')] }, 'attachment://a.png is not sent'],
  ['a gallery of nothing', { components: [gallery()] }, 'a gallery has 0 items'],
  ['a container in a container', { components: [container(container(text('x')))] }, 'component 17 inside a container'],
  ['a section without accessory', { components: [{ type: 9, components: [text('x')] }] }, 'no accessory'],
  ['six buttons in a row of a container', { components: [container(row('a', 'b', 'c', 'd', 'e', 'f'))] }, 'buttons'],
] as const)('of Components V2 it notices %s', (_what, message, words) => {
  const body = { flags: 1 << 15, allowed_mentions: { parse: [] }, ...message }
  const found = check('webhook.edit', { method: 'PATCH', path: '', body, files: [], hasAuthorization: false })
  expect(found.join('\n')).toContain(words)
})

test('of Components V2 it lets good messages pass, with their pictures, and none without the flag', () => {
  const components = [container(text('A pier'), gallery('attachment://a.png', 'attachment://b.png'), row('a', 'b'))]
  const files = ['a.png', 'b.png'].map((filename, index) => ({
    field: `files[${index}]`,
    filename,
    bytes: new Uint8Array(),
  }))
  const attachments = files.map(({ filename }, index) => ({ id: String(index), filename }))
  const body = { flags: 1 << 15, components, attachments, allowed_mentions: { parse: [] } }
  const arrived = { method: 'PATCH', path: '', body, files, hasAuthorization: false }
  expect(check('webhook.edit', arrived)).toEqual([])
  const { flags: _, ...plain } = body
  expect(check('webhook.edit', { ...arrived, body: plain }).join()).toContain('IS_COMPONENTS_V2')
  const hidden = { ...body, components: [text('A pier')] }
  expect(check('webhook.edit', { ...arrived, body: hidden }).join()).toContain(
    'attachment://a.png is shown by no component',
  )
})

test('the first follow-up fills the message that is still to come, whatever its flags say', async () => {
  const asked = arrives()
  await call('POST', callback(asked), { type: 5 })
  const followUp = `/webhooks/${discord.world.application.id}/${asked.token}`
  await call('POST', followUp, { ...edit, flags: 64 })
  expect(asked.original).toMatchObject({ content: 'hello', flags: 0 })
  expect(asked.followUps).toEqual([])
  await call('POST', followUp, { ...edit, flags: 64 })
  expect(asked.followUps).toMatchObject([{ content: 'hello', flags: 64 }])
})

test('a thread that was archived takes no edits', async () => {
  discord.world.commands = [{ id: discord.world.id(), name: 'imagine', options: [] }]
  const thread = discord.thread('sketches')
  void discord
    .user('ada')
    .slash('imagine', {}, thread)
    .catch(() => undefined)
  const asked = [...discord.world.interactions.values()].at(-1)!
  await call('POST', callback(asked), { type: 5 })
  expect((await call('PATCH', original(asked), edit)).status).toBe(200)
  thread.isArchived = true
  expect((await call('PATCH', original(asked), edit)).body).toMatchObject({ code: 50083 })
})

test('loses answers by chance, before or after their effect', async () => {
  let draws = 0
  // Lost, by 502, after its effect; then not lost.
  discord.lose(0.5, () => [0.1, 0.1, 0.1, 0.9][draws++ % 4]!)
  const asked = arrives()
  expect((await call('POST', callback(asked), { type: 5 })).status).toBe(502)
  expect(asked.acknowledged).not.toBeNull()
  expect((await call('POST', callback(asked), { type: 5 })).body).toMatchObject({ code: 40060 })
  expect(discord.lost()).toBe(1)
})

test('notices an Authorization header where none belongs, and lets good requests pass', () => {
  const arrived = { method: 'PATCH', path: '', body: edit, files: [], hasAuthorization: false }
  expect(check('webhook.edit', arrived)).toEqual([])
  expect(check('webhook.edit', { ...arrived, hasAuthorization: true })).toHaveLength(1)
})

function row(...ids: string[]) {
  return { type: 1, components: ids.map(custom_id => ({ type: 2, style: 2, label: 'x', custom_id })) }
}
function text(content: string) {
  return { type: 10, content }
}
function gallery(...urls: string[]) {
  return { type: 12, items: urls.map(url => ({ media: { url } })) }
}
function container(...components: object[]) {
  return { type: 17, components }
}
function option(_: unknown, index: number) {
  return { name: `o${index}`, description: 'x', type: 3 }
}
