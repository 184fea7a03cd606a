/** Pictures per second of 1, 2, 4 and 8 engine processes, beside what they could do at most. */
import { setTimeout as sleep } from 'node:timers/promises'
import { round } from '../canvas.ts'
import type { StandIn } from '../standInEngine.ts'
import { type Fleet, type FleetProcessor, idealRate, openFleet, pictureRequest, processorBetween } from './fleet.ts'
import { type ClusterOptions, hundredths, type PartResult, type Progress } from './part.ts'

interface Row {
  readonly engines: number
  readonly stepMs: number
  readonly perSecond: number
  readonly ideal: number
  readonly percent: number
  /** Milliseconds of the processor for one picture. */
  readonly processorMs: FleetProcessor
}

const warmUpMs = 2000
/** Steps so many times slower leave even two cores time for all engines: what is lost then, the scheduling loses. */
const slower = [4, 10]

export async function throughput(options: ClusterOptions, progress: Progress): Promise<PartResult> {
  const { standIn, engines, seconds } = options
  const most = engines.at(-1)!
  const rows = await measureFleet(standIn, engines, seconds, progress)
  const unhurried: Row[] = []
  for (const times of slower) {
    const slow = { ...standIn, stepMs: times * standIn.stepMs }
    unhurried.push(...(await measureFleet(slow, [most], 2 * seconds, progress)))
  }
  const largest = rows.at(-1)!.processorMs
  const whole = largest.client + largest.engines + largest.redis
  return {
    title: `pictures of ${standIn.side} px by engines that take ${standIn.stepMs} ms for a step of ${standIn.batch}`,
    lines: [
      ...rows.map(describe),
      'with slower steps, where the processor is no limit (aim ≥ 95 %):',
      ...unhurried.map(describe),
      `by the processor alone, at ${most} engines: one client ${round(1000 / largest.client)}, one Redis ` +
        `${round(1000 / largest.redis)}, one core with all of it ${round(1000 / whole)} pictures/s`,
    ],
    figures: { rows, unhurried },
  }
}

async function measureFleet(
  standIn: StandIn,
  counts: readonly number[],
  seconds: number,
  progress: Progress,
): Promise<Row[]> {
  const fleet = await openFleet(standIn)
  const rows: Row[] = []
  for (const count of counts) {
    await fleet.grow(count)
    const row = await measure(fleet, standIn, count, seconds)
    progress(describe(row))
    rows.push(row)
  }
  await fleet.close()
  return rows
}

/** As many pictures as keep all engines busy, for as long as it takes. */
async function measure(fleet: Fleet, standIn: StandIn, count: number, seconds: number): Promise<Row> {
  let finished = 0
  let number = 0
  let isOver = false
  const request = async () => {
    while (!isOver)
      if ((await fleet.engine.paint(pictureRequest(standIn, number++)).ended).type === 'finished') finished++
  }
  const requests = Array.from({ length: 3 * standIn.batch * count }, request)
  await sleep(warmUpMs)
  const before = { finished, at: performance.now(), processor: fleet.processor() }
  await sleep(seconds * 1000)
  const painted = finished - before.finished
  const perSecond = (1000 * painted) / (performance.now() - before.at)
  const { client, engines, redis } = processorBetween(before.processor, fleet.processor(), painted)
  isOver = true
  await Promise.all(requests)
  const ideal = idealRate(standIn, count)
  return {
    ...{ engines: count, stepMs: standIn.stepMs, perSecond: round(perSecond), ideal: round(ideal) },
    percent: round((100 * perSecond) / ideal),
    processorMs: { client: hundredths(client), engines: hundredths(engines), redis: hundredths(redis) },
  }
}

const describe = ({ engines, stepMs, perSecond, ideal, percent, processorMs }: Row): string =>
  `${engines} engines, steps of ${stepMs} ms: ${perSecond} of ${ideal} pictures/s, ${percent} %; processor for each: ` +
  `client ${processorMs.client} ms, engine ${processorMs.engines} ms, Redis ${processorMs.redis} ms`
