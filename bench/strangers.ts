import { randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { io, type Socket } from 'socket.io-client'
import { type ClientToServer, protocolVersion, type ServerToClient } from '../protocol/events.ts'
import type { RoomMade } from '../protocol/http.ts'
import type { Operation } from '../protocol/scene.ts'
import { add, buildFrame, buildStroke } from '../test/support/scenes.ts'
import { report, startBenchServer, summarize } from './canvas.ts'

/**
 * Fifty guests of one address try everything at once, against a server for strangers: uploads that stand still and uploads
 * that are decoded, rooms, pages, live frames, large pictures, styles to learn, strokes without end, files by guessing. An
 * honest guest of another address draws and paints meanwhile, as before.
 */
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: join(import.meta.dirname, '..', 'models', 'fourstroke-256') },
    guests: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '40' },
    pictures: { type: 'string', default: '12' },
    /** Nobody teaches a style: what learning costs is measured by `bench:styles`. */
    'no-learning': { type: 'boolean', default: false },
  },
})
const [guests, seconds, pictures] = [Number(values.guests), Number(values.seconds), Number(values.pictures)]
const crowd = '203.0.113.7'
const elsewhere = '203.0.113.8'

type Line = Socket<ServerToClient, ClientToServer>
const server = await startBenchServer(values.model, {}, 'strangers')
const refusals = new Map<string, number>()
const count = (code: string) => refusals.set(code, (refusals.get(code) ?? 0) + 1)

/** One HTTP request from an address; what it was refused with is counted. */
async function request(address: string, path: string, init: RequestInit = {}): Promise<Response | null> {
  const headers = { ...(init.headers as Record<string, string>), 'x-forwarded-for': address }
  const response = await fetch(`${server.url}${path}`, { ...init, headers }).catch(() => null)
  if (response === null) count('no answer')
  else if (!response.ok) {
    const body = (await response.json().catch(() => null)) as { code?: string } | null
    count(body?.code ?? String(response.status))
  }
  return response
}

async function newGuest(address: string): Promise<string | null> {
  const response = await request(address, '/guest', { method: 'POST' })
  return response?.headers.getSetCookie()[0]?.split(';')[0] ?? null
}

async function newRoom(address: string, cookie: string): Promise<string | null> {
  const response = await request(address, '/rooms', { method: 'POST', headers: { cookie } })
  if (!response?.ok) return null
  return ((await response.json()) as RoomMade).links.edit.split('/').at(-1)!
}

/** Resolves with a page that is in the room, or null if it was not let in. */
function enter(address: string, cookie: string, secret: string): Promise<Line | null> {
  const line: Line = io(server.url, {
    ...{ transports: ['websocket'], forceNew: true, reconnection: false },
    extraHeaders: { cookie, 'x-forwarded-for': address },
  })
  return new Promise(resolve => {
    line.on('connect_error', error => {
      count((error as { data?: { code: string } }).data?.code ?? 'connect_error')
      resolve(null)
    })
    line.on('connect', () => {
      const page = { protocol: protocolVersion, secret, client: randomUUID(), clock: null }
      line.emit('room:enter', page, reply => {
        if (!reply.ok) count(reply.error.code)
        resolve(reply.ok ? line : null)
      })
    })
    line.on('disconnect', () => resolve(null))
    line.on('frame:shown', shown => line.emit('preview:shown', shown.id))
  })
}

function operate(line: Line, seq: number, ...operations: Operation[]): Promise<boolean> {
  return new Promise(resolve => {
    line.emit('scene:operate', { seq, operations }, reply => {
      if (!reply.ok) count(reply.error.code)
      resolve(reply.ok && reply.value.rejected.length === 0)
    })
    line.once('disconnect', () => resolve(false))
  })
}

/** How long each of many pictures and strokes took the honest guest. */
async function workHonestly(
  line: Line,
  fromSeq: number,
  id: string,
): Promise<{ strokes: number[]; painted: number[]; seq: number }> {
  const strokes: number[] = []
  const painted: number[] = []
  let seq = fromSeq
  let isDrawing = true
  const drawing = (async () => {
    for (let index = 0; isDrawing; index++) {
      const startedAt = performance.now()
      await operate(line, ++seq, add(buildStroke({ id: `${id}-${index}`, x: 2000, points: [0, 0, 0.5, 9, 9, 0.5] })))
      strokes.push(performance.now() - startedAt)
      await sleep(50)
    }
  })()
  for (let index = 0; index < pictures; index++) {
    const startedAt = performance.now()
    const isKept = new Promise<void>(resolve => line.once('frame:saved', () => resolve()))
    await new Promise<void>(resolve => {
      line.emit('frame:paint', { frameId: 'mine' }, reply => {
        if (!reply.ok) count(`honest: ${reply.error.code}`)
        resolve()
      })
    })
    await Promise.race([isKept, sleep(30_000)])
    painted.push(performance.now() - startedAt)
    await sleep(300)
  }
  isDrawing = false
  await drawing
  return { strokes, painted, seq }
}

const photo = await sharp(randomBytes(1600 * 1200 * 3), { raw: { width: 1600, height: 1200, channels: 3 } })
  .blur(3)
  .jpeg({ quality: 90 })
  .toBuffer()
const endsAt = { time: Number.POSITIVE_INFINITY }
const isOn = () => performance.now() < endsAt.time

/** Twenty uploads that promise ten megabytes and stop after five. */
function stall(cookie: string, secret: string): void {
  const { hostname, port } = new URL(server.url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => undefined)
  const head = [
    'POST /upload HTTP/1.1',
    `host: ${hostname}:${port}`,
    'content-type: image/png',
    'content-length: 10000000',
  ]
  socket.write(
    `${[...head, `cookie: ${cookie}`, `x-room-secret: ${secret}`, `x-forwarded-for: ${crowd}`].join('\r\n')}\r\n\r\n`,
  )
  socket.write(Buffer.alloc(5_000_000))
}

async function tryEverything(index: number): Promise<void> {
  const cookie = await newGuest(crowd)
  if (cookie === null) return
  const secret = await newRoom(crowd, cookie)
  for (let again = 0; again < 5; again++) void newRoom(crowd, cookie)
  if (secret === null) return
  if (index < 20) stall(cookie, secret)
  const lines = (await Promise.all([1, 2, 3, 4, 5, 6].map(() => enter(crowd, cookie, secret)))).filter(
    line => line !== null,
  )
  const frames = Array.from({ length: 4 }, (_, frame) =>
    add(
      buildFrame({
        id: `f${frame}`,
        x: frame * 300,
        prompt: `a red house ${index}`,
        steps: frame === 0 ? 50 : 4,
        live: true,
      }),
    ),
  )
  const [line] = lines
  let seq = 0
  if (line) await operate(line, ++seq, ...frames)
  const headers = { cookie, 'x-room-secret': secret, 'content-type': 'image/jpeg' }
  const json = { cookie, 'content-type': 'application/json' }
  const jobs = [
    async () => {
      await request(crowd, '/upload', { method: 'POST', headers, body: new Uint8Array(photo) })
    },
    async () => {
      await request(crowd, `/files/${randomBytes(32).toString('hex')}`, { headers: { cookie } })
    },
    async () => {
      await request(crowd, '/rooms', {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ name: 'x'.repeat(100_000) }),
      })
    },
    async () => {
      const made = await request(crowd, '/api/styles', {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ name: randomUUID().slice(0, 20) }),
      })
      if (!made?.ok) return
      const { id } = (await made.json()) as { id: string }
      await request(crowd, `/api/styles/${id}/pictures`, { method: 'POST', headers, body: new Uint8Array(photo) })
      if (!values['no-learning'])
        await request(crowd, `/api/styles/${id}/learn`, { method: 'POST', headers: json, body: '{}' })
    },
    async () => {
      if (!line?.connected) return
      const frameId = `f${Math.floor(Math.random() * 4)}`
      line.emit('frame:paint', { frameId }, reply => !reply.ok && count(reply.error.code))
    },
    async () => {
      if (!line?.connected) return
      await operate(line, ++seq, add(buildStroke({ id: `s${seq}`, x: Math.random() * 800, y: Math.random() * 100 })))
    },
  ]
  while (isOn()) {
    await jobs[Math.floor(Math.random() * jobs.length)]!()
    await sleep(50)
  }
  for (const one of lines) one.disconnect()
}

/** Resident memory of the server and of the engine that it has started, in megabytes; the largest that was seen. */
function watchMemory(): () => { serverMb: number; engineMb: number } {
  const rss = (pid: string) =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  const most = { serverMb: 0, engineMb: 0 }
  const timer = setInterval(() => {
    try {
      const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ')
      most.serverMb = Math.max(most.serverMb, Math.round(rss(String(server.pid))))
      most.engineMb = Math.max(most.engineMb, ...children.filter(Boolean).map(pid => Math.round(rss(pid))))
    } catch {
      // A process has just gone; the next look is in a moment.
    }
  }, 200)
  return () => {
    clearInterval(timer)
    return most
  }
}

const memory = watchMemory()
const honest = (await newGuest(elsewhere))!
const page = (await enter(elsewhere, honest, (await newRoom(elsewhere, honest))!))!
await operate(page, 1, add(buildFrame({ id: 'mine', live: false, seedLocked: false })))
const quiet = await workHonestly(page, 1, 'quiet')
endsAt.time = performance.now() + seconds * 1000
const storm = Promise.all(Array.from({ length: guests }, (_, index) => tryEverything(index)))
await sleep(3_000)
const beside = await workHonestly(page, quiet.seq, 'beside')
await storm
const most = memory()
page.disconnect()
const used = await server.close()

const [quietPicture, stormPicture] = [summarize(quiet.painted), summarize(beside.painted)]
const [quietStroke, stormStroke] = [summarize(quiet.strokes), summarize(beside.strokes)]
const times = Math.round((stormPicture.p50 / quietPicture.p50) * 10) / 10
const engineAimMb = values['no-learning'] ? 450 : 1024
const isFine = times <= 5 && stormStroke.p95 <= 100 && most.serverMb <= 450 && most.engineMb <= engineAimMb
report(
  `${guests} guests of one address try everything, somebody elsewhere paints`,
  [
    `a picture: p50 ${quietPicture.p50} ms when it is quiet, ${stormPicture.p50} ms beside them, ${times} × (aim ≤ 5); p95 ${quietPicture.p95} and ${stormPicture.p95} ms`,
    `a stroke's acknowledgement: p95 ${quietStroke.p95} ms when it is quiet, ${stormStroke.p95} ms beside them (aim ≤ 100)`,
    `memory at most: server ${most.serverMb} MB (aim ≤ 450), engine ${most.engineMb} MB (aim ≤ ${engineAimMb}${values['no-learning'] ? '' : ' while styles are learned, as here'})`,
    `server's timers late by p50 ${used.loopDelayMs.p50} ms, p99 ${used.loopDelayMs.p99} ms`,
    `refused: ${[...refusals].map(([code, times]) => `${code} ${times}`).join(', ')}`,
  ],
  {
    ...{ bench: 'strangers', guests, seconds, times, isFine },
    ...{
      quietPicture,
      stormPicture,
      quietStroke,
      stormStroke,
      memory: most,
      refusals: Object.fromEntries(refusals),
      server: used,
    },
  },
)
if (!isFine) process.exitCode = 1
process.exit()
