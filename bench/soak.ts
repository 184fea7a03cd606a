import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { enterRoom, type RoomClient, until } from '../test/support/roomClient.ts'
import { add, buildFrame, buildStroke } from '../test/support/scenes.ts'
import { newGuest, newRoom } from '../test/support/server.ts'
import { hasRisen, report, startBenchServer, summarize } from './canvas.ts'
import { type Kept, watchMemory } from './memory.ts'

/**
 * A long evening: many look, some draw, a few live frames repaint; then many pictures, one after the other. What server
 * and engine keep after a forced collection at the end is compared with what they kept after the first minute, and how
 * fast ink travelled in the last minutes with how fast it did in the first.
 */
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fourstroke-256' },
    sockets: { type: 'string', default: '100' },
    pens: { type: 'string', default: '20' },
    frames: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '10' },
    pictures: { type: 'string', default: '2000' },
    /** After so many minutes the first measurement is made. */
    settle: { type: 'string', default: '1' },
  },
})
const [sockets, pens, frames] = [Number(values.sockets), Number(values.pens), Number(values.frames)]
const [minutes, pictures, settle] = [Number(values.minutes), Number(values.pictures), Number(values.settle)]
/** A pen that is sent thirty times a second, and lifts after so many points. */
const sendMs = 1000 / 30
const pointsOfStroke = 40
/** A room holds 20 000 elements: every pen removes its strokes again but for the last ones. */
const strokesKept = 20
const maxGrowth = 1.1

const memory = watchMemory()
const server = await startBenchServer(values.model, memory.environment)
const cookies = await Promise.all(Array.from({ length: 20 }, () => newGuest(server.url)))
const { edit: secret } = await newRoom(server.url, cookies[0]!)
const enter = (index: number) => enterRoom({ url: server.url, secret, cookie: cookies[index % cookies.length]! })
const clients: RoomClient[] = []
for (let index = 0; index < sockets; index++) clients.push(await enter(index))
const refused = clients.find(client => client.welcome === null)
if (refused) throw new Error(`A page could not enter: ${refused.errors[0]?.message}`)
const eye = clients.at(-1)!
for (let index = 0; index < frames; index++) {
  const frame = buildFrame({ id: `frame${index}`, z: `a${index}`, x: index * 600, width: 512, height: 512 })
  clients[0]!.operate(add(frame))
}
await until(() => clients.every(client => client.isSettled))

/** From a pen to somebody else's page, in milliseconds, with the moment; the oldest are forgotten. */
const travelled: { readonly at: number; readonly ms: number }[] = []
const sentAt = new Map<string, number>()
eye.socket.on('scene:operated', ({ operations }) => {
  const now = performance.now()
  for (const { operation } of operations) {
    if (operation.type !== 'add') continue
    const sent = sentAt.get(operation.element.id)
    if (sent !== undefined) travelled.push({ at: now, ms: now - sent })
    sentAt.delete(operation.element.id)
  }
})

async function draw(client: RoomClient, pen: number, endsAt: number): Promise<void> {
  const mine: string[] = []
  while (performance.now() < endsAt) {
    const id = randomUUID()
    const x = (pen % frames) * 600 + 40 * (pen % 7)
    sentAt.set(id, performance.now())
    client.operate(add(buildStroke({ id, x, points: [0, pen * 20, 0.5], done: false })))
    for (let point = 1; point < pointsOfStroke && performance.now() < endsAt; point++) {
      await sleep(sendMs)
      const points = [point * 5, pen * 20 + (point % 9), 0.5]
      client.operate({ type: 'extend', id, from: point, points, done: point === pointsOfStroke - 1 })
    }
    mine.push(id)
    if (mine.length > strokesKept) client.operate({ type: 'remove', ids: [mine.shift()!] })
    // The pages' own records of what was shown are not what is measured.
    for (const each of clients) each.shown.length = 0
  }
}

/** One after the other in each frame, with words that follow nothing. */
async function paint(count: number): Promise<{ readonly msOfFirst: number; readonly msOfLast: number }> {
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    const startedAt = performance.now()
    const before = eye.kept.length
    clients[0]!.operate({ type: 'change', id: 'frame0', change: { seed: index, live: false } })
    await clients[0]!.ask(reply => clients[0]!.socket.emit('frame:paint', { frameId: 'frame0' }, reply))
    await until(() => eye.kept.length > before)
    times.push(performance.now() - startedAt)
    for (const client of clients) client.shown.length = 0
  }
  const part = Math.max(1, Math.floor(count / 4))
  return { msOfFirst: summarize(times.slice(0, part)).p95, msOfLast: summarize(times.slice(-part)).p95 }
}

const startedAt = performance.now()
const endsAt = startedAt + minutes * 60_000
const drawing = clients.slice(0, pens).map((client, pen) => draw(client, pen, endsAt))
await sleep(settle * 60_000)
const first = await memory.measure()
await Promise.all(drawing)
await until(() => clients.every(client => client.isSettled))
const afterDrawing = await memory.measure()
const painted = await paint(pictures)
const last = await memory.measure()

const spanMs = (endsAt - startedAt) / 4
const early = summarize(travelled.filter(({ at }) => at < startedAt + spanMs).map(({ ms }) => ms))
const late = summarize(travelled.filter(({ at }) => at >= endsAt - spanMs).map(({ ms }) => ms))
const growth = (kept: Kept, before: Kept) => Math.round((kept.rssMb / before.rssMb) * 1000) / 1000
const isSlower = hasRisen(early.p95, late.p95) || hasRisen(painted.msOfFirst, painted.msOfLast)
const serverGrowth = growth(last.server, first.server)
const engineGrowth = last.engine && first.engine ? growth(last.engine, first.engine) : null
for (const client of clients) client.close()
await server.close()
memory.close()

const line = (name: string, kept: readonly (Kept | null)[]) =>
  `${name}: ${kept.map(one => (one ? `${one.rssMb} MB (heap ${one.heapMb}, external ${one.externalMb})` : 'no process')).join(' → ')}`
report(
  `soak: ${sockets} sockets, ${pens} pens, ${frames} live frames, ${minutes} min, then ${pictures} pictures`,
  [
    `${line('server', [first.server, afterDrawing.server, last.server])}: × ${serverGrowth} (aim ≤ ${maxGrowth})`,
    `${line('engine', [first.engine, afterDrawing.engine, last.engine])}: × ${engineGrowth ?? 'none'} (aim ≤ ${maxGrowth})`,
    `stroke → other socket, p95: ${early.p95} ms in the first quarter, ${late.p95} ms in the last`,
    `a picture, p95: ${painted.msOfFirst} ms of the first quarter, ${painted.msOfLast} ms of the last`,
    `p95 ${isSlower ? 'has risen' : 'is flat'} (aim: by a quarter at most)`,
  ],
  {
    bench: 'soak',
    sockets,
    pens,
    frames,
    minutes,
    pictures,
    first,
    afterDrawing,
    last,
    serverGrowth,
    engineGrowth,
    early,
    late,
    painted,
    isSlower,
  },
)
if (serverGrowth > maxGrowth || (engineGrowth ?? 0) > maxGrowth || isSlower) process.exitCode = 1
