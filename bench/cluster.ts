import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { openRemoteEngine } from '../cluster/index.ts'
import type { Engine, PaintRequest } from '../engine/index.ts'
import { cpuTimeOf } from '../engine/process/cpuTime.ts'
import { createLog } from '../logging.ts'
import { startRedis } from '../test/support/redis.ts'
import { report, round, summarize } from './canvas.ts'
import { startStandIn } from './clusterPrograms.ts'
import { openStandInEngine } from './standInEngine.ts'

/**
 * What the cluster itself costs: engines that paint nothing but take 25 ms for each step of up to eight pictures, each a
 * process of its own, with Redis and sockets on this machine. Pictures per second of 1, 2, 4 and 8 engines beside what
 * they could do at most; what a picture takes through a socket, and through the queue, beside the same in this process; and how
 * evenly many people share two engines, some of whom ask for ten pictures at a time and some for one (Jain's index).
 */
const { values } = parseArgs({
  options: {
    engines: { type: 'string', default: '1,2,4,8' },
    seconds: { type: 'string', default: '10' },
    pairs: { type: 'string', default: '200' },
    step: { type: 'string', default: '25' },
    batch: { type: 'string', default: '8' },
    side: { type: 'string', default: '256' },
    people: { type: 'string', default: '200' },
  },
})
const standIn = { stepMs: Number(values.step), batch: Number(values.batch), side: Number(values.side) }
const steps = 4
const seconds = Number(values.seconds)
const pairs = Number(values.pairs)
const secret = 'a-secret-of-this-bench'
const owners = 16
const warmUpMs = 2000
const log = createLog({ level: 'error' })
const image = { width: standIn.side, height: standIn.side, data: new Uint8Array(standIn.side ** 2 * 3).fill(90) }

function ask(number: number, overrides: Partial<PaintRequest> = {}): PaintRequest {
  return {
    ...{ owner: `owner ${number % owners}`, priority: 'interactive', prompt: 'a house', seed: number, guidance: 8 },
    ...{ steps, width: standIn.side, height: standIn.side, ...overrides },
  }
}

const redis = await startRedis()

async function withEngines<Result>(
  count: number,
  work: (engine: Engine, processes: readonly (number | undefined)[]) => Promise<Result>,
): Promise<Result> {
  const children = await Promise.all(Array.from({ length: count }, () => startStandIn(redis.url, secret, standIn)))
  const engine = await openRemoteEngine({ redisUrl: redis.url, secret, log })
  // All of them are known within a second.
  await new Promise(resolve => setTimeout(resolve, 1500))
  try {
    return await work(
      engine,
      children.map(({ pid }) => pid),
    )
  } finally {
    await engine.close()
    await Promise.all(
      children.map(child => {
        child.kill('SIGKILL')
        return once(child, 'exit')
      }),
    )
  }
}

/** As many pictures as keep all engines busy, for as long as it takes. */
async function throughput(count: number) {
  const ideal = (count * standIn.batch * 1000) / (steps * standIn.stepMs)
  const measured = await withEngines(count, async (engine, processes) => {
    let ended = 0
    let isOver = false
    let number = 0
    const requester = async () => {
      while (!isOver) {
        const { type } = await engine.paint(ask(number++)).ended
        if (type === 'finished') ended++
      }
    }
    const requesters = Array.from({ length: count * standIn.batch * 3 }, requester)
    await new Promise(resolve => setTimeout(resolve, warmUpMs))
    const before = { ended, at: performance.now(), client: process.cpuUsage(), cpu: cpuOf(processes) }
    await new Promise(resolve => setTimeout(resolve, seconds * 1000))
    const painted = ended - before.ended
    const { user, system } = process.cpuUsage(before.client)
    const cpu = cpuOf(processes)
    const tookMs = performance.now() - before.at
    isOver = true
    await Promise.all(requesters)
    return {
      rate: (painted / tookMs) * 1000,
      clientMs: (user + system) / 1000 / painted,
      engineMs: (cpu.engines - before.cpu.engines) / painted,
      redisMs: (cpu.redis - before.cpu.redis) / painted,
    }
  })
  return {
    engines: count,
    perSecond: round(measured.rate),
    ideal: round(ideal),
    percent: round((100 * measured.rate) / ideal),
    cpuMs: {
      client: hundredths(measured.clientMs),
      engine: hundredths(measured.engineMs),
      redis: hundredths(measured.redisMs),
    },
  }
}

/** Milliseconds of CPU time so far. */
function cpuOf(processes: readonly (number | undefined)[]) {
  const sum = (pids: readonly (number | undefined)[]) =>
    pids.reduce<number>((all, pid) => all + (cpuTimeOf(pid) ?? 0), 0)
  return { engines: sum(processes), redis: sum([redis.pid()]) }
}

const hundredths = (figure: number) => Math.round(figure * 100) / 100

/** One picture after the other, in this process and elsewhere by turns, so that a busy machine is as busy for both. */
async function latency() {
  const local = openStandInEngine(standIn)
  const ms = { local: [] as number[], live: [] as number[], queued: [] as number[] }
  const over = { image, strength: 0.99 }
  await withEngines(1, async remote => {
    const time = async (engine: Engine, request: PaintRequest, into: number[]) => {
      const began = performance.now()
      const { type } = await engine.paint(request).ended
      if (type !== 'finished') throw new Error(`Expected a picture, got ${type}`)
      into.push(performance.now() - began)
    }
    for (let pair = 0; pair < pairs; pair++) {
      const live = ask(pair, { ...over, priority: 'live', liveKey: 'frame' })
      await time(local, live, ms.local)
      await time(remote, live, ms.live)
      await time(remote, ask(pair, over), ms.queued)
    }
  })
  await local.close()
  const [here, live, queued] = [summarize(ms.local), summarize(ms.live), summarize(ms.queued)]
  return {
    localMs: here,
    addedBySocketMs: { p50: round(live.p50 - here.p50), p95: round(live.p95 - here.p95) },
    addedByQueueMs: { p50: round(queued.p50 - here.p50), p95: round(queued.p95 - here.p95) },
  }
}

/** Each person always has something in line: from one picture to ten at a time. (Σx)² / (n Σx²): 1 where all get the same. */
async function fairness() {
  const people = Number(values.people)
  const finished = Array.from({ length: people }, () => 0)
  await withEngines(2, async engine => {
    let isOver = false
    let isCounted = false
    const request = async (person: number) => {
      while (!isOver) {
        const { type } = await engine.paint(ask(person, { owner: `person ${person}` })).ended
        if (type === 'finished' && isCounted) finished[person]!++
      }
    }
    const requests = finished.flatMap((_, person) => Array.from({ length: 1 + (person % 10) }, () => request(person)))
    await new Promise(resolve => setTimeout(resolve, 2 * warmUpMs))
    isCounted = true
    await new Promise(resolve => setTimeout(resolve, 3 * seconds * 1000))
    isOver = true
    await Promise.all(requests)
  })
  const sum = finished.reduce((all, one) => all + one, 0)
  const squares = finished.reduce((all, one) => all + one ** 2, 0)
  return { people, pictures: sum, jain: Math.round((sum ** 2 / (people * squares)) * 1000) / 1000 }
}

try {
  const rows = []
  for (const count of values.engines.split(',').map(Number)) rows.push(await throughput(count))
  const added = await latency()
  const lines = rows.map(
    ({ engines, perSecond, ideal, percent, cpuMs }) =>
      `${engines} engines: ${perSecond} of ${ideal} pictures/s, ${percent} %; CPU for each: ` +
      `client ${cpuMs.client} ms, engine ${cpuMs.engine} ms, Redis ${cpuMs.redis} ms`,
  )
  const { localMs, addedBySocketMs, addedByQueueMs } = added
  lines.push(
    `a picture over ${standIn.side} px takes p50 ${localMs.p50} ms, p95 ${localMs.p95} ms here`,
    `through a socket, as live frames go: + ${addedBySocketMs.p50} ms p50, + ${addedBySocketMs.p95} ms p95`,
    `through the queue: + ${addedByQueueMs.p50} ms p50, + ${addedByQueueMs.p95} ms p95`,
  )
  const shares = await fairness()
  const { people, pictures, jain } = shares
  lines.push(
    `${people} people who want 1 to 10 pictures at a time: ${pictures} pictures, Jain's index ${jain} (aim ≥ 0.95)`,
  )
  report('Engines on other machines, all on this one', lines, { ...standIn, rows, ...added, shares })
} finally {
  await redis.stop()
}
