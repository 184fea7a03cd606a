import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Me } from '../../protocol/styles.ts'
import { type Discord, openDiscord } from '../support/discord/index.ts'
import { clientSecret } from '../support/discord/oauth.ts'
import { buildServer, type TestServer } from '../support/server.ts'

let discord: Discord
let test: TestServer
beforeAll(async () => {
  discord = await openDiscord()
  test = await buildServer({
    signIn: {
      ...{ clientId: discord.world.application.id, clientSecret, api: discord.api },
      authorizeUrl: `${discord.api}/oauth2/authorize`,
    },
  })
})
afterAll(async () => {
  await test?.close()
  await discord?.close()
})

/** A browser as far as cookies go. */
function openBrowser() {
  const jar = new Map<string, string>()
  return {
    jar,
    async ask(path: string, init: RequestInit = {}): Promise<Response> {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(new URL(path, test.url), {
        ...init,
        redirect: 'manual',
        headers: { ...init.headers, cookie },
      })
      for (const header of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
        if (/Max-Age=0/.test(header)) jar.delete(name)
        else jar.set(name, value)
      }
      return response
    },
    /** As the page does it: first it makes sure that somebody is known. */
    async me(): Promise<Me> {
      if (jar.size === 0) await this.post('/guest')
      return (await (await this.ask('/api/me')).json()) as Me
    },
    post(path: string, body?: unknown): Promise<Response> {
      const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      return this.ask(path, { method: 'POST', ...(body === undefined ? {} : json) })
    },
    /** To Discord, where somebody says yes (or no), and back. */
    async signIn(as: string, query = ''): Promise<Response> {
      const away = await this.ask(`/auth/discord?${query}`)
      const page = new URL(away.headers.get('location')!)
      page.searchParams.set('as', as)
      const back = await fetch(page, { redirect: 'manual' })
      return this.ask(back.headers.get('location')!)
    },
  }
}
const userId = (name: string) =>
  discord.user(name) && [...discord.world.users.values()].find(one => one.username === name)!.id

it('signs in with Discord as the same person as in chat, and out again as the guest from before', async () => {
  const place = { guildId: discord.guild.id, guildName: discord.guild.name }
  const inChat = await test.studio.people.fromDiscord({ discordId: userId('ada'), name: 'Ada', ...place })
  const browser = openBrowser()
  const guest = await browser.me()
  expect(guest).toMatchObject({ account: 'guest', canSignIn: true, canJoin: false, isOperator: false, guilds: [] })
  const response = await browser.signIn(userId('ada'), 'then=/r/abc')
  expect(response.status).toBe(302)
  expect(response.headers.get('location')).toBe('/r/abc')
  expect(await browser.me()).toMatchObject({
    account: 'discord',
    canJoin: true,
    person: { id: inChat.id, name: 'Ada' },
    guilds: [{ id: discord.guild.id, name: 'Workshop', sharing: true }],
  })
  expect(browser.jar.has('fourstroke_sign_in')).toBe(false)

  expect(await (await browser.post('/auth/out')).json()).toMatchObject({ person: guest.person, account: 'guest' })
  expect((await browser.me()).person).toEqual(guest.person)
})

it('brings the things of the guest along, at once or later', async () => {
  for (const isAtOnce of [true, false]) {
    const browser = openBrowser()
    const guest = await browser.me()
    const { room } = (await (await browser.post('/rooms', { name: 'Mine' })).json()) as { room: { id: string } }
    await browser.signIn(userId('grace'), isAtOnce ? 'join=1' : '')
    if (!isAtOnce) expect(await (await browser.post('/auth/join')).json()).toMatchObject({ canJoin: false })
    const me = await browser.me()
    expect(me).toMatchObject({ account: 'discord', canJoin: false })
    expect(me.person.id).not.toBe(guest.person.id)
    const rooms = await test.studio.rooms.ofPerson(me.person.id as never)
    expect(rooms.map(({ id }) => id)).toContain(room.id)
    // 'person/join'
    expect((await browser.post('/auth/join')).status).toBe(400)
    // The guest is no more: whoever signs out begins anew.
    const next = (await (await browser.post('/auth/out')).json()) as Me
    expect(next.account).toBe('guest')
    expect(next.person.id).not.toBe(guest.person.id)
  }
})

it('leaves those who say no as they were', async () => {
  const browser = openBrowser()
  const guest = await browser.me()
  const response = await browser.signIn('nobody', 'then=/')
  expect(response.headers.get('location')).toBe('/')
  expect(await browser.me()).toEqual(guest)
})

it('refuses what another browser began, a code that was used, and a Discord that says no', async () => {
  const [mine, theirs] = [openBrowser(), openBrowser()]
  const away = new URL((await theirs.ask('/auth/discord')).headers.get('location')!)
  expect(away.searchParams.get('scope')).toBe('identify')
  expect(away.searchParams.get('code_challenge_method')).toBe('S256')
  away.searchParams.set('as', userId('eve'))
  const back = (await fetch(away, { redirect: 'manual' })).headers.get('location')!
  await mine.ask('/auth/discord')
  const stolen = await mine.ask(back)
  expect(await stolen.json()).toMatchObject({ code: 'sign-in/state' })
  expect((await theirs.ask(back)).status).toBe(302)
  expect(await (await theirs.ask(back)).json()).toMatchObject({ code: 'sign-in/state' })

  const again = openBrowser()
  const page = new URL((await again.ask('/auth/discord')).headers.get('location')!)
  const invented = new URL(page.searchParams.get('redirect_uri')!)
  invented.searchParams.set('state', page.searchParams.get('state')!)
  invented.searchParams.set('code', 'invented')
  expect(await (await again.ask(invented.href)).json()).toMatchObject({ code: 'sign-in/failed' })
  expect((await again.me()).account).toBe('guest')
})

it.each(['https://elsewhere.example', '//elsewhere.example', '/\\elsewhere.example', '/\t/elsewhere.example'])(
  'comes back to its own site, never to %j',
  async path => {
    const browser = openBrowser()
    const response = await browser.signIn(userId('ada'), `then=${encodeURIComponent(path)}`)
    expect(response.headers.get('location')).toBe('/')
  },
)

it('signs in with a code from chat, once', async () => {
  const person = await test.studio.people.fromDiscord({ discordId: userId('ada'), name: 'Ada' })
  const code = await test.studio.people.newCode(person.id)
  const browser = openBrowser()
  expect(await (await browser.post('/auth/code', { code })).json()).toMatchObject({ person: { id: person.id } })
  expect((await browser.me()).person.id).toBe(person.id)
  const late = await openBrowser().post('/auth/code', { code })
  expect(late.status).toBe(401)
  expect(await late.json()).toMatchObject({ code: 'sign-in/code' })
})

it('accepts nothing that another website sends', async () => {
  const headers = { origin: 'https://elsewhere.example' }
  for (const path of ['/auth/out', '/auth/join', '/auth/code']) {
    expect((await openBrowser().ask(path, { method: 'POST', headers })).status).toBe(403)
  }
})

it('says so where signing in is not set up', async () => {
  const plain = await buildServer()
  const response = await fetch(`${plain.url}/auth/discord`, { redirect: 'manual' })
  expect(await response.json()).toMatchObject({ code: 'sign-in/off' })
  await plain.close()
})
