import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openDatabase } from '../prisma/database.ts'
import type { Operation } from '../protocol/scene.ts'
import { postgresPrograms, startPostgres } from '../test/support/postgres.ts'
import { startRedis } from '../test/support/redis.ts'
import { enterRoom, type RoomClient, until } from '../test/support/roomClient.ts'
import { add, buildFrame, buildRectangle, canonical } from '../test/support/scenes.ts'
import { newGuest, newRoom } from '../test/support/server.ts'
import { report, round, summarize } from './canvas.ts'
import { startChatting } from './clusterChat.ts'
import {
  type ServerProgram,
  startBalancer,
  startBotProgram,
  startServerProgram,
  startStandIn,
} from './clusterPrograms.ts'
import { watchLines } from './clusterTimeline.ts'

/**
 * kill -9 of servers, engines, bots, Redis and PostgreSQL at random while people draw and paint in rooms of several servers
 * and request pictures in chat; each is started again. Ends with an error if an operation that was acknowledged is lost or
 * there twice, if two pages end up with different drawings, if a picture is neither finished nor failed in words, or if a
 * message in chat stays unfinished or has two pictures.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    /** No kill comes later than that: a busy machine has fewer of them. */
    minutes: { type: 'string', default: '600' },
    /** Which are killed, in turn: server, engine, bot, redis, postgresql. */
    roles: { type: 'string', default: 'server,engine,bot,redis,postgresql' },
    servers: { type: 'string', default: '3' },
    engines: { type: 'string', default: '2' },
    /** Programs that are the bot together, with two shards. */
    bots: { type: 'string', default: '2' },
    rooms: { type: 'string', default: '4' },
    /** In each room. */
    people: { type: 'string', default: '3' },
    /** A kill comes at most so many milliseconds after all is there again. */
    within: { type: 'string', default: '3000' },
    /** Milliseconds between two rectangles of one person. */
    every: { type: 'string', default: '200' },
    /** Milliseconds between two pictures that are requested in chat. */
    chat: { type: 'string', default: '1000' },
    /** Of a kill after which all were answered later than so many milliseconds, what happened to each page is printed. */
    explain: { type: 'string', default: '3000' },
  },
})
const secret = 'a-secret-of-this-bench'
const standIn = { stepMs: 25, batch: 8, side: 64 }
const folder = mkdtempSync(join(tmpdir(), 'fourstroke-servers-'))
if (!postgresPrograms) throw new Error('PostgreSQL is not installed: apt-get install postgresql')
const [redis, postgres] = [await startRedis(), await startPostgres(postgresPrograms)]
const databaseUrl = postgres.newDatabase()
await (await openDatabase(databaseUrl)).close()
let names = 0
const startServer = () =>
  startServerProgram({ redisUrl: redis.url, databaseUrl, folder: join(folder, `${++names}`), secret })
const startEngine = () => startStandIn(redis.url, secret, standIn)
const chatting = Number(values.bots) > 0 ? await startChatting(Number(values.chat)) : null
const startBot = () => {
  if (!chatting) throw new Error('Expected --bots of 1 or more where bots are killed')
  const { api, token } = chatting.discord
  const common = { redisUrl: redis.url, databaseUrl, secret, folder: join(folder, `${++names}`) }
  return startBotProgram({ ...common, discord: { api, token } })
}
const many = <T>(count: string, start: () => Promise<T>) => Promise.all(Array.from({ length: Number(count) }, start))
const engines = await many(values.engines, startEngine)
const servers: ServerProgram[] = await many(values.servers, startServer)
const bots = await many(values.bots, startBot)
const balancer = await startBalancer(() => servers.map(({ url }) => url))

interface Page {
  readonly client: RoomClient
  /** When each operation was drawn. */
  readonly drawnAt: number[]
  /** How many of them are answered. */
  answered: number
  /** Rectangles that it has drawn. */
  strokes: number
}
const answeredMs: number[] = []
let paintings = 0
let isOver = false
/** What a person has drawn before is removed: a room is never full. */
const kept = 50

function operate(page: Page, operation: Operation): void {
  page.drawnAt.push(performance.now())
  page.client.operate(operation)
}

function countAnswers(page: Page): void {
  const { client, drawnAt } = page
  const now = performance.now()
  for (; page.answered < drawnAt.length - client.sync.pending; page.answered++) {
    answeredMs.push(now - drawnAt[page.answered]!)
  }
}

/** As short as ids are to be, however many rectangles there are. */
const rectangleId = ({ client }: Page, stroke: number) => `${client.client.slice(0, 8)}-${stroke}`

/** Draws until all is over; each operation once, as a page does. */
async function draw(page: Page, number: number): Promise<void> {
  for (let stroke = 0; !isOver; stroke++) {
    operate(page, add(buildRectangle({ id: rectangleId(page, stroke) })))
    if (stroke >= kept) operate(page, { type: 'remove', ids: [rectangleId(page, stroke - kept)] })
    page.strokes = stroke + 1
    if (stroke % 20 === number) {
      paintings++
      page.client.socket.emit('frame:paint', { frameId: 'frame' }, () => undefined)
    }
    await sleep(Number(values.every))
  }
}

const rooms = await Promise.all(
  Array.from({ length: Number(values.rooms) }, async () => {
    const cookie = await newGuest(balancer.url)
    const { edit } = await newRoom(balancer.url, cookie)
    const pages: Page[] = []
    for (let i = 0; i < Number(values.people); i++) {
      const client = await enterRoom({ url: balancer.url, secret: edit, cookie: await newGuest(balancer.url) })
      if (client.errors.length > 0) throw new Error(JSON.stringify(client.errors))
      // As pages do: who is refused, while the database is away or because many come at once, comes again.
      client.socket.on('connect_error', error => {
        if ('data' in error) setTimeout(() => client.socket.connect(), 500)
      })
      pages.push({ client, drawnAt: [], answered: 0, strokes: 0 })
    }
    operate(pages[0]!, add(buildFrame({ id: 'frame', live: false, prompt: 'a red house', steps: 4 })))
    return pages
  }),
)
const pages = rooms.flat()
const isSettled = () => pages.every(({ client }) => client.isSettled)
const counting = setInterval(() => pages.forEach(countAnswers), 10)
const lines = watchLines(
  rooms.flatMap((room, r) => room.map(({ client }, p) => ({ name: `room ${r} page ${p}`, client }))),
)
/** Everybody has been answered what they drew after that. */
const isAnsweredSince = (at: number) => pages.every(({ drawnAt, answered }) => (drawnAt[answered - 1] ?? 0) > at)

const kills: Record<string, () => Promise<void>> = {
  async server() {
    const index = Math.floor(Math.random() * servers.length)
    const [killed] = servers.splice(index, 1)
    killed!.child.kill('SIGKILL')
    servers.push(await startServer())
  },
  async engine() {
    const index = Math.floor(Math.random() * engines.length)
    engines[index]!.kill('SIGKILL')
    engines[index] = await startEngine()
  },
  async bot() {
    const index = Math.floor(Math.random() * bots.length)
    bots[index]!.kill('SIGKILL')
    bots[index] = await startBot()
  },
  async redis() {
    await redis.halt()
    await sleep(Math.random() * 4_000)
    await redis.goOn()
  },
  async postgresql() {
    postgres.halt()
    await sleep(Math.random() * 2_000)
    postgres.goOn()
  },
}

function explain(role: string, killedAt: number, ms: number): void {
  console.error(`After a kill of ${role} all were answered again after ${round(ms / 1000)} s:`)
  for (const line of lines.since(killedAt)) console.error(`  ${line}`)
}

const startedAt = performance.now()
const drawing = pages.map((page, index) => draw(page, index % 20))
const roles = values.roles.split(',')
const counts = Object.fromEntries(roles.map(role => [role, 0]))
const backAfterMs: Record<string, number[]> = Object.fromEntries(roles.map(role => [role, []]))
const lastAt = startedAt + Number(values.minutes) * 60_000
let killed = 0
for (; killed < Number(values.kills) && performance.now() < lastAt; killed++) {
  await sleep(Math.random() * Number(values.within))
  const role = roles[killed % roles.length]!
  const killedAt = performance.now()
  const restarted = kills[role]!()
  // What people in chat wait for is that somebody answers again; in rooms, that everybody is.
  const isBack = () => (role === 'bot' ? (chatting?.answeredAt.at(-1) ?? 0) > killedAt : isAnsweredSince(killedAt))
  const back = until(isBack, 20).then(() => {
    const ms = performance.now() - killedAt
    backAfterMs[role]!.push(ms)
    if (ms > Number(values.explain)) explain(role, killedAt, ms)
  })
  await restarted
  await back
  counts[role]!++
}
isOver = true
await Promise.all(drawing)
const settledWithin = async (ms: number) => {
  const endsAt = performance.now() + ms
  const clocks = () => rooms.every(room => new Set(room.map(({ client }) => client.sync.clock)).size === 1)
  await until(() => (isSettled() && clocks()) || performance.now() > endsAt, 20)
}
await settledWithin(60_000)

const chat = (await chatting?.end(120_000)) ?? null
const { client: database, close } = await openDatabase(databaseUrl)
const unfinished = () => database.picture.count({ where: { state: { in: ['queued', 'running'] } } })
const pictureEndsAt = performance.now() + 90_000
while ((await unfinished()) > 0 && performance.now() < pictureEndsAt) await sleep(500)
const pictures = Object.fromEntries(
  (await database.picture.groupBy({ by: ['state'], _count: true })).map(({ state, _count }) => [state, _count]),
)
clearInterval(counting)
lines.close()
const stored = await database.operation.findMany({ select: { roomId: true, key: true } })
/** By page: the numbers of its operations that are stored. */
const storedBy = new Map<string, number[]>()
for (const { key } of stored) {
  const colon = key.lastIndexOf(':')
  const client = key.slice(0, colon)
  storedBy.set(client, [...(storedBy.get(client) ?? []), Number(key.slice(colon + 1))])
}
/** Numbers that the log lacks, and rectangles that are not there or still are: a page may join two operations into one. */
function lostOf(page: Page): number {
  const { client, strokes } = page
  const numbers = new Set(storedBy.get(client.client))
  const gaps = Math.max(0, ...numbers) - numbers.size
  const isThere = (stroke: number) => {
    const element = client.sync.scene.elements.get(rectangleId(page, stroke))
    return element !== undefined && !element.removed
  }
  const wrong = Array.from({ length: strokes }, (_, stroke) => isThere(stroke) !== stroke >= strokes - kept)
  return gaps + wrong.filter(Boolean).length
}
const unsettled = pages.filter(({ client }) => !client.isSettled)
for (const { client } of unsettled) {
  const { socket, sync } = client
  console.error(
    `A page is not settled: connected ${socket.connected}, ${sync.pending} operations pending, clock ${sync.clock}`,
  )
}
const errors: Record<string, number> = {}
for (const { client } of pages) for (const { code } of client.errors) errors[code] = (errors[code] ?? 0) + 1
const figures = {
  drawn: pages.reduce((sum, { drawnAt }) => sum + drawnAt.length, 0),
  lost: pages.reduce((sum, page) => sum + lostOf(page), 0),
  withoutRow: pages.reduce(
    (sum, { client, drawnAt }) => sum + drawnAt.length - (storedBy.get(client.client)?.length ?? 0),
    0,
  ),
  doubled: stored.length - new Set(stored.map(({ roomId, key }) => `${roomId} ${key}`)).size,
  diverged: rooms.filter(room => new Set(room.map(({ client }) => canonical(client.sync.scene))).size > 1).length,
  unsettled: unsettled.length,
  unfinishedPictures: await unfinished(),
  unfinishedMessages: chat?.unfinished ?? 0,
  paintedTwice: chat?.paintedTwice ?? 0,
}
const seconds = round((performance.now() - startedAt) / 1000)
const waits = summarize(answeredMs)
const back = Object.fromEntries(Object.entries(backAfterMs).map(([role, ms]) => [role, summarize(ms)]))
report(
  `${killed} kills in ${seconds} s (${roles.map(role => `${role} ${counts[role]}`).join(', ')}), ${values.servers} servers, ${pages.length} people in ${rooms.length} rooms`,
  [
    `${figures.drawn} operations drawn: ${figures.lost} lost, ${figures.withoutRow} without a row, ${figures.doubled} stored twice, ${figures.diverged} rooms differ between pages, ${figures.unsettled} pages unsettled`,
    `${paintings} pictures requested; in the database ${JSON.stringify(pictures)}, ${figures.unfinishedPictures} unfinished`,
    ...(chat
      ? [
          `in chat ${chat.asked} asked, ${chat.acknowledged} of them acknowledged: ${chat.finished} pictures, ${chat.failedInWords} failed in words, ${chat.unfinished} messages unfinished, ${chat.paintedTwice} with two pictures, ${chat.writtenAgain} whose end was written again; commands registered ${chat.registered} times`,
        ]
      : []),
    `pages were refused or told: ${JSON.stringify(errors)}`,
    `an operation was answered after p50 ${waits.p50} ms, p95 ${waits.p95} ms, at most ${waits.max} ms`,
    ...Object.entries(back).map(
      ([role, ms]) => `after a kill of ${role} all were answered again after p50 ${ms.p50} ms, at most ${ms.max} ms`,
    ),
  ],
  { bench: 'clusterRooms', ...figures, errors, pictures, chat, waits, back, counts, seconds },
)
const { drawn: _, ...wrong } = figures
if (Object.values(wrong).some(count => count > 0)) process.exitCode = 1
for (const { client } of pages) client.close()
balancer.close()
await close()
for (const { child } of servers) child.kill('SIGKILL')
for (const child of [...engines, ...bots]) child.kill('SIGKILL')
await chatting?.discord.close()
await redis.stop()
postgres.stop()
rmSync(folder, { recursive: true, force: true })
