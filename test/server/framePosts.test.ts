import { afterEach, expect, it } from 'vitest'
import { createFramePosts } from '../../bot/posts/framePosts.ts'
import type { FrameResult } from '../../protocol/events.ts'
import { openDiscord } from '../support/discord/index.ts'
import { collectLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'
import { type Postgres, postgresPrograms, startPostgres } from '../support/postgres.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts'
import { enterRoom, type RoomClient } from '../support/roomClient.ts'
import { add, buildFrame } from '../support/scenes.ts'
import { buildServer } from '../support/server.ts'
import { startLeasedServer } from '../support/servers.ts'
import { type TestStudio, temporaryFolder } from '../support/studio.ts'

/** Sending a picture of a frame to Discord, as a page asks for it over its socket. */

const ends: (() => Promise<unknown>)[] = []
const inTheEnd = (end: () => unknown) => void ends.push(async () => end())
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function openLoopback() {
  const discord = await openDiscord()
  inTheEnd(() => discord.close())
  const { token, api } = discord
  const framePosts = (studio: TestStudio['studio']) =>
    createFramePosts({ studio, token, api, publicUrl: 'https://paint.example.org', log: collectLog().log })
  const sent = () => [...discord.world.messages.values()].filter(({ deleted }) => !deleted)
  return { discord, framePosts, sent }
}

/** Somebody of the loopback's server, with a room that was opened in its channel; their browser's cookie and its link. */
async function openRoom({ studio }: Pick<TestStudio, 'studio'>, discord: Awaited<ReturnType<typeof openDiscord>>) {
  const { guild, general } = discord
  const account = { discordId: discord.user('ada').user.id, name: 'Ada', guildId: guild.id, guildName: guild.name }
  const { id } = await studio.people.fromDiscord(account)
  const origin = { guildId: guild.id, channelId: general.id, messageId: null, locale: 'en-US' }
  const { links } = await studio.rooms.create(id, { name: 'Workshop', origin })
  return { cookie: `fourstroke_account=${await studio.people.signIn(id)}`, links }
}

async function paintFrame(client: RoomClient) {
  client.operate(add(buildFrame({ id: 'f1', prompt: 'a red house', live: false })))
  await expect.poll(() => client.isSettled).toBe(true)
  await client.ask(reply => client.socket.emit('frame:paint', { frameId: 'f1' }, reply))
  await expect.poll(() => client.kept.length, { timeout: patient(20_000) }).toBe(1)
  const saved = await client.ask<FrameResult>(reply => client.socket.emit('frame:save', { frameId: 'f1' }, reply))
  if (!saved.ok) throw new Error(saved.error.message)
  return saved.value
}
const send = (client: RoomClient, picture: string, request = 'act-1') =>
  client.ask<{ readonly url: string }>(reply => {
    const post = { frameId: 'f1', picture, channel: null, request, mayDraw: true }
    client.socket.emit('frame:send', post, reply)
  })

it('P21: sends what a frame shows to where the room came from, once for one act', async () => {
  const { discord, framePosts, sent } = await openLoopback()
  const server = await buildServer({ framePosts })
  inTheEnd(() => server.close())
  const { cookie, links } = await openRoom(server, discord)
  const client = await enterRoom({ url: server.url, secret: links.edit, cookie })
  inTheEnd(() => client.close())
  expect(client.welcome!.canSend).toBe(true)
  const places = await client.ask(reply => client.socket.emit('discord:places', null, reply))
  expect(places).toMatchObject({ value: { isGuest: false, origin: { channel: 'general', server: 'Workshop' } } })
  const { picture } = await paintFrame(client)
  const answers = await Promise.all([send(client, picture), send(client, picture)])
  expect(answers[0]).toEqual(answers[1])
  expect(answers[0]).toMatchObject({ ok: true, value: { url: expect.stringContaining(sent()[0]!.id) } })
  expect(sent()).toHaveLength(1)
  // Another frame's picture, or none at all, is not sent.
  expect(await send(client, 'nothing', 'act-2')).toMatchObject({ ok: false, error: { code: 'picture/missing' } })
  expect(server.faults).toEqual([])
})

it('refuses guests and those who may only look, and says where there is no bot', async () => {
  const { discord, framePosts, sent } = await openLoopback()
  const server = await buildServer({ framePosts })
  inTheEnd(() => server.close())
  const { cookie, links } = await openRoom(server, discord)
  const client = await enterRoom({ url: server.url, secret: links.edit, cookie })
  const guest = await enterRoom({ url: server.url, secret: links.edit, cookie: await server.newGuest() })
  const viewer = await enterRoom({ url: server.url, secret: links.view, cookie: await server.newGuest() })
  for (const one of [client, guest, viewer]) inTheEnd(() => one.close())
  const { picture } = await paintFrame(client)
  expect(await send(guest, picture)).toMatchObject({ error: { code: 'post/guest' } })
  expect(await send(viewer, picture)).toMatchObject({ error: { code: 'room/viewer' } })
  expect(sent()).toEqual([])

  const alone = await buildServer()
  inTheEnd(() => alone.close())
  const room = await openRoom(alone, discord)
  const page = await enterRoom({ url: alone.url, secret: room.links.edit, cookie: room.cookie })
  inTheEnd(() => page.close())
  expect(page.welcome!.canSend).toBe(false)
  expect(await send(page, 'any')).toMatchObject({ error: { code: 'post/off' } })
})

it.runIf(hasRedis && postgresPrograms)(
  'a page that came to another server than the one with its room sends as well, once',
  async () => {
    const { discord, framePosts, sent } = await openLoopback()
    const place = temporaryFolder()
    const [redis, postgres]: [RedisServer, Postgres] = [await startRedis(), await startPostgres(postgresPrograms!)]
    inTheEnd(async () => {
      await redis.stop()
      await postgres.stop()
      place.remove()
    })
    const given = { redisUrl: redis.url, databaseUrl: postgres.newDatabase(), folder: place.folder, framePosts }
    const first = await startLeasedServer({ ...given, name: 'first' })
    inTheEnd(() => first.close())
    const second = await startLeasedServer({ ...given, name: 'second' })
    inTheEnd(() => second.close())
    const { cookie, links } = await openRoom(first, discord)
    const here = await enterRoom({ url: first.url, secret: links.edit, cookie })
    inTheEnd(() => here.close())
    const there = await enterRoom({ url: second.url, secret: links.edit, cookie })
    inTheEnd(() => there.close())
    const { picture } = await paintFrame(here)
    const answers = [await send(there, picture), await send(here, picture)]
    expect(answers[1]).toEqual(answers[0])
    expect(answers[0]).toMatchObject({ ok: true })
    expect(sent()).toHaveLength(1)
  },
)
