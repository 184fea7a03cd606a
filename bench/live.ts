import { parseArgs } from 'node:util'
import { enterRoom, type RoomClient, until } from '../test/support/roomClient.ts'
import { add, buildFrame, buildStroke } from '../test/support/scenes.ts'
import { newGuest, newRoom } from '../test/support/server.ts'
import { report, round, startBenchServer, summarize } from './canvas.ts'

/**
 * What a live frame feels like: one person draws, another looks. From pen-up to the picture of that very stroke on the
 * other's socket, and pictures per second while the pen moves without a pause.
 */
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fourstroke-256' },
    prompt: { type: 'string', default: 'a red house by a lake' },
    strokes: { type: 'string', default: '30' },
    seconds: { type: 'string', default: '10' },
    steps: { type: 'string', default: '4' },
  },
})
/** A pen at 60 points a second. */
const pointMs = 1000 / 60
const frameSide = 512
const steps = Number(values.steps)

const server = await startBenchServer(values.model)
const cookies = [await newGuest(server.url), await newGuest(server.url)]
const { edit: secret } = await newRoom(server.url, cookies[0]!)
const [pen, eye] = (await Promise.all(cookies.map(cookie => enterRoom({ url: server.url, secret, cookie })))) as [
  RoomClient,
  RoomClient,
]
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const isFresh = () => eye.states.get('frame')?.state === 'fresh'
const results = () => eye.shown.filter(({ shown }) => shown.step === null)

let strokes = 0
/** Draws a curve of so many points inside the frame; resolves with the moment of pen-up. */
async function draw(points: number): Promise<number> {
  const id = `stroke-${strokes++}`
  const place = (index: number) => {
    const angle = strokes * 1.7 + index / 12
    const radius = 40 + ((strokes * 53) % 150) + (index % 40)
    return [frameSide / 2 + Math.cos(angle) * radius, frameSide / 2 + Math.sin(angle) * radius, 0.5]
  }
  const color = ['#c0392b', '#2c6fbb', '#2e8b57', '#e0a030', '#333333'][strokes % 5]!
  pen.operate(add(buildStroke({ id, z: `a${strokes}`, color, size: 14, points: place(0), done: false })))
  const startedAt = performance.now()
  for (let index = 1; index < points; index++) {
    await sleep(Math.max(0, startedAt + index * pointMs - performance.now()))
    const done = index === points - 1
    if (done) lastPenUp = performance.now()
    pen.operate({ type: 'extend', id, from: index, points: place(index), done })
  }
  return lastPenUp
}
let lastPenUp = 0

const frame = buildFrame({ width: frameSide, height: frameSide, prompt: values.prompt, strength: 0.6, steps, seed: 7 })
pen.operate(add(frame))
await until(isFresh)
// The first pictures over a drawing warm up what painting from words alone does not use.
for (let index = 0; index < 3; index++) await draw(8)
await until(() => pen.isSettled && isFresh())

const toPicture: number[] = []
for (let index = 0; index < Number(values.strokes); index++) {
  const penUpAt = await draw(16)
  await until(() => pen.isSettled, 1)
  const clock = pen.sync.clock!
  await until(() => (results().at(-1)?.shown.clock ?? 0) >= clock, 1)
  toPicture.push(results().find(({ shown }) => shown.clock >= clock)!.at - penUpAt)
  await sleep(150)
}

await until(isFresh)
const before = results().length
const startedAt = performance.now()
await draw(Math.round((Number(values.seconds) * 1000) / pointMs))
const seconds = (performance.now() - startedAt) / 1000
const framesPerSecond = round((results().length - before) / seconds)
const paintMs = summarize(results().map(({ shown }) => shown.ms))
const bytes = summarize(results().map(({ image }) => image.byteLength))
pen.close()
eye.close()
const used = await server.close()

const penUp = summarize(toPicture)
report(
  `live frame, ${server.model} on ${server.device}, ${steps} steps over a drawing`,
  [
    `pen-up → final picture on the other's socket: p50 ${penUp.p50} ms, p95 ${penUp.p95} ms (n ${penUp.n}; aim p95 ≤ 300)`,
    `while drawing without a pause: ${framesPerSecond} pictures per second (aim ≥ 5)`,
    `raster → picture on the server: p50 ${paintMs.p50} ms, p95 ${paintMs.p95} ms; a picture is ${bytes.p50} bytes`,
  ],
  {
    bench: 'live',
    model: server.model,
    device: server.device,
    steps,
    penUpToPictureMs: penUp,
    framesPerSecond,
    paintMs,
    pictureBytes: bytes,
    server: used,
  },
)
