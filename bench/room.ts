import { parseArgs } from 'node:util'
import type { Operation } from '../protocol/scene.ts'
import { until } from '../test/support/roomClient.ts'
import { add, buildStroke } from '../test/support/scenes.ts'
import { newGuest, newRoom } from '../test/support/server.ts'
import { report, startBenchServer, summarize, watchLoopDelay } from './canvas.ts'
import { enterPlainPage, type PlainPage } from './plainPage.ts'

/**
 * A full room: many look, some draw at once. From a stroke's point leaving one socket to its arrival at each other
 * socket, and whether everybody got everything, in order.
 */
const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '50' },
    drawing: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '10' },
  },
})
const [sockets, drawing, seconds] = [Number(values.sockets), Number(values.drawing), Number(values.seconds)]
/** Ink is sent 30 times a second, two points of a 60 Hz pen each. */
const sendMs = 1000 / 30

interface CountingPage extends PlainPage {
  /** Operations that came, and whether their clocks had no gap. */
  count: number
  clock: number
  isWhole: boolean
}

const server = await startBenchServer('none')
const host = await newGuest(server.url)
const { edit: secret } = await newRoom(server.url, host)
const sentAt = new Map<string, number>()
const latencies: number[] = []

async function openPage(cookie: string): Promise<CountingPage> {
  const counts = { count: 0, clock: 0, isWhole: true }
  const page = await enterPlainPage({
    ...{ url: server.url, cookie, secret },
    onOperated: ({ operations }) => {
      const now = performance.now()
      for (const { clock, client, seq } of operations) {
        counts.isWhole &&= clock === counts.clock + 1
        counts.clock = clock
        counts.count++
        if (client !== page.client) latencies.push(now - sentAt.get(`${client}:${seq}`)!)
      }
    },
  })
  return Object.assign(counts, page)
}

// A few people with many pages each: new guests from one address come slowly, on purpose.
const cookies = [host, ...(await Promise.all(Array.from({ length: 9 }, () => newGuest(server.url))))]
const pages: CountingPage[] = []
for (let index = 0; index < sockets; index++) pages.push(await openPage(cookies[index % cookies.length]!))

let sent = 0
let stored = 0
let refused = 0
async function draw({ client, socket }: CountingPage, hand: number): Promise<void> {
  const startedAt = performance.now()
  let seq = 0
  let id = ''
  let points = 0
  const say = (operation: Operation) => {
    seq++
    sent++
    sentAt.set(`${client}:${seq}`, performance.now())
    socket.emit('scene:operate', { seq, operations: [operation] }, reply => {
      if (reply.ok && reply.value.rejected.length === 0) stored++
      else refused++
    })
  }
  for (let tick = 0; tick < (seconds * 1000) / sendMs; tick++) {
    // Hands do not beat in time with each other.
    const dueAt = startedAt + (tick + hand / drawing) * sendMs
    await new Promise(resolve => setTimeout(resolve, Math.max(0, dueAt - performance.now())))
    const two = [points, hand * 20, 0.5, points + 1, hand * 20, 0.5]
    const done = tick % 40 === 39
    if (tick % 40 === 0) {
      id = `${hand}-${tick}`
      points = 2
      say(add(buildStroke({ id, points: two, done: false })))
    } else {
      say({ type: 'extend', id, from: points, points: two, done })
      points += 2
    }
  }
}
const loopDelay = watchLoopDelay()
await Promise.all(pages.slice(0, drawing).map(draw))
await until(() => stored + refused === sent && pages.every(page => page.clock >= stored))

const isComplete = refused === 0 && pages.every(page => page.isWhole && page.count === sent)
const strokeToSocket = summarize(latencies)
for (const { socket } of pages) socket.disconnect()
const loopDelayMs = loopDelay()
const used = await server.close()

report(
  `room of ${sockets} sockets, ${drawing} drawing for ${seconds} s`,
  [
    `stroke → other socket: p50 ${strokeToSocket.p50} ms, p95 ${strokeToSocket.p95} ms, p99 ${strokeToSocket.p99} ms (aim p95 ≤ 60)`,
    `${sent} operations stored before shown, ${latencies.length} deliveries, ${isComplete ? 'none lost, none out of order' : 'SOME LOST'}`,
    `server: ${used.cpuMs} ms of processor, ${used.rssMb} MB; timers late by p50 ${used.loopDelayMs.p50} ms, p99 ${used.loopDelayMs.p99} ms`,
    `browsers: timers late by p50 ${loopDelayMs.p50} ms, p99 ${loopDelayMs.p99} ms`,
  ],
  {
    bench: 'room',
    sockets,
    drawing,
    seconds,
    strokeToSocketMs: strokeToSocket,
    sent,
    stored,
    refused,
    isComplete,
    loopDelayMs,
    server: used,
  },
)
if (!isComplete) process.exitCode = 1
