import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { keyAbove } from '../protocol/depth.ts'
import { limits } from '../protocol/limits.ts'
import { openChromium } from '../test/support/chromium.ts'
import { buildPages, pagesFolder } from '../test/support/pages.ts'
import { openRoomClient, type RoomClient, until } from '../test/support/roomClient.ts'
import { add, buildFrame, buildLayer } from '../test/support/scenes.ts'
import { newGuest, newRoom } from '../test/support/server.ts'
import { report, round, startBenchServer, summarize } from './canvas.ts'
import { arriveAt, drawRows, type FirstSeen, openPage, panFor } from './pageActions.ts'
import { countFrames } from './pageProbes.ts'
import { measureStream } from './pageStream.ts'
import { measureTwenty } from './pageTwenty.ts'
import { penStroke, pointsPerStroke } from './penStroke.ts'

/**
 * The page in a browser, beside rooms with little and with much in them: what a pen, a view that moves and somebody who
 * comes have to wait for. Strokes are drawn as a pen draws them: curves with the tremor of a hand. `--only pen,pan` measures
 * these parts alone.
 */
const { values } = parseArgs({
  options: {
    strokes: { type: 'string', default: '3000' },
    join: { type: 'string', default: '5000' },
    moved: { type: 'string', default: '1200' },
    replayed: { type: 'string', default: '2000' },
    points: { type: 'string', default: '7000' },
    /** A model's folder for what is painted in a room of twenty people; without one, a stand-in paints stripes. */
    model: { type: 'string', default: 'none' },
    /** Names of parts, with commas between them. */
    only: { type: 'string' },
  },
})
const [many, joined, moved, longest] = [values.strokes, values.join, values.moved, values.points].map(Number) as [
  number,
  number,
  number,
  number,
]

await buildPages()
const server = await startBenchServer(values.model, { BENCH_PAGES: pagesFolder })
const browser = await openChromium()
const host = await newGuest(server.url)
const lines: string[] = []
const figures: Record<string, unknown> = {}
const startedAt = performance.now()
/** Goes to where errors go, so that a run that takes long shows how far it is. */
const tell = (what: string) =>
  console.error(`${String(Math.round((performance.now() - startedAt) / 1000)).padStart(4)} s  ${what}`)
const say = (name: string, line: string, figure: unknown) => {
  tell(line)
  lines.push(line)
  figures[name] = figure
}

/** In a room without anything an invitation lies in the way. */
const emptyRoom = lazily(() => openRoom(1))
const fullRoom = lazily(() => openRoom(many))
const layeredRoom = lazily(() => openRoom(many, limits.maxLayersPerFrame))
/** What is measured, by the name that `--only` knows. */
const parts: Readonly<Record<string, () => void | Promise<void>>> = {
  pen: async () => measurePen(await emptyRoom(), await fullRoom()),
  pan: async () => measurePan('pan', '', await emptyRoom(), await fullRoom()),
  layers: async () =>
    measurePan('layers', ` on ${limits.maxLayersPerFrame} layers`, await emptyRoom(), await layeredRoom()),
  longStroke: async () => measureLongStroke(await emptyRoom()),
  moved: measureMoved,
  join: async () => measureJoin(await emptyRoom()),
  replay: () => measureReplay('replay', { rises: true }),
  replayPens: () => measureReplay('replayPens', { rises: false }),
  firstLoad: measureFirstLoad,
  twenty: measureRoomOfTwenty,
  stream: measureStreamedFrame,
}

try {
  for (const part of chosenParts(values.only)) await part()
} finally {
  await browser.close()
  await server.close()
}
report('The page in a browser', lines, figures)

/** All of them, or those that are named. */
function chosenParts(names: string | undefined): (() => void | Promise<void>)[] {
  return (names?.split(',') ?? Object.keys(parts)).map(name => {
    const part = parts[name]
    if (part) return part
    throw new Error(`At --only: Expected names of ${Object.keys(parts).join(', ')}, got "${name}".`)
  })
}

/** Made when it is needed for the first time. */
function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make()
    return made
  }
}

/**
 * With layers, all strokes lie on them, and they on one frame as large as what is drawn. `rises`: one after the other,
 * each stroke above the one before it, as a hand draws them.
 */
async function openRoom(strokes: number, layers = 0, { rises = false } = {}): Promise<string> {
  const { edit } = await newRoom(server.url, host)
  const pens = await Promise.all(Array.from({ length: strokes === 0 ? 0 : rises ? 1 : 12 }, () => enter(edit)))
  if (layers > 0) {
    const [pen] = pens as [RoomClient, ...RoomClient[]]
    pen.operate(add(buildFrame({ x: -1000, y: -600, width: 2048, height: 1280, live: false, z: 'a0' })))
    for (let layer = 0; layer < layers; layer++) pen.operate(add(buildLayer({ id: `layer${layer}`, z: `a${layer}` })))
    await until(() => pens.every(one => one.sync.scene.elements.has(`layer${layers - 1}`)))
  }
  let z = 'a0'
  for (let index = 0; index < strokes; index++) {
    if (rises) z = keyAbove(z)
    const stroke = { ...penStroke(index), z }
    const on = layers > 0 ? { ...stroke, layer: `layer${index % layers}` } : stroke
    pens[index % pens.length]!.operate(add(on))
  }
  await until(() => pens.every(pen => pen.isSettled))
  for (const pen of pens) pen.close()
  tell(`a room of ${strokes} strokes${layers > 0 ? ` on ${layers} layers` : ''} is drawn`)
  return edit
}

function addressOf(secret: string): string {
  return `${server.url}/r/${secret}`
}

async function enter(secret: string): Promise<RoomClient> {
  const client = openRoomClient({ url: server.url, secret, cookie: await newGuest(server.url) })
  client.connect()
  await until(() => client.welcome !== null)
  return client
}

/** Moves the mouse along a spiral, as many points at once as a fast pen has in a frame or two. */
async function drawSpiral(page: Page, from: number, to: number): Promise<void> {
  const atOnce = 10
  const move = (at: number) => {
    const [angle, radius] = [at / 20, 40 + at / 24]
    return page.mouse.move(640 + Math.cos(angle) * radius, 380 + Math.sin(angle) * radius * 0.9)
  }
  for (let at = from; at < to; at += atOnce) {
    await Promise.all(Array.from({ length: Math.min(atOnce, to - at) }, (_, index) => move(at + index)))
  }
}

/**
 * Plays how a room was drawn in 15 s: pictures a second, and what one of them takes of the page's time. `rises`: by one pen,
 * each stroke above the last; otherwise by twelve, whose strokes come under each other's.
 */
async function measureReplay(name: string, { rises }: { readonly rises: boolean }): Promise<void> {
  const [operations, seconds] = [Number(values.replayed), 15]
  const page = await openPage(browser, addressOf(await openRoom(operations, 0, { rises })))
  await page.getByRole('button', { name: 'Share' }).click()
  const openedAt = performance.now()
  await page.getByRole('button', { name: 'Replay…' }).click()
  await page.getByRole('button', { name: 'Pause' }).waitFor()
  const openMs = performance.now() - openedAt
  await page.evaluate(() => (globalThis as unknown as { frameMs: number[] }).frameMs.splice(0))
  const startedAt = performance.now()
  await page.getByRole('button', { name: 'Play' }).waitFor({ timeout: 4 * seconds * 1_000 })
  const playedMs = performance.now() - startedAt
  const frames = await page.evaluate(() => (globalThis as unknown as { frameMs: number[] }).frameMs)
  const { p50, p95, max } = summarize(frames)
  const rate = round(frames.length / (playedMs / 1000))
  const took = `one takes p50 ${p50}, p95 ${p95}, at most ${max} ms`
  say(
    name,
    `a replay of ${operations} operations${rises ? '' : ' of 12 pens'} in ${seconds} s: open after ${round(openMs)} ms, ${rate} pictures a second, ${took}`,
    { operations, openMs: round(openMs), picturesPerSecond: rate, frameMs: { p50, p95, max } },
  )
  await page.context().close()
}

async function measurePen(empty: string, full: string): Promise<void> {
  for (const [strokes, secret] of [
    [1, empty],
    [many, full],
  ] as const) {
    const page = await openPage(browser, addressOf(secret))
    await page.keyboard.press('p')
    await page.evaluate(countFrames)
    await drawRows(page)
    const frames = await page.evaluate(() => (globalThis as unknown as { inkFrames: number[] }).inkFrames)
    const share = frames.filter(count => count <= 1).length / frames.length
    const text = `pen move to ink with ${strokes} strokes: within one frame ${round(share * 100)} % of ${frames.length}, at most ${Math.max(...frames)}`
    say(`pen${strokes}`, text, { moves: frames.length, withinOneFrame: share, most: Math.max(...frames) })
    for (let row = 0; row < 8; row++) await page.keyboard.press('Control+z')
    await page.waitForTimeout(500)
    await page.context().close()
  }
}

async function measurePan(name: string, where: string, empty: string, full: string): Promise<void> {
  const pages = await Promise.all([empty, full].map(room => openPage(browser, addressOf(room))))
  const rates: number[][] = [[], []]
  // In turn, so that whatever else the machine does meets both alike.
  for (let round = 0; round < 5; round++) {
    for (const [index, page] of pages.entries()) {
      await page.bringToFront()
      rates[index]!.push(await page.evaluate(panFor, 800))
    }
  }
  for (const page of pages) await page.context().close()
  const [inEmpty, inFull] = rates.map(one => summarize(one).p50) as [number, number]
  const ratio = inFull / inEmpty
  const text = `panning ${many} strokes${where}: ${inFull} frames a second, of ${inEmpty} in an empty room: ${round(ratio * 100)} %`
  say(name, text, { empty: inEmpty, full: inFull, ratio })
}

async function measureLongStroke(empty: string): Promise<void> {
  const page = await openPage(browser, addressOf(empty))
  await page.keyboard.press('p')
  await page.mouse.move(640, 380)
  await page.mouse.down()
  const costs: Record<number, number> = {}
  let drawn = 0
  for (const points of [100, 1_000, longest]) {
    await drawSpiral(page, drawn, points)
    drawn = points
    const spent = await page.evaluate(() => {
      const probe = globalThis as unknown as { frameMs: number[] }
      return probe.frameMs.slice(-20)
    })
    costs[points] = summarize(spent).p50
  }
  await page.mouse.up()
  await page.context().close()
  const text = Object.entries(costs).map(([points, ms]) => `${ms} ms at ${points} points`)
  say('longStroke', `drawing a frame of a growing stroke, p50: ${text.join(', ')}`, costs)
}

async function measureMoved(): Promise<void> {
  const secret = await openRoom(moved)
  const [mira, jo] = await Promise.all([enter(secret), enter(secret)])
  const ids = [...mira.sync.scene.elements.keys()]
  const times: number[] = []
  for (let round = 1; round <= 5; round++) {
    const startedAt = performance.now()
    mira.operate({ type: 'arrange', changes: ids.map(id => ({ id, change: { x: round * 10, y: 0 } })) })
    await until(() => {
      const last = jo.sync.scene.elements.get(ids.at(-1)!)
      return last?.kind === 'stroke' && last.x === round * 10
    })
    times.push(performance.now() - startedAt)
    await new Promise(resolve => setTimeout(resolve, 4_000))
  }
  mira.close()
  jo.close()
  const { p50, max } = summarize(times)
  say('moved', `${moved} strokes moved, until another has all of it: p50 ${p50} ms, at most ${max} ms`, { p50, max })
}

async function measureJoin(empty: string): Promise<void> {
  const secret = await openRoom(joined)
  const client = await enter(secret)
  const { scene } = client.welcome!
  if (scene.type !== 'packed') throw new Error(`Expected a packed welcome, got ${scene.type}.`)
  const perPoint = scene.elements.byteLength / (joined * pointsPerStroke)
  client.close()
  const rounds = 7
  const arrivals = [
    { address: addressOf('bare'), hasInk: true },
    { address: addressOf(empty), hasInk: false },
    { address: addressOf(secret), hasInk: true },
  ]
  const onRound = (round: number, seen: readonly FirstSeen[]) => {
    const ms = seen.map(one => Math.round(one.inkMs)).join(', ')
    tell(`opened in round ${round} of ${rounds} until ink, a bare page, an empty room, ${joined} strokes: ${ms} ms`)
  }
  const visited = addressOf(empty)
  const [inBare, inEmpty, inFull] = await arriveAt(arrivals, { browser, visited, rounds, onRound })
  const median = (seen: readonly FirstSeen[] | undefined, what: keyof FirstSeen) =>
    summarize(seen!.map(one => one[what])).p50
  const figures = {
    bytesPerPoint: Math.round(perPoint * 100) / 100,
    inkMs: median(inFull, 'inkMs'),
    toolsMs: median(inFull, 'toolsMs'),
    emptyMs: median(inEmpty, 'toolsMs'),
    bareMs: median(inBare, 'inkMs'),
  }
  const { bytesPerPoint, inkMs, toolsMs, emptyMs, bareMs } = figures
  const ratio = round(inkMs / bareMs)
  const text = `coming in beside ${joined} strokes: ${bytesPerPoint} bytes a point; first ink after ${inkMs} ms, ${ratio} times what a page of one canvas takes (${bareMs} ms); tools after ${toolsMs} ms; an empty room's tools after ${emptyMs} ms`
  say('join', text, figures)
}

async function measureRoomOfTwenty(): Promise<void> {
  const [empty, room] = [await emptyRoom(), await openRoom(many)]
  const found = await measureTwenty({ browser, url: server.url, pid: server.pid, room, empty, strokes: many, tell })
  for (const { name, line, figure } of found) say(name, line, figure)
}

async function measureStreamedFrame(): Promise<void> {
  const painter = await enter(await openRoom(1))
  const found = await measureStream(browser, server.url, { painter, pictures: 600 })
  painter.close()
  const { pictures, atFirst, atLast } = found
  const text = `a frame shown alone: ${atFirst.heapMb} MB of heap and ${atFirst.nodes} nodes at first, ${atLast.heapMb} MB and ${atLast.nodes} after ${pictures} pictures`
  say('stream', text, found)
}

function measureFirstLoad(): void {
  const page = readFileSync(join(pagesFolder, 'index.html'), 'utf8')
  const scripts = [...page.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map(([, path]) => join(pagesFolder, path!))
  const bytes = scripts.reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).length, 0)
  say('firstLoad', `first load: ${round(bytes / 1000)} kB of JavaScript, gzip`, { bytes })
}
