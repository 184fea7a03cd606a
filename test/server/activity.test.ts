import { afterEach, expect, test } from 'vitest'
import { startServer } from '../../server/start.ts'
import { type Discord, openDiscord } from '../support/discord/index.ts'
import { clientSecret } from '../support/discord/oauth.ts'
import { collectLog } from '../support/log.ts'
import { pagesFolder } from '../support/pages.ts'
import { buildStudio } from '../support/studio.ts'

/** Pages inside Discord: who may frame us, who is let into the room of an instance, and as whom. */

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
async function open({ isOn = true }: { isOn?: boolean } = {}) {
  const discord = await openDiscord()
  const world = await buildStudio()
  const { id: clientId } = discord.world.application
  const application = { clientId, clientSecret, api: discord.api, token: discord.token }
  const server = await startServer({
    ...{ studio: world.studio, port: 0, host: '127.0.0.1', pagesFolder, log: collectLog().log },
    signIn: { ...application, authorizeUrl: `${discord.api}/oauth2/authorize` },
    activity: isOn ? application : null,
  })
  closers.push(discord.close, world.close, server.close)
  const url = `http://127.0.0.1:${server.port}`
  const enter = (body: object, origin = `https://${clientId}.discordsays.com`) =>
    fetch(`${url}/auth/activity`, {
      ...{ method: 'POST', body: JSON.stringify(body) },
      headers: { 'content-type': 'application/json', origin },
    })
  return { ...world, discord, url, clientId, enter }
}
function startInstance(discord: Discord, ...names: string[]): string {
  const users = new Set(names.map(name => discord.user(name).user.id))
  discord.world.instances.set('i-1-gc-2', { channel: discord.general, users })
  return 'i-1-gc-2'
}

test('whoever Discord says is in an instance enters its room as who they are, with a cookie for the frame', async () => {
  const { discord, studio, url, clientId, enter } = await open()
  const instance = startInstance(discord, 'ada', 'bob')
  expect(await (await fetch(`${url}/auth/activity`)).json()).toEqual({ clientId })
  const answers = await Promise.all(
    ['ada', 'bob'].map(name => enter({ code: discord.grant(discord.user(name)), instance })),
  )
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  const rooms = (await Promise.all(answers.map(answer => answer.json()))) as { secret: string; accessToken: string }[]
  expect(rooms[0]!.secret).toBe(rooms[1]!.secret)
  const cookie = answers[1]!.headers.get('set-cookie')!
  expect(cookie).toMatch(/^fourstroke_account=[\w-]+; .*SameSite=None; Secure; Partitioned$/)
  const me = await fetch(`${url}/api/me`, { headers: { cookie: cookie.split(';')[0]! } })
  expect(await me.json()).toMatchObject({ account: 'discord', person: { name: 'Bob' } })
  const bob = await studio.people.findDiscord(discord.user('bob').user.id)
  expect(await studio.guilds.ofPerson(bob!.id)).toMatchObject([{ id: discord.guild.id }])
  // The token is for Discord's client, and good there.
  const known = await fetch(`${discord.api}/users/@me`, {
    headers: { authorization: `Bearer ${rooms[0]!.accessToken}` },
  })
  expect(await known.json()).toMatchObject({ username: 'ada' })
})

test.each([
  ['an instance that there is none of', 'i-404'],
  ['an address instead of an instance', '../../users/@me'],
])('%s is refused', async (_, instance) => {
  const { discord, enter } = await open()
  startInstance(discord, 'ada')
  const answer = await enter({ code: discord.grant(discord.user('ada')), instance })
  expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'activity/not-in' }])
  expect(answer.headers.get('set-cookie')).toBeNull()
})

test('whoever is not in the instance, or brings a code that is none, is refused', async () => {
  const { discord, studio, enter } = await open()
  const instance = startInstance(discord, 'ada')
  const stranger = await enter({ code: discord.grant(discord.user('eve')), instance })
  expect(await stranger.json()).toMatchObject({ code: 'activity/not-in' })
  expect(await studio.people.findDiscord(discord.user('eve').user.id)).toBeNull()
  expect(await (await enter({ code: 'guessed', instance })).json()).toMatchObject({ code: 'sign-in/failed' })
  const code = discord.grant(discord.user('ada'))
  expect((await enter({ code, instance })).status).toBe(200)
  expect(await (await enter({ code, instance })).json()).toMatchObject({ code: 'sign-in/failed' })
  expect(await (await enter({ instance })).json()).toMatchObject({ code: 'message/invalid' })
})

test('Discord alone may frame us, and only where rooms open there; other origins stay foreign', async () => {
  const on = await open()
  const { headers } = await fetch(`${on.url}/healthz`)
  expect(headers.get('content-security-policy')).toContain(
    `frame-ancestors https://discord.com https://*.discord.com https://${on.clientId}.discordsays.com`,
  )
  expect(headers.get('x-frame-options')).toBeNull()
  expect((await on.enter({}, 'https://123.discordsays.com')).status).toBe(403)
  const off = await open({ isOn: false })
  const closed = await fetch(`${off.url}/healthz`)
  expect(closed.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(closed.headers.get('x-frame-options')).toBe('SAMEORIGIN')
  expect((await off.enter({ code: 'x', instance: 'i' })).status).toBe(403)
  expect(await (await fetch(`${off.url}/auth/activity`)).json()).toMatchObject({ code: 'sign-in/off' })
})
