import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { until } from '../test/support/roomClient.ts'
import { add, buildFrame, buildStroke } from '../test/support/scenes.ts'
import { newGuest, newRoom } from '../test/support/server.ts'
import { hasRisen, report, startBenchServer, summarize } from './canvas.ts'
import { enterLooker, type Looker } from './looker.ts'
import { type Kept, watchMemory } from './memory.ts'
import { processorMs } from './processTime.ts'

/**
 * A long evening: many look, some draw, a few live frames repaint; then many pictures, one after the other. What server
 * and engine keep after a forced collection at the end is compared with what they kept after the first minute, and how
 * fast ink travelled in the last minutes with how fast it did in the first. Time of the processor for each operation says
 * beside it whose work has grown: the server's, or that of this program, which is all of the pages.
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
    /** Of a stroke; with fewer a room holds as many strokes sooner. */
    points: { type: 'string', default: '40' },
  },
})
const [sockets, pens, frames] = [Number(values.sockets), Number(values.pens), Number(values.frames)]
const [minutes, pictures, settle] = [Number(values.minutes), Number(values.pictures), Number(values.settle)]
/** A pen that is sent thirty times a second, and lifts after so many points. */
const sendMs = 1000 / 30
const pointsOfStroke = Number(values.points)
/** A room holds 20 000 elements: every pen removes its strokes again but for the last ones. */
const strokesKept = 20
const maxGrowth = 1.1
/** A second after the last stroke the room's snapshot is taken: it is stored by then, and what it took is free again. */
const restMs = 5_000
const longestPictureMs = 60_000

const memory = watchMemory()
const server = await startBenchServer(values.model, memory.environment)
const cookies = await Promise.all(Array.from({ length: 20 }, () => newGuest(server.url)))
const { edit: secret } = await newRoom(server.url, cookies[0]!)
const pageOf = (index: number) => ({ url: server.url, secret, cookie: cookies[index % cookies.length]! })
const artists: Looker[] = []
for (let index = 0; index < pens; index++) artists.push(await enterLooker(pageOf(index)))
const lookers: Looker[] = []
for (let index = pens; index < sockets; index++) lookers.push(await enterLooker(pageOf(index)))
const first = artists[0]!
const eye = lookers[0]!
for (let index = 0; index < frames; index++) {
  const frame = buildFrame({ id: `frame${index}`, z: `a${index}`, x: index * 600, width: 512, height: 512 })
  first.operate(add(frame))
}
await untilSettled()

/** Every page knows that all of its own operations are stored. */
async function untilSettled(): Promise<void> {
  await until(() => artists.every(artist => artist.isSettled))
}

/** From a pen to somebody else's page, in milliseconds, with the moment; the oldest are forgotten. */
const travelled: { readonly at: number; readonly ms: number }[] = []
const sentAt = new Map<string, number>()
let seen = 0
eye.socket.on('scene:operated', ({ operations }) => {
  const now = performance.now()
  seen += operations.length
  for (const { operation } of operations) {
    if (operation.type !== 'add') continue
    const sent = sentAt.get(operation.element.id)
    if (sent !== undefined) travelled.push({ at: now, ms: now - sent })
    sentAt.delete(operation.element.id)
  }
})

async function draw(client: Looker, pen: number, endsAt: number): Promise<void> {
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
  }
}

/** One after the other in one frame. */
async function paint(count: number): Promise<{ readonly msOfFirst: number; readonly msOfLast: number }> {
  const times: number[] = []
  let saved = 0
  eye.socket.on('frame:saved', () => saved++)
  const paintOne = async (seed: number): Promise<void> => {
    const before = saved
    // One that was cut off is not in the room for a moment.
    await untilSettled()
    first.operate({ type: 'change', id: 'frame0', change: { seed, live: false } })
    const reply = await first.ask(answer => first.socket.emit('frame:paint', { frameId: 'frame0' }, answer))
    if (!reply.ok) throw new Error(`A picture was refused: ${reply.error.message}`)
    // Whoever is cut off in this very moment never hears of it.
    await Promise.race([until(() => saved > before), sleep(longestPictureMs)])
  }
  for (let index = 0; index < count; index++) {
    const startedAt = performance.now()
    await paintOne(index)
    times.push(performance.now() - startedAt)
    if ((index + 1) % 250 === 0) say(`${index + 1} pictures`)
  }
  const part = Math.max(1, Math.floor(count / 4))
  return { msOfFirst: summarize(times.slice(0, part)).p95, msOfLast: summarize(times.slice(-part)).p95 }
}

/** How far it is, for whoever waits. */
const say = (what: string) => console.error(`${Math.round((performance.now() - startedAt) / 1000)} s: ${what}`)
const measureAt = async (moment: string) => {
  const found = await memory.measure()
  say(`${moment}: server ${found.server.rssMb} MB, engine ${found.engine?.rssMb ?? 'none'} MB`)
  return found
}
/** What has been shown, and what it took. */
const countWork = () => ({ seen, serverMs: processorMs(server.pid), pagesMs: processorMs(process.pid) })
type Work = ReturnType<typeof countWork>
const perOperation = (from: Work, to: Work) => ({
  serverUs: Math.round((1000 * (to.serverMs - from.serverMs)) / (to.seen - from.seen)),
  pagesUs: Math.round((1000 * (to.pagesMs - from.pagesMs)) / (to.seen - from.seen)),
})
const startedAt = performance.now()
const endsAt = startedAt + minutes * 60_000
const drawing = artists.map((client, pen) => draw(client, pen, endsAt))
await sleep(settle * 60_000)
const afterSettling = await measureAt('settled')
const quarterMs = (endsAt - performance.now()) / 4
const work = [countWork()]
await sleep(quarterMs)
work.push(countWork())
await sleep(2 * quarterMs)
work.push(countWork())
await Promise.all(drawing)
work.push(countWork())
await untilSettled()
await sleep(restMs)
const afterDrawing = await measureAt('drawn')
const painted = await paint(pictures)
await sleep(restMs)
const last = await measureAt('painted')

const spanMs = (endsAt - startedAt) / 4
const early = summarize(travelled.filter(({ at }) => at < startedAt + spanMs).map(({ ms }) => ms))
const late = summarize(travelled.filter(({ at }) => at >= endsAt - spanMs).map(({ ms }) => ms))
const [firstQuarter, lastQuarter] = [perOperation(work[0]!, work[1]!), perOperation(work[2]!, work[3]!)]
const growth = (kept: Kept, before: Kept) => Math.round((kept.rssMb / before.rssMb) * 1000) / 1000
const isSlower = hasRisen(early.p95, late.p95) || hasRisen(painted.msOfFirst, painted.msOfLast)
const serverGrowth = growth(last.server, afterSettling.server)
const engineGrowth = last.engine && afterSettling.engine ? growth(last.engine, afterSettling.engine) : null
const cuts = [...artists, ...lookers].reduce((sum, looker) => sum + looker.cuts, 0)
for (const page of [...artists, ...lookers]) page.close()
await server.close()
memory.close()

const line = (name: string, kept: readonly (Kept | null)[]) =>
  `${name}: ${kept.map(one => (one ? `${one.rssMb} MB (heap ${one.heapMb}, external ${one.externalMb})` : 'no process')).join(' → ')}`
report(
  `soak: ${sockets} sockets, ${pens} pens, ${frames} live frames, ${minutes} min, then ${pictures} pictures`,
  [
    `${line('server', [afterSettling.server, afterDrawing.server, last.server])}: × ${serverGrowth} (aim ≤ ${maxGrowth})`,
    `${line('engine', [afterSettling.engine, afterDrawing.engine, last.engine])}: × ${engineGrowth ?? 'none'} (aim ≤ ${maxGrowth})`,
    `stroke → other socket, p95: ${early.p95} ms in the first quarter, ${late.p95} ms in the last`,
    `processor for each operation: server ${firstQuarter.serverUs} µs in the first quarter, ${lastQuarter.serverUs} µs in the last; all pages ${firstQuarter.pagesUs} and ${lastQuarter.pagesUs} µs`,
    `a picture, p95: ${painted.msOfFirst} ms of the first quarter, ${painted.msOfLast} ms of the last`,
    `p95 ${isSlower ? 'has risen' : 'is flat'} (aim: by a quarter at most)`,
    `${cuts} times a page was cut off`,
  ],
  {
    bench: 'soak',
    sockets,
    pens,
    frames,
    minutes,
    pictures,
    afterSettling,
    afterDrawing,
    last,
    serverGrowth,
    engineGrowth,
    firstQuarter,
    lastQuarter,
    early,
    late,
    painted,
    isSlower,
    cuts,
  },
)
if (serverGrowth > maxGrowth || (engineGrowth ?? 0) > maxGrowth || isSlower) process.exitCode = 1
