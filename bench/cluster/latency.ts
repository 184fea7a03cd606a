/** What an engine elsewhere adds to a picture's time, through a socket as live frames go and through the queue. */
import type { Engine, PaintRequest } from '../../engine/index.ts'
import { summarize } from '../canvas.ts'
import { openStandInEngine } from '../standInEngine.ts'
import { type Fleet, openFleet, pictureRequest } from './fleet.ts'
import { type ClusterOptions, hundredths, type PartResult, type Progress } from './part.ts'

interface Sample {
  readonly ms: number
  /** Of the processor, of all processes. */
  readonly processorMs: number
}

const kinds = ['local', 'live', 'queued'] as const
type Kind = (typeof kinds)[number]
const warmUps = 20

/** One picture after the other, here and elsewhere by turns, so that a busy machine is as busy for both. */
export async function latency({ standIn, pairs }: ClusterOptions, progress: Progress): Promise<PartResult> {
  const local = openStandInEngine(standIn)
  const fleet = await openFleet(standIn)
  const { side } = standIn
  const image = { width: side, height: side, data: new Uint8Array(side ** 2 * 3).fill(90) }
  const durable = (number: number) => pictureRequest(standIn, number, { image, strength: 0.99 })
  const live = (number: number): PaintRequest => ({ ...durable(number), priority: 'live', liveKey: 'frame' })
  const samples: Record<Kind, Sample[]> = { local: [], live: [], queued: [] }
  for (let pair = 0; pair < warmUps + pairs; pair++) {
    const found = {
      local: await time(fleet, local, live(pair)),
      live: await time(fleet, fleet.engine, live(pair)),
      queued: await time(fleet, fleet.engine, durable(pair)),
    }
    if (pair >= warmUps) for (const kind of kinds) samples[kind].push(found[kind])
    if (pair % 50 === 49) progress(`${pair + 1} of ${warmUps + pairs} pictures of each kind`)
  }
  await fleet.close()
  await local.close()
  const ms = (kind: Kind) => summarize(samples[kind].map(sample => sample.ms))
  const processorMs = (kind: Kind) => summarize(samples[kind].map(sample => sample.processorMs)).p50
  const added = (kind: Kind) => ({
    p50: hundredths(ms(kind).p50 - ms('local').p50),
    p95: hundredths(ms(kind).p95 - ms('local').p95),
    processorMs: hundredths(processorMs(kind) - processorMs('local')),
  })
  const figures = { localMs: ms('local'), live: added('live'), queued: added('queued') }
  const describe = ({ p50, p95, processorMs }: ReturnType<typeof added>) =>
    `+ ${p50} ms p50, + ${p95} ms p95; ${processorMs} ms more of the processor`
  return {
    title: `a picture over another of ${side} px, one after the other`,
    lines: [
      `in this process: p50 ${figures.localMs.p50} ms, p95 ${figures.localMs.p95} ms`,
      `through a socket, as live frames go: ${describe(figures.live)} (aim ≤ 5 and ≤ 15 ms)`,
      `through the queue: ${describe(figures.queued)}`,
    ],
    figures,
  }
}

async function time(fleet: Fleet, engine: Engine, request: PaintRequest): Promise<Sample> {
  const total = () => Object.values(fleet.processor()).reduce((sum, ms) => sum + ms, 0)
  const before = total()
  const beganAt = performance.now()
  const { type } = await engine.paint(request).ended
  if (type !== 'finished') throw new Error(`Expected a picture, got ${type}`)
  return { ms: performance.now() - beganAt, processorMs: total() - before }
}
