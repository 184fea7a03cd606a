import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import type { FrameShown } from '../protocol/events.ts'
import type { Uploaded } from '../protocol/http.ts'
import type { NewElement, Operation } from '../protocol/scene.ts'
import { openChromium } from '../test/support/chromium.ts'
import { until } from '../test/support/roomClient.ts'
import { add, buildFrame, buildStroke } from '../test/support/scenes.ts'
import { newGuest } from '../test/support/server.ts'
import { round, summarize } from './canvas.ts'
import { arriveAt, drawRows, openPage, panFor } from './pageActions.ts'
import { countFrames } from './pageProbes.ts'
import { enterPlainPage, type PlainPage } from './plainPage.ts'
import { processorMs } from './processTime.ts'

/**
 * Twenty people in one room: 17 sockets without a page, six of them with a pen that never rests, each over one of four live
 * frames with two regions; a page in a browser of its own that plays the replay over and over; and two whose pen, view and
 * arrival are measured meanwhile, against the aims that pages have in a room where nothing goes on.
 */
export interface TwentyOptions {
  readonly browser: Browser
  readonly url: string
  /** Of the server. */
  readonly pid: number
  /** The secrets of a room with `strokes` in it, and of one with next to nothing. */
  readonly room: string
  readonly empty: string
  readonly strokes: number
  readonly tell: (what: string) => void
}

interface Found {
  readonly name: string
  readonly line: string
  readonly figure: unknown
}

const [standIns, pens, frames] = [17, 6, 4]
const frameSide = 512
/** Ink is sent 30 times a second, two points of a 60 Hz pen each; a stroke takes 40 of these. */
const sendMs = 1000 / 30
const sendsPerStroke = 40
const replaySeconds = 15
/** As long the people are without browsers, which take more than the server does where they share its processors. */
const secondsAlone = 20

export async function measureTwenty(options: TwentyOptions): Promise<readonly Found[]> {
  const { browser, url, pid, room, empty, strokes, tell } = options
  const [inRoom, inEmpty] = [`${url}/r/${room}`, `${url}/r/${empty}`]
  const people = await openPeople(url, room)
  await addFrames(url, room, people)
  const pause = people.startDrawing()
  tell('seventeen are in the room, six of them draw')
  await new Promise(resolve => setTimeout(resolve, secondsAlone * 1000))
  const alone = people.takeFigures()
  tell('browsers come in')
  const [startedAt, usedBefore] = [performance.now(), processorMs(pid)]
  const second = await openChromium()
  try {
    const replay = await startReplay(second, inRoom)
    const pen = await measurePen(browser, inRoom)
    // Whoever looks at the replay has a machine of their own: here it would take one of two processors from who pans.
    const played = await replay.stop()
    const pan = await measurePan(browser, inEmpty, inRoom)
    const join = await measureJoin(browser, inEmpty, inRoom)
    const share = round((100 * (processorMs(pid) - usedBefore)) / (performance.now() - startedAt))
    const drawn = await pause()
    const around = `in a room of 20 with ${strokes} strokes, ${frames} live frames of two regions and a replay`
    return [
      found(
        'twentyPen',
        `pen move to ink ${around}: within one frame ${pen.share} % of ${pen.moves}, at most ${pen.most} (aim all)`,
        pen,
      ),
      found(
        'twentyPan',
        `panning: ${pan.full} frames a second, of ${pan.empty} in an empty room: ${pan.percent} % (aim ≥ 80)`,
        pan,
      ),
      found(
        'twentyJoin',
        `coming in: first ink after ${join.inkMs} ms (aim ≤ 300), an empty room's tools after ${join.emptyMs} ms`,
        join,
      ),
      found(
        'twentyReplay',
        `the replay meanwhile: ${played.picturesPerSecond} pictures a second (aim ≥ 30), one takes p95 ${played.p95} ms`,
        played,
      ),
      found(
        'twentyInk',
        `pen → other socket: p50 ${alone.ink.p50}, p95 ${alone.ink.p95} ms (aim p95 ≤ 60), beside the browsers p50 ${drawn.ink.p50}, p95 ${drawn.ink.p95}; ${drawn.sent} operations, ${drawn.isComplete ? 'none lost, none out of order' : 'SOME LOST'}`,
        { ...drawn, alone: alone.ink },
      ),
      found(
        'twentyLive',
        `live frames: ${drawn.picturesPerSecond} pictures a second in all; pen-up → picture p50 ${alone.live.p50}, p95 ${alone.live.p95} ms (aim p95 ≤ 300 for one frame), beside the browsers p50 ${drawn.live.p50}, p95 ${drawn.live.p95}`,
        { ...drawn.live, alone: alone.live },
      ),
      found('twentyServer', `the server meanwhile: ${share} % of a core`, share),
    ]
  } finally {
    await second.close()
    people.close()
  }
}

const found = (name: string, line: string, figure: unknown): Found => ({ name, line, figure })

/** Somebody without a page, who notes what comes. */
interface StandIn extends PlainPage {
  readonly cookie: string
  clock: number
  isWhole: boolean
}

async function openPeople(url: string, secret: string) {
  const sentAt = new Map<string, number>()
  const inkMs: number[] = []
  const liveMs: number[] = []
  /** Of each frame: when the pen went up at which clock, and has not been seen in a picture. */
  const unseen = new Map<string, { clock: number; at: number }[]>()
  const frameOfStroke = new Map<string, string>()
  let [pictures, sent, answered, refused] = [0, 0, 0, 0]
  const all: StandIn[] = []

  async function enter(index: number): Promise<StandIn> {
    const cookie = await newGuest(url)
    const seen = { cookie, clock: 0, isWhole: true }
    const plain = await enterPlainPage({
      ...{ url, secret, cookie },
      onOperated({ operations }) {
        const now = performance.now()
        for (const { clock, client, seq, operation } of operations) {
          seen.isWhole &&= seen.clock === 0 || clock === seen.clock + 1
          seen.clock = clock
          const at = sentAt.get(`${client}:${seq}`)
          if (at !== undefined && client !== plain.client) inkMs.push(now - at)
          if (index > 0 || operation.type !== 'extend' || !operation.done) continue
          const frame = frameOfStroke.get(operation.id)
          if (frame && at !== undefined) unseen.get(frame)!.push({ clock, at })
        }
      },
    })
    plain.socket.on('frame:shown', (shown: FrameShown) => {
      plain.socket.emit('preview:shown', shown.id)
      if (index > 0 || shown.step !== null) return
      pictures++
      const waiting = unseen.get(shown.frameId) ?? []
      const now = performance.now()
      for (const { at } of waiting.filter(({ clock }) => clock <= shown.clock)) liveMs.push(now - at)
      unseen.set(
        shown.frameId,
        waiting.filter(({ clock }) => clock > shown.clock),
      )
    })
    return Object.assign(seen, plain)
  }
  for (let index = 0; index < standIns; index++) all.push(await enter(index))

  function say({ client, socket }: StandIn, seq: number, operation: Operation): void {
    sent++
    sentAt.set(`${client}:${seq}`, performance.now())
    socket.emit('scene:operate', { seq, operations: [operation] }, reply => {
      answered++
      if (!reply.ok || reply.value.rejected.length > 0) refused++
    })
  }
  async function draw(hand: number, isOver: () => boolean): Promise<void> {
    const person = all[hand + 1]!
    const frame = `frame${hand % frames}`
    const startedAt = performance.now()
    for (let tick = 0, id = '', points = 0; !isOver() || points > 0; tick++) {
      // Hands do not beat in time with each other.
      const dueAt = startedAt + (tick + hand / pens) * sendMs
      await new Promise(resolve => setTimeout(resolve, Math.max(0, dueAt - performance.now())))
      const two = [0, 1].flatMap(next => [(points + next) * 4, Math.sin((points + next) / 8 + tick) * 30, 0.5])
      const done = tick % sendsPerStroke === sendsPerStroke - 1
      if (points === 0) {
        id = `drawn-${hand}-${tick}`
        frameOfStroke.set(id, frame)
        const place = { x: placeOf(hand % frames) + 40, y: 40 + ((tick * 7) % 400) - frameSide / 2 }
        say(
          person,
          tick + 1,
          add(buildStroke({ id, ...place, z: `a${hand}`, color: '#2c6fbb', points: two, done: false })),
        )
      } else say(person, tick + 1, { type: 'extend', id, from: points, points: two, done })
      points = done ? 0 : points + 2
    }
  }

  return {
    /** Whoever adds. */
    cookie: all[0]!.cookie,
    async add(elements: readonly NewElement[]): Promise<void> {
      const { client, socket } = all[0]!
      const answer = await new Promise(resolve => {
        socket.emit('scene:operate', { seq: 1, operations: elements.map(add) }, resolve)
      })
      for (const { id } of elements) unseen.set(id, [])
      sentAt.set(`${client}:1`, performance.now())
      if (!JSON.stringify(answer).includes('"rejected":[]')) throw new Error(`Frames: ${JSON.stringify(answer)}`)
    },
    /** What arrived when since this was asked before. */
    takeFigures: () => ({ ink: summarize(inkMs.splice(0)), live: summarize(liveMs.splice(0)) }),
    /** The pens draw until what is returned is called; it says what arrived where. */
    startDrawing() {
      let isOver = false
      const startedAt = performance.now()
      const before = pictures
      const drawing = Promise.all(Array.from({ length: pens }, (_, hand) => draw(hand, () => isOver)))
      return async () => {
        isOver = true
        const seconds = (performance.now() - startedAt) / 1000
        const picturesPerSecond = round((pictures - before) / seconds)
        await drawing
        await until(() => answered === sent && new Set(all.map(({ clock }) => clock)).size === 1)
        const isComplete = refused === 0 && all.every(({ isWhole }) => isWhole)
        return { ink: summarize(inkMs), live: summarize(liveMs), sent, isComplete, picturesPerSecond }
      }
    },
    close() {
      for (const { socket } of all) socket.disconnect()
    },
  }
}

const placeOf = (frame: number) => (frame - frames / 2) * (frameSide + 40)

/** Live frames side by side, each with a region of its left third and one of its right. */
async function addFrames(
  url: string,
  secret: string,
  people: { readonly cookie: string; add(elements: readonly NewElement[]): Promise<void> },
): Promise<void> {
  // An image is there for whoever has uploaded it.
  const { cookie } = people
  const [left, right] = await Promise.all([0, 170].map(from => uploadMask(url, { secret, cookie, from })))
  const prompts = ['a red house by a lake', 'a green tree', 'a yellow moon', 'a boat at dusk']
  await people.add(
    prompts.map((prompt, index) => {
      const regions = [
        { mask: left!, prompt: 'a green tree' },
        { mask: right!, prompt: 'a yellow moon', guidance: 6 },
      ]
      const place = { x: placeOf(index), y: -frameSide / 2, width: frameSide, height: frameSide }
      return buildFrame({ id: `frame${index}`, z: `Zz`, ...place, prompt, options: { regions } })
    }),
  )
}

/** A mask of 256 pixels a side, white in a third of its columns. */
async function uploadMask(url: string, { secret, cookie, from }: { secret: string; cookie: string; from: number }) {
  const data = Uint8Array.from({ length: 256 * 256 * 3 }, (_, at) => {
    const x = Math.floor(at / 3) % 256
    return x >= from && x < from + 86 ? 255 : 0
  })
  const png = await sharp(data, { raw: { width: 256, height: 256, channels: 3 } })
    .png()
    .toBuffer()
  const headers = { cookie, 'content-type': 'image/png', 'x-room-secret': secret }
  const answer = await fetch(`${url}/upload`, { method: 'POST', headers, body: new Uint8Array(png) })
  const { file } = (await answer.json()) as Uploaded
  return file
}

/** Plays the room's replay again and again; what stops it says how it ran. */
async function startReplay(browser: Browser, address: string) {
  const page = await openPage(browser, address)
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByRole('button', { name: 'Replay…' }).click()
  await page.getByRole('button', { name: 'Pause' }).waitFor({ timeout: 8 * replaySeconds * 1_000 })
  await page.evaluate(() => (globalThis as unknown as { frameMs: number[] }).frameMs.splice(0))
  let [isOver, playedMs] = [false, 0]
  const playing = (async () => {
    while (!isOver) {
      const startedAt = performance.now()
      await page.getByRole('button', { name: 'Play' }).waitFor({ timeout: 8 * replaySeconds * 1_000 })
      playedMs += performance.now() - startedAt
      if (!isOver) await page.getByRole('button', { name: 'Play' }).click()
    }
  })()
  return {
    /** Once it has played to its end. */
    async stop() {
      isOver = true
      await playing
      const spent = await page.evaluate(() => (globalThis as unknown as { frameMs: number[] }).frameMs)
      await page.context().close()
      const { p50, p95, max } = summarize(spent)
      return { picturesPerSecond: round(spent.length / (playedMs / 1000)), p50, p95, max }
    },
  }
}

async function measurePen(browser: Browser, address: string) {
  const page = await openPage(browser, address)
  await page.keyboard.press('p')
  await page.evaluate(countFrames)
  const sheet = (await page.locator('.sheet').nth(1).boundingBox())!
  const [x, y] = [sheet.x + sheet.width * 0.1, sheet.y + sheet.height * 0.2]
  await drawRows(page, { x, y, width: sheet.width * 0.8, height: sheet.height * 0.6 })
  const counts = await page.evaluate(() => (globalThis as unknown as { inkFrames: number[] }).inkFrames)
  await page.context().close()
  const share = round((100 * counts.filter(count => count <= 1).length) / counts.length)
  return { moves: counts.length, share, most: Math.max(...counts) }
}

async function measurePan(browser: Browser, empty: string, full: string) {
  const pages: Page[] = []
  for (const address of [empty, full]) pages.push(await openPage(browser, address))
  const rates: number[][] = [[], []]
  // In turn, so that whatever else the machine does meets both alike.
  for (let turn = 0; turn < 5; turn++) {
    for (const [index, page] of pages.entries()) {
      await page.bringToFront()
      rates[index]!.push(await page.evaluate(panFor, 800))
    }
  }
  for (const page of pages) await page.context().close()
  const [inEmpty, inFull] = rates.map(one => summarize(one).p50) as [number, number]
  return { empty: inEmpty, full: inFull, percent: round((100 * inFull) / inEmpty) }
}

async function measureJoin(browser: Browser, empty: string, full: string) {
  const arrivals = [
    { address: empty, hasInk: false },
    { address: full, hasInk: true },
  ]
  const [inEmpty, inFull] = await arriveAt(arrivals, { browser, visited: empty, rounds: 7 })
  const inkMs = inFull!.map(seen => seen.inkMs)
  const emptyMs = inEmpty!.map(seen => seen.toolsMs)
  return { inkMs: summarize(inkMs).p50, emptyMs: summarize(emptyMs).p50, all: inkMs.map(Math.round) }
}
