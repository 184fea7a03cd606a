import { afterEach, describe, expect, test } from 'vitest'
import type { UserError } from '../../protocol/errors.ts'
import { strangers } from '../../studio/studio.ts'
import { buttonsOf, type Channel, flatten } from '../support/discord/index.ts'
import { buildFramePosts, type TestFramePosts } from '../support/framePosts.ts'

/** Pictures that somebody sends from the page to Discord: where to, what stands there, and that it stands there once. */

let world: TestFramePosts | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})
async function open(options: Parameters<typeof buildFramePosts>[0] = {}) {
  world = await buildFramePosts(options)
  const actor = world.discord.user('ada')
  return { ...world, actor, ada: await world.person(actor) }
}
const refusal = (act: Promise<unknown>) =>
  act.then(
    () => 'nothing',
    (error: UserError) => error.code,
  )

describe('the message', () => {
  test('shows the picture with its recipe, what can be done with it, who sent it and a way back, and pings nobody', async () => {
    const { discord, posts, ada, actor, room, sent } = await open()
    const { post, picture } = await room(ada)
    const { url } = await posts.send(ada, post())
    const [message] = sent()
    expect(url).toBe(`https://discord.com/channels/${discord.guild.id}/${discord.general.id}/${message!.id}`)
    expect(message!.content).toContain('**a red house**')
    expect(message!.content).toContain(`Sent by <@${actor.user.id}> from **Sunday \\*club\\*** on the canvas.`)
    expect(message!.content).toContain('seed 7')
    expect(message!.allowedMentions).toEqual({ parse: [], replied_user: false })
    expect(message!.attachments.map(({ description }) => description)).toEqual(['Painted: a red house'])
    const [way, ...others] = buttonsOf(message!)
    expect(way).toMatchObject({ label: 'Draw together', url: expect.stringMatching(/\/r\/[\w-]+\?frame=f1$/) })
    expect(others.map(({ label }) => label)).toEqual(['Vary', 'Steps', 'Open on canvas'])
    const [menu] = flatten(message!.components).filter(({ type }) => type === 3)
    expect(menu!.options!.map(({ label }) => label)).toEqual(expect.arrayContaining(['Favourite', 'Upscale']))
    expect(menu!.options![0]!.value).toContain(picture.id)
  })

  test('answers the message that the room came from, if that is there, and comes by itself otherwise', async () => {
    const { discord, posts, ada, actor, room, sent } = await open()
    const picture = await actor.post([])
    const { post } = await room(ada, { messageId: picture.id })
    await posts.send(ada, post())
    picture.deleted = true
    await posts.send(ada, post())
    picture.deleted = false
    discord.general.permissions.delete('readMessageHistory')
    await posts.send(ada, post())
    expect(sent().map(({ replyTo }) => replyTo)).toEqual([picture.id, undefined, undefined])
  })

  test('is in the language of the server, hides pictures where the server says so, and lets look where nobody shall draw', async () => {
    const { posts, ada, room, sent, studio, discord } = await open({ discord: { locale: 'ja' } })
    const manager = { id: discord.guild.id, isManager: true }
    await studio.guildOffice.settings.change(ada.id, manager, () => ({ spoiler: 'always' }))
    const { post } = await room(ada)
    await posts.send(ada, post({ mayDraw: false }))
    expect(sent()[0]!.content).toContain('キャンバス')
    expect(buttonsOf(sent()[0]!)[0]!.label).toBe('キャンバスを見る')
    expect(JSON.stringify(sent()[0]!.components)).toContain('"spoiler":true')
  })

  test('of somebody who talks with the bot alone goes there', async () => {
    const { posts, ada, actor, room, sent } = await open()
    const { post } = await room(ada, { guildId: null, channelId: actor.direct.id })
    const { url } = await posts.send(ada, post())
    expect(url).toContain(`/channels/@me/${actor.direct.id}/`)
    const { origin } = await posts.places(ada, (await room(ada, { guildId: null, channelId: actor.direct.id })).room.id)
    expect(origin).toMatchObject({ channel: '', server: null, problem: null })
    expect(sent()).toHaveLength(1)
  })
})

describe('is posted once', () => {
  test.each([
    ['a 502 after it took effect', 502, { afterEffect: true }],
    ['a connection that was cut after it took effect', 'reset', { afterEffect: true }],
    ['a 502', 502, {}],
    ['a proxy that answers in HTML', 503, { html: true }],
  ] as const)('through %s', async (_what, status, how) => {
    const { discord, posts, ada, room, sent } = await open()
    const { post } = await room(ada)
    discord.fail('channel.send', status, 2, how)
    const { url } = await posts.send(ada, post())
    expect(sent().map(({ id }) => id)).toEqual([url.split('/').at(-1)])
  })

  test('where Discord leaves all unanswered that is said, and the same act sent again finds the message', async () => {
    const { discord, posts, ada, room, sent } = await open({ patienceMs: 300 })
    const { post } = await room(ada)
    const act = post()
    discord.fail('channel.send', 'reset', 99, { afterEffect: true })
    expect(await refusal(posts.send(ada, act))).toBe('post/lost')
    discord.faults.length = 0
    const { url } = await posts.send(ada, act)
    expect(sent().map(({ id }) => id)).toEqual([url.split('/').at(-1)])
  })

  test('when a button is pressed twice, at once and later', async () => {
    const { posts, ada, room, sent } = await open()
    const { post } = await room(ada)
    const act = post()
    const both = await Promise.all([posts.send(ada, act), posts.send(ada, act)])
    expect([...both, await posts.send(ada, act)]).toEqual(Array(3).fill(both[0]))
    expect(sent()).toHaveLength(1)
    await posts.send(ada, post())
    expect(sent()).toHaveLength(2)
  })

  test('after a rate limit that passes soon; a long one is said', async () => {
    const { discord, posts, ada, room, sent } = await open({
      discord: { channelEdits: { requests: 1, windowMs: 1_000 } },
      patienceMs: 4_000,
    })
    const { post } = await room(ada)
    await posts.send(ada, post())
    await posts.send(ada, post())
    expect(sent()).toHaveLength(2)
    discord.limits.block('channel.send', discord.general.id, 60_000)
    expect(await refusal(posts.send(ada, post()))).toBe('post/limited')
  })

  test('smaller where it is too large', async () => {
    const { discord, posts, ada, room, sent } = await open()
    const { post } = await room(ada)
    discord.fail('channel.send', 413, 1, { html: true })
    await posts.send(ada, post())
    expect(sent().flatMap(({ attachments }) => attachments.map(({ contentType }) => contentType))).toEqual([
      'image/jpeg',
    ])
  })
})

describe('is refused in words', () => {
  test('to guests, who see nothing of Discord', async () => {
    const { posts, ada, room, studio } = await open()
    const { post, room: made } = await room(ada)
    const { person: guest } = await studio.people.newGuest('Mira')
    expect(await posts.places(guest, made.id)).toEqual({ isGuest: true, origin: null, servers: [] })
    expect(await refusal(posts.send(guest, post()))).toBe('post/guest')
    expect(await refusal(posts.channels(guest, '1'))).toBe('post/guest')
  })

  const cases: readonly (readonly [string, string, (world: TestFramePosts, here: Channel, ada: string) => void])[] = [
    ['who may not write there', 'post/not-allowed', (_, here, ada) => here.denied!.set(ada, ['sendMessages'])],
    ['who may not attach files', 'post/not-allowed', (_, here, ada) => here.denied!.set(ada, ['attachFiles'])],
    ['who may not see it', 'post/not-allowed', (_, here, ada) => here.denied!.set(ada, ['viewChannel'])],
    [
      'where everybody may not',
      'post/not-allowed',
      ({ discord }, here) => here.denied!.set(discord.guild.id, ['sendMessages']),
    ],
    [
      'who has a time-out',
      'post/not-allowed',
      ({ discord }, _, ada) => discord.guild.timedOut.set(ada, new Date(Date.now() + 60_000).toISOString()),
    ],
    ['who has left the server', 'post/not-member', ({ discord }, _, ada) => discord.guild.absent.add(ada)],
    ['where the bot may not write', 'post/bot-not-allowed', (_, here) => here.permissions.delete('sendMessages')],
    ['where the bot may not attach', 'post/bot-not-allowed', (_, here) => here.permissions.delete('attachFiles')],
    ['where the bot sees nothing', 'post/gone', (_, here) => here.permissions.delete('viewChannel')],
    ['where the channel was deleted', 'post/gone', ({ discord }, here) => discord.world.channels.delete(here.id)],
    [
      'when it was deleted just now',
      'post/gone',
      ({ discord }) => discord.fail('channel.send', 404, 1, { code: 10003 }),
    ],
    [
      'by Discord itself',
      'post/bot-not-allowed',
      ({ discord }) => discord.fail('channel.send', 403, 1, { code: 50013 }),
    ],
    ['by AutoMod', 'post/blocked', ({ discord }) => discord.fail('channel.send', 400, 1, { code: 200000 })],
    ['for what we do not know', 'post/refused', ({ discord }) => discord.fail('channel.send', 400, 1, { code: 12345 })],
    ['when Discord does not know the bot', 'post/off', ({ discord }) => discord.fail('channel.get', 401, 1)],
    ['while Discord is away', 'post/unreachable', ({ discord }) => discord.fail('channel.get', 502, 99)],
  ]
  test.each(cases)(
    '%s',
    async (_who, code, spoil) => {
      const { posts, ada, actor, room, sent, discord } = await open()
      const { post } = await room(ada)
      spoil(world!, discord.general, actor.user.id)
      expect(await refusal(posts.send(ada, post()))).toBe(code)
      expect(sent()).toEqual([])
    },
    30_000,
  )

  test('only as long as it is so', async () => {
    const { discord, posts, ada, room, sent } = await open()
    const { post } = await room(ada)
    discord.fail('channel.get', 401, 1)
    expect(await refusal(posts.send(ada, post()))).toBe('post/off')
    discord.general.permissions.delete('sendMessages')
    expect(await refusal(posts.send(ada, post()))).toBe('post/bot-not-allowed')
    discord.general.permissions.add('sendMessages')
    await posts.send(ada, post())
    expect(sent()).toHaveLength(1)
  })

  test('in a thread that is closed, and in a private one to those who are not in it', async () => {
    const { discord, posts, ada, actor, room, sent } = await open()
    const thread = discord.thread('sketches')
    const { post } = await room(ada, { channelId: thread.id })
    await posts.send(ada, post())
    thread.isArchived = true
    expect(await refusal(posts.send(ada, post()))).toBe('post/archived')
    const hidden = { ...discord.thread('secret'), type: 12 as const, members: new Set<string>() }
    discord.world.channels.set(hidden.id, hidden)
    expect(await refusal(posts.send(ada, post({ channel: hidden.id })))).toBe('post/not-allowed')
    hidden.members.add(actor.user.id)
    await posts.send(ada, post({ channel: hidden.id }))
    expect(sent()).toHaveLength(2)
  })

  test('in a channel for adults, unless the room was opened there', async () => {
    const { discord, posts, ada, room, sent } = await open()
    const adults = discord.channel('late', { isAgeRestricted: true })
    expect(await refusal(posts.send(ada, (await room(ada)).post({ channel: adults.id })))).toBe('post/age-restricted')
    await posts.send(ada, (await room(ada, { channelId: adults.id })).post())
    expect(sent()).toHaveLength(1)
  })

  test('by the rules of the server, with channels in their names', async () => {
    const { discord, posts, ada, room, studio } = await open()
    const gallery = discord.channel('gallery')
    const { post } = await room(ada)
    const guild = { id: discord.guild.id, isManager: true }
    const set = (change: object) => studio.guildOffice.settings.change(ada.id, guild, () => change)
    await set({ channels: [gallery.id] })
    const refused: UserError = await posts.send(ada, post()).catch(error => error)
    expect(refused.payload).toMatchObject({ code: 'guild/channel', hint: 'Go to #gallery.' })
    await set({ channels: [], blockedWords: ['house'] })
    expect(await refusal(posts.send(ada, post()))).toBe('prompt/blocked')
    await set({ blockedWords: [], coolDownSeconds: 600 })
    await posts.send(ada, post())
    expect(await refusal(posts.send(ada, post()))).toBe('guild/cool-down')
    await studio.guildOffice.moderation.stop(ada.id, guild, { kind: 'member', id: ada.id }, 'Enough.')
    expect(await refusal(posts.send(ada, post()))).toBe('guild/member-stopped')
  })

  test('faster than slow mode lets people write, and more than the studio lets through; what failed costs nothing', async () => {
    const { discord, posts, ada, room } = await open({
      budgets: { ...strangers, posts: { person: { atOnce: 2, perSecond: 1 / 600 } } },
    })
    const { post } = await room(ada)
    discord.general.slowModeSeconds = 900
    discord.fail('channel.send', 403, 1, { code: 50013 })
    expect(await refusal(posts.send(ada, post()))).toBe('post/bot-not-allowed')
    await posts.send(ada, post())
    expect(await refusal(posts.send(ada, post()))).toBe('post/slow-mode')
    discord.general.slowModeSeconds = 0
    await posts.send(ada, post())
    expect(await refusal(posts.send(ada, post()))).toBe('guest/fast')
  })
})

describe('the choice', () => {
  test('names where the room came from, and why that cannot be', async () => {
    const { discord, posts, ada, actor, room } = await open()
    const { room: made } = await room(ada, { messageId: '1' })
    const here = { channel: 'general', server: 'Workshop', isReply: true, problem: null }
    expect(await posts.places(ada, made.id)).toMatchObject({ isGuest: false, origin: here })
    discord.general.denied!.set(actor.user.id, ['attachFiles'])
    const { origin } = await posts.places(ada, made.id)
    expect(origin).toMatchObject({ channel: 'general', server: 'Workshop', problem: { code: 'post/not-allowed' } })
    const elsewhere = await room(ada, { guildId: discord.elsewhere.guildId, channelId: discord.elsewhere.id })
    expect((await posts.places(ada, elsewhere.room.id)).origin).toMatchObject({ problem: { code: 'post/gone' } })
    expect((await posts.places(ada, (await room(ada, null)).room.id)).origin).toBeNull()
  })

  test('lists servers where the person has used the bot and the bot is, with channels that both may write to', async () => {
    const { discord, posts, ada, actor, room, person } = await open()
    await person(actor, [discord.guild.id, discord.elsewhere.guildId!])
    const { room: made } = await room(ada)
    const { servers } = await posts.places(ada, made.id)
    expect(servers).toEqual([{ id: discord.guild.id, name: 'Workshop' }])
    discord.channel('late', { isAgeRestricted: true })
    discord.channel('rules').denied!.set(actor.user.id, ['sendMessages'])
    discord.channel('staff').permissions.delete('viewChannel')
    discord.thread('sketches')
    expect(await posts.channels(ada, discord.guild.id)).toEqual([
      { id: discord.general.id, name: 'general', group: null },
      expect.objectContaining({ name: 'sketches', group: '#general' }),
    ])
    expect(await refusal(posts.channels(ada, discord.next.guildId!))).toBe('post/not-member')
    discord.guild.absent.add(actor.user.id)
    expect(await refusal(posts.channels(ada, discord.guild.id))).toBe('post/not-member')
  })
})
