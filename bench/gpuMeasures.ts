/** What `gpu.ts` measures of one model folder on one device: how near it paints to the CPU, how fast, and how fast it learns. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Device,
  type Engine,
  type LearnRequest,
  openEngine,
  type PaintRequest,
  type Rgb,
  type StyleEngine,
} from '../engine/index.ts'
import { round, summarize } from './canvas.ts'
import { watchDeviceMemory } from './deviceMemory.ts'

type AnyEngine = Engine & StyleEngine

const prompt = 'a red house by a lake'

/** Of a byte, over all bytes of all pictures. */
export interface Parity {
  readonly largest: number
  readonly mean: number
}

/**
 * The least mean difference of a byte that is a fault. Rounding cannot reach it: halves, and the TF32 that CUDA takes for
 * float32, move single bytes further, but the mean stays below it. What is computed wrongly is off by tens.
 */
export const faultyMean = 1

export interface Speed {
  /** Until the model was loaded and warm, batches of all sizes included. */
  readonly openSeconds: number
  /** Sizes of one UNet call; those that the device refused are missing. */
  readonly batches: readonly number[]
  /** Why, in its words; null where it refused none. */
  readonly refused: string | null
  /** Pictures per second of so many people, who are in one call as far as it goes. */
  readonly perSecond: Readonly<Record<number, number>>
  /** The same of the most people, when each UNet call has one picture. */
  readonly perSecondUnbatched: number
  /** The most people with batches to the same without. */
  readonly gain: number
  /** The most people, each with a style of their own, to the same without; null where the model takes none. */
  readonly styledShare: number | null
  /** Most memory in use beyond what was in use before, in MB; null where nothing tells. */
  readonly deviceMemoryMb: number | null
  /** What the device does otherwise than the model says, such as to compute halves in float32. */
  readonly ignored: readonly string[]
}

export interface LearningSpeed {
  /** Until the first step: pictures encoded, those of the base model painted, the training graph opened. */
  readonly firstStepSeconds: number
  readonly stepMs: number
  readonly deviceMemoryMb: number | null
}

/** Words, words over a picture, and a style where the model takes one: in one batch on the device, one by one on the CPU. */
export async function compareWithCpu(modelFolder: string, device: Device): Promise<Parity> {
  const paintAll = async (on: Device, batch: number) => {
    const engine = await openEngine({ modelFolder, device: on, batches: [batch] })
    try {
      if (engine.styleLayout) engine.registerStyle('style', styleOf(engine, 1))
      return await Promise.all(requestsToCompare(engine).map(request => paint(engine, request)))
    } finally {
      await engine.close()
    }
  }
  const expected = await paintAll('cpu', 1)
  const got = await paintAll(device, 4)
  let [largest, sum, count] = [0, 0, 0]
  for (const [at, { data }] of got.entries()) {
    for (const [i, byte] of data.entries()) {
      const difference = Math.abs(byte - expected[at]!.data[i]!)
      largest = Math.max(largest, difference)
      sum += difference
    }
    count += data.length
  }
  return { largest, mean: Number((sum / count).toPrecision(2)) }
}

function requestsToCompare(engine: AnyEngine): PaintRequest[] {
  const { width, height } = engine.info.model.sizes.default
  const image = { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i >> 3) % 256) }
  return [
    usualRequest(engine, 'ann', 1),
    { ...usualRequest(engine, 'bob', 2), steps: 1 },
    ...(engine.info.model.canPaintOver ? [{ ...usualRequest(engine, 'cem', 3), image, strength: 0.6 }] : []),
    ...(engine.styleLayout ? [{ ...usualRequest(engine, 'dea', 4), styles: [{ id: 'style', weight: 1 }] }] : []),
  ]
}

export interface SpeedOptions {
  readonly modelFolder: string
  readonly device: Device
  readonly batches: readonly number[]
  readonly seconds: number
}

export async function measureSpeed({ modelFolder, device, batches, seconds }: SpeedOptions): Promise<Speed> {
  const people = Math.max(...batches)
  const single = await openEngine({ modelFolder, device, batches: [1] })
  const perSecondUnbatched = await crowd(single, people, seconds).finally(() => single.close())

  const memory = await watchDeviceMemory()
  const began = performance.now()
  const { engine, refused } = await openWithBatches(modelFolder, device, batches)
  const openSeconds = round((performance.now() - began) / 1000)
  try {
    const perSecond: Record<number, number> = {}
    for (const count of batches) perSecond[count] = await crowd(engine, count, seconds)
    let styledShare: number | null = null
    if (engine.styleLayout) {
      for (let at = 0; at < people; at++) engine.registerStyle(`style ${at}`, styleOf(engine, at))
      styledShare = (await crowd(engine, people, seconds, { isStyled: true })) / perSecond[people]!
    }
    return {
      ...{ openSeconds, batches: engine.info.batches, refused },
      ...{ perSecond: rounded(perSecond), perSecondUnbatched: toTwo(perSecondUnbatched) },
      gain: toTwo(perSecond[people]! / perSecondUnbatched),
      styledShare: styledShare && toTwo(styledShare),
      deviceMemoryMb: await memory.stop(),
      ignored: engine.info.ignored,
    }
  } finally {
    await memory.stop()
    await engine.close()
  }
}

/** Without the largest batches, as far as the device does not hold them. */
async function openWithBatches(modelFolder: string, device: Device, batches: readonly number[]) {
  let refused: string | null = null
  for (let left = batches; ; left = left.slice(0, -1)) {
    try {
      return { engine: await openEngine({ modelFolder, device, batches: left }), refused }
    } catch (error) {
      if (left.length === 1) throw error
      refused = `${left.at(-1)} at once: ${(error as Error).message}`
    }
  }
}

/** Pictures per second of so many people who request again as soon as theirs is there; the first ones are not counted. */
async function crowd(engine: AnyEngine, count: number, seconds: number, { isStyled = false } = {}): Promise<number> {
  let seed = 100
  const request = (at: number): PaintRequest => {
    const each = { ...usualRequest(engine, `person ${at}`, seed), prompt: `${prompt} ${seed}` }
    seed++
    return isStyled ? { ...each, styles: [{ id: `style ${at}`, weight: 1 }] } : each
  }
  const people = Array.from({ length: count }, (_, at) => at)
  await Promise.all(people.map(at => paint(engine, request(at))))
  const began = performance.now()
  let painted = 0
  const person = async (at: number) => {
    while (performance.now() - began < seconds * 1000) {
      await paint(engine, request(at))
      painted++
    }
  }
  await Promise.all(people.map(person))
  return painted / ((performance.now() - began) / 1000)
}

export interface LearningOptions {
  readonly modelFolder: string
  readonly device: Device
  /** So many steps are watched, and */
  readonly steps: number
  /** no longer than this is waited for them. */
  readonly patienceSeconds: number
}

/** A step of learning a style with the usual recipe, but for fewer pictures of the base model. */
export async function measureLearning(options: LearningOptions): Promise<LearningSpeed> {
  const { modelFolder, device, steps, patienceSeconds } = options
  const memory = await watchDeviceMemory()
  const engine = await openEngine({ modelFolder, device, batches: [1, 4] })
  try {
    const pictures: LearnRequest['pictures'][number][] = []
    for (const seed of [1, 2, 3]) {
      pictures.push({ picture: await paint(engine, usualRequest(engine, 'learner', seed)), caption: prompt })
    }
    const began = performance.now()
    const seen: { step: number; at: number }[] = []
    const learning = engine.learn({ owner: 'learner', pictures, recipe: { priorPictures: 8 } }, progress => {
      if (progress.type !== 'stepped') return
      seen.push({ step: progress.step, at: performance.now() })
      if (progress.step >= steps) learning.cancel()
    })
    const stop = new AbortController()
    const tooLong = sleep(patienceSeconds * 1000, undefined, { signal: stop.signal })
    tooLong.then(learning.cancel, () => undefined)
    const result = await learning.ended
    stop.abort()
    if (result.type === 'failed') throw new Error(result.message)
    const [first, ...later] = seen
    const last = later.at(-1)
    if (!first || !last) throw new Error(`Expected two steps within ${patienceSeconds} s, got ${seen.length}.`)
    const times = later.map(({ step, at }, i) => (at - seen[i]!.at) / Math.max(1, step - seen[i]!.step))
    return {
      firstStepSeconds: round((first.at - began) / 1000),
      stepMs: summarize(times).p50,
      deviceMemoryMb: await memory.stop(),
    }
  } finally {
    await memory.stop()
    await engine.close()
  }
}

function usualRequest({ info }: Engine, owner: string, seed: number): PaintRequest {
  const { sizes, defaults } = info.model
  const { steps, guidance } = defaults
  return { owner, priority: 'interactive', prompt, seed, steps, guidance, ...sizes.default }
}

function styleOf({ styleLayout }: AnyEngine, person: number): { rank: number; values: Float32Array } {
  const rank = Math.min(4, styleLayout!.maxRank)
  const length = rank * styleLayout!.valuesPerRank
  return { rank, values: Float32Array.from({ length }, (_, at) => Math.sin(at + person) / 100) }
}

async function paint(engine: Engine, request: PaintRequest): Promise<Rgb> {
  const end = await engine.paint(request).ended
  if (end.type === 'finished') return end.picture
  throw new Error(end.type === 'failed' ? end.message : `Expected a picture, got ${end.type}.`)
}

const toTwo = (figure: number) => Math.round(figure * 100) / 100

function rounded(perSecond: Readonly<Record<number, number>>): Record<number, number> {
  return Object.fromEntries(Object.entries(perSecond).map(([count, figure]) => [count, toTwo(figure)]))
}
