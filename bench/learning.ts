/**
 * What it costs the others that a style is being learned: the time of a picture that somebody waits for, without and
 * with learning, in turns within one run; and how fast learning goes with nobody else there and under full load.
 */
import { parseArgs } from 'node:util'
import { openEngine, type Priority } from '../engine/index.ts'
import type { Learning } from '../engine/types/styles.ts'
import { captionScene, completeManner, renderScene, sampleScene } from '../training/world/index.ts'
import { report, round, summarize } from './canvas.ts'

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fourstroke-256' },
    threads: { type: 'string', default: '2' },
    pictures: { type: 'string', default: '30' },
    visits: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
  },
  strict: false,
})
const [pictures, rounds, seconds] = [Number(values.pictures), Number(values.visits), Number(values.seconds)]
const engine = await openEngine({ modelFolder: String(values.model), device: 'cpu', threads: Number(values.threads) })
const { model } = engine.info
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

const lesson = await Promise.all(
  Array.from({ length: 12 }, async (_, at) => {
    const scene = { ...sampleScene(1000 + at, { split: 'train' }), style: 'sepia' } as const
    const picture = await renderScene(scene, model.sizes.default.width)
    return { picture, caption: captionScene(scene, at, completeManner) }
  }),
)

let seed = 0
async function paint(owner: string, priority: Priority = 'interactive'): Promise<number> {
  const { steps, guidance } = model.defaults
  const { width, height } = model.sizes.default
  const startedAt = performance.now()
  const prompt = 'a red house by a lake'
  const end = await engine.paint({ owner, priority, prompt, seed: seed++, steps, guidance, width, height }).ended
  if (end.type !== 'finished') throw new Error(`Expected a picture, got ${JSON.stringify(end)}`)
  return performance.now() - startedAt
}

/** Somebody asks, looks, and asks again; the pauses are those of every round. */
async function visit(): Promise<number[]> {
  const times: number[] = []
  for (let at = 0; at < pictures; at++) {
    times.push(await paint('ann'))
    await sleep(20 + ((at * 37) % 100))
  }
  return times
}

let steps = 0
/** Learns and never ends; resolves when the first steps are made. */
async function beginLearning(): Promise<Learning> {
  let learning: Learning | undefined
  const began = new Promise<void>((resolve, reject) => {
    learning = engine.learn({ owner: 'bob', pictures: lesson, recipe: { steps: 5000 } }, progress => {
      if (progress.type !== 'stepped') return
      steps = progress.step
      resolve()
    })
    learning.ended.then(end => end.type === 'cancelled' || reject(new Error(JSON.stringify(end))), reject)
  })
  await began
  return learning!
}

async function stepsPerSecond(act: () => Promise<unknown>): Promise<number> {
  const [before, startedAt] = [steps, performance.now()]
  await act()
  return ((steps - before) * 1000) / (performance.now() - startedAt)
}

await visit()
const without: number[] = []
const withLearning: number[] = []
for (let round = 0; round < rounds; round++) {
  without.push(...(await visit()))
  const learning = await beginLearning()
  withLearning.push(...(await visit()))
  learning.cancel()
  await learning.ended
}

const learning = await beginLearning()
const idle = await stepsPerSecond(() => sleep(seconds * 1000))
const busy = await stepsPerSecond(async () => {
  const until = performance.now() + seconds * 1000
  const crowd = async (owner: string) => {
    while (performance.now() < until) await paint(owner)
  }
  await Promise.all(['ann', 'cem', 'dea', 'eli'].map(crowd))
})
learning.cancel()
await learning.ended
await engine.close()

const [alone, beside] = [summarize(without), summarize(withLearning)]
const growth = beside.p95 / alone.p95 - 1
report(
  `pictures beside learning, ${model.name} on cpu with ${values.threads} threads`,
  [
    `interactive picture: p50 ${alone.p50} ms, p95 ${alone.p95} ms; beside learning p50 ${beside.p50} ms, p95 ${beside.p95} ms (n ${alone.n} each)`,
    `p95 grows by ${round(100 * growth)} % (aim < 50 %)`,
    `learning, batches of 8: ${round(idle)} steps/s with nobody else, ${round(busy)} steps/s under full load`,
  ],
  { bench: 'learning', model: model.name, withoutMs: alone, besideMs: beside, growth, idle, busy },
)
