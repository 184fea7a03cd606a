import { parseArgs } from 'node:util'
import { report, round } from './canvas.ts'
import { hitsOfLeastRecentlyUsed, waitMDc } from './simulation/formulas.ts'
import { popularity } from './simulation/random.ts'
import { quiet, simulate, type World } from './simulation/simulate.ts'

/**
 * Whether the arithmetic of docs/scaling.md holds: how long pictures wait, how many people can draw live, and what styles
 * cost that are not in an engine's memory, by formulas and by a simulation with the program's own rules.
 */
const { values } = parseArgs({
  options: {
    /** Milliseconds of a step, pictures of a step: of a device as it was measured. */
    step: { type: 'string', default: '25' },
    batch: { type: 'string', default: '8' },
    /** Simulated, of each situation. */
    seconds: { type: 'string', default: '120' },
    seed: { type: 'string', default: '1' },
  },
})
const [stepMs, batch, seconds] = [Number(values.step), Number(values.batch), Number(values.seconds)]
const steps = 4
const pictureMs = steps * stepMs
const device: World = { ...quiet, stepMs: () => stepMs, batch, seconds, seed: Number(values.seed) }
/** Pictures per second of so many engines that never wait. */
const capacity = (engines: number) => (engines * batch * 1000) / pictureMs

/** Pictures alone: in M/D/c with a server for each slot, and half a step until the next one begins. */
function queueTimes() {
  const situations = [0.5, 0.7, 0.8, 0.9, 0.95].map(load => ({ engines: 1, load }))
  return [...situations, ...[2, 4].map(engines => ({ engines, load: 0.9 }))].map(({ engines, load }) => {
    const perSecond = load * capacity(engines)
    const formulaMs = waitMDc(engines * batch, perSecond / 1000, 1 / pictureMs) + stepMs / 2
    const durable = { ...device.durable, perSecond }
    const { pictures } = simulate({ ...device, engines, durable })
    return {
      ...{ engines, load, perSecond: round(perSecond), formulaMs: round(formulaMs) },
      ...{ waitMs: round(pictures.meanWaitMs), p95Ms: round(pictures.p95WaitMs) },
    }
  })
}

/** Everybody alone gets a frame per picture and pause; together no more than the device paints. */
function liveFrames() {
  const { pauseMs } = device.live
  return [1, 8, 16, 32, 64].flatMap(people =>
    [0, 0.5].map(load => {
      const alone = 1000 / (pictureMs + pauseMs + (people > 1 ? stepMs / 2 : 0))
      const formula = Math.min(alone, ((1 - load) * capacity(1)) / people)
      const live = { ...device.live, people }
      const { frames, pictures } = simulate({
        ...device,
        live,
        durable: { ...device.durable, perSecond: load * capacity(1) },
      })
      return {
        ...{ people, load, formula: round(formula), perSecond: round(frames.perPersonAndSecond) },
        ...{ p95Ms: round(frames.p95Ms), picturesWaitMs: round(pictures.meanWaitMs) },
      }
    }),
  )
}

/** Any engine draws any ticket, so each has its own part of what is wanted in memory. */
function styleAffinity() {
  const [inMemory, fetchMs, skew] = [64, 30, 0.8]
  return [100, 1_000, 10_000].flatMap(count =>
    [1, 4].map(engines => {
      const shares = popularity(count, skew)
      const durable = { ...device.durable, perSecond: 0.7 * capacity(engines) }
      const styles = { count, skew, inMemory, fetchMs }
      const [plain, styled] = [
        simulate({ ...device, engines, durable }),
        simulate({ ...device, engines, durable, styles }),
      ]
      const percent = (share: number) => round(100 * share)
      return {
        ...{ styles: count, engines, formulaPercent: percent(1 - hitsOfLeastRecentlyUsed(shares, inMemory)) },
        fetchedPercent: percent(styled.fetched),
        addedMs: round(styled.pictures.meanMs - plain.pictures.meanMs),
        /** If each style went to one engine. */
        byStylePercent: percent(1 - hitsOfLeastRecentlyUsed(shares, engines * inMemory)),
      }
    }),
  )
}

const [queue, live, affinity] = [queueTimes(), liveFrames(), styleAffinity()]
report(
  `simulated: steps of ${stepMs} ms with ${batch} pictures, ${steps} steps a picture, ${seconds} s each`,
  [
    'pictures from words, mean wait until the first step:',
    ...queue.map(
      row =>
        `${row.engines} engines at ${Math.round(100 * row.load)} % (${row.perSecond}/s): ${row.waitMs} ms, p95 ${row.p95Ms} ms; ` +
        `by formula ${row.formulaMs} ms`,
    ),
    'people who draw live on one engine, frames a second for each:',
    ...live.map(
      row =>
        `${row.people} people beside ${Math.round(100 * row.load)} % of pictures: ${row.perSecond}, by formula ${row.formula}; ` +
        `a frame p95 ${row.p95Ms} ms; pictures wait ${row.picturesWaitMs} ms`,
    ),
    'styles, 64 in an engine’s memory, 30 ms to fetch one, load 70 %:',
    ...affinity.map(
      row =>
        `${row.styles} styles, ${row.engines} engines: ${row.fetchedPercent} % fetched, by formula ${row.formulaPercent} %; ` +
        `+ ${row.addedMs} ms a picture; if each style went to one engine ${row.byStylePercent} %`,
    ),
  ],
  { bench: 'simulation', stepMs, batch, queue, live, affinity },
)
