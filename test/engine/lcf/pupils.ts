/** Small things to learn from and a tiny real pipeline to learn with. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LearnTools, learn } from '../../../engine/lcf/learn.ts'
import { recipeFor } from '../../../engine/lcf/recipe.ts'
import { hashOf, readModelFolder } from '../../../engine/pipeline/modelFolder.ts'
import { openPipeline } from '../../../engine/pipeline/pipeline.ts'
import type { Rgb } from '../../../engine/types/engine.ts'
import type { LearnProgress, LearnRequest, StyleRecipe } from '../../../engine/types/styles.ts'
import { Random } from '../../../onnx/optim/random.ts'
import { assemblePipeline, type PipelineName } from '../../support/pipelines.ts'

/** Stripes in two colours, wider or narrower; every one another. */
export function stripes(seed: number, [width, height]: readonly [number, number] = [64, 64]): Rgb {
  const random = new Random(seed)
  const period = 6 + random.below(20)
  const colours = [0, 1].map(() => [random.below(256), random.below(256), random.below(256)])
  const data = new Uint8Array(width * height * 3)
  for (let at = 0; at < width * height; at++) {
    const colour = colours[Math.floor(((at % width) + Math.floor(at / width)) / period) % 2]!
    data.set(colour, at * 3)
  }
  return { width, height, data }
}

export function buildLearnAsk(overrides: Partial<LearnRequest> = {}): LearnRequest {
  const pictures = [1, 2, 3, 4, 5].map(seed => ({ picture: stripes(seed), caption: `stripes number ${seed}` }))
  return { owner: 'ann', pictures, ...overrides }
}

export async function openPupil(name: PipelineName, overrides: Partial<LearnTools> = {}) {
  const place = mkdtempSync(join(tmpdir(), 'fourstroke-pupil-'))
  const folder = await readModelFolder(assemblePipeline(name, place))
  const pipeline = await openPipeline(folder, { device: 'cpu', threads: 1, upcast: true })
  const tools = {
    pipeline,
    modelHash: await hashOf(folder),
    session: { provider: 'cpu', threads: 1, enableMemPattern: false },
    stepMs: 5,
    checkpointSeconds: 3600,
    ...overrides,
  } as const
  const release = async () => {
    await pipeline.release()
    rmSync(place, { recursive: true, force: true })
  }
  return { release, tools }
}

export const buildRecipe = (overrides: Partial<StyleRecipe> = {}): StyleRecipe =>
  recipeFor(1e6, { method: 'anchored', steps: 6, batch: 4, rank: 2, prior: 0.25, textureSteps: 0, ...overrides })

/** Learns to the end, or for so many pieces from the first step on; and everything that was told on the way. */
export async function study(
  ask: LearnRequest,
  recipe: StyleRecipe,
  tools: Omit<LearnTools, 'onProgress'>,
  pieces = Number.POSITIVE_INFINITY,
) {
  const told: LearnProgress[] = []
  const run = learn(ask, recipe, { ...tools, onProgress: progress => told.push(progress) })
  for (let piece = 0; piece < pieces; ) {
    const next = await run.next()
    if (next.done) return { end: next.value, told }
    if (keptOf(told).length > 0) piece++
  }
  // Typed for its value, which a generator that is stopped has none of.
  await (run as AsyncGenerator<undefined, unknown>).return(undefined)
  return { end: undefined, told }
}

export const keptOf = (told: readonly LearnProgress[]) =>
  told.filter(progress => progress.type === 'checkpoint') as (LearnProgress & { type: 'checkpoint' })[]
