/**
 * What methods of learning a style are worth, on styles that the model has never seen and that can be rendered at will:
 * how close pictures come to the style, and what is left of what the base model paints.
 */

import { styleDistanceFrom } from '../../engine/lcf/assessment.ts'
import { encode } from '../../engine/lcf/dataset.ts'
import { learn } from '../../engine/lcf/learn.ts'
import { parametersOf, recipeFor } from '../../engine/lcf/recipe.ts'
import { tintBetween } from '../../engine/lcf/recolour.ts'
import { tinted } from '../../engine/lora/tint.ts'
import type { Pipeline } from '../../engine/pipeline/pipeline.ts'
import type { Adapter, StyleRecipe, TargetKind } from '../../engine/types/styles.ts'
import { mean } from '../../onnx/linalg/statistics.ts'
import { sessionOptions } from '../../onnx/optim/sessionOptions.ts'
import { captionScene, completeManner, renderScene, type Scene, type Style, unseenStyles } from '../world/index.ts'
import { type Accuracies, accuracyOf } from './accuracy.ts'
import { type Exam, measure } from './measure.ts'
import { createLcmPipeline, openModel, type Paint } from './pipelines.ts'
import type { StyleRow } from './results.ts'
import { scenesFor } from './scenes.ts'
import { type Bench, inShort } from './tables.ts'

export interface StylingPlan {
  readonly styles: readonly Style[]
  readonly methods: Readonly<Record<string, StylingMethod>>
  readonly seeds: readonly number[]
  /** Pictures that a style is learned from. */
  readonly pictures: number
}

/** What differs from the model's defaults. */
export interface StylingMethod extends Partial<StyleRecipe> {
  readonly targets?: readonly TargetKind[]
}

export const stylingPlan: StylingPlan = {
  styles: unseenStyles,
  methods: {
    'colours alone': { steps: 1 },
    'anchored (default)': {},
    'anchored, fewer own pictures': { prior: 0.375 },
    'exact, k = 20': { method: 'exact' },
  },
  seeds: [1, 2, 3],
  pictures: 12,
}

/** Scenes of another series than those that are measured with. */
const trainSeries = 7
/** Captions painted again and again for the diversity, and how often. */
const diverse = { captions: 8, seeds: 4 } as const

export async function stylesTable(
  bench: Bench,
  modelHash: string,
  threads: number,
  plan = stylingPlan,
): Promise<StyleRow[]> {
  const rows: StyleRow[] = []
  for (const style of plan.styles) {
    const exam = plainExam(bench, style)
    const asItIs = { style, seed: 0, minutes: 0 }
    const painters = {
      'true renders': rendererOf(exam, bench.pipeline.folder.trainedSize),
      'without the style': createLcmPipeline(bench.pipeline),
    }
    for (const [method, paint] of Object.entries(painters)) {
      rows.push(await row(bench, exam, { ...asItIs, method }, paint))
    }
    const trainScenes = inStyle(
      style,
      scenesFor(bench.slice, { split: 'train', count: plan.pictures, series: trainSeries }),
    )
    for (const [method, options] of Object.entries(plan.methods)) {
      const { targets, ...recipe } = options
      const pipeline = targets ? await openModel(bench.pipeline.folder.path, threads, targets) : bench.pipeline
      for (const seed of plan.seeds) {
        const began = performance.now()
        const adapter = await learned(pipeline, { trainScenes, recipe: { ...recipe, seed }, modelHash, threads })
        const minutes = (performance.now() - began) / 60_000
        rows.push(await row(bench, exam, { style, method, seed, minutes }, createLcmPipeline(pipeline, adapter)))
      }
      if (targets) await pipeline.release()
    }
  }
  return rows
}

/** Scenes of the validation split; captions leave the manner of drawing unsaid, as it is what changes. */
function plainExam({ slice, n, firstSeed }: Bench, style: Style): Exam {
  const scenes = inStyle(style, scenesFor(slice, { split: 'val', count: n }))
  return { scenes, captions: scenes.map(plainCaption), seeds: scenes.map((_, at) => firstSeed + at) }
}

const inStyle = (style: Style, scenes: readonly Scene[]): Scene[] => scenes.map(scene => ({ ...scene, style }))

/** Unseen styles have no name in captions, so that a caption in one says nothing about how a scene is drawn. */
const plainCaption = (scene: Scene, at: number) => captionScene(scene, at, completeManner)

/** As if somebody painted just what was asked for; the same for every seed. */
function rendererOf({ captions, scenes }: Exam, side: number): Paint {
  return async ({ captions: requested }) =>
    Promise.all(requested.map(async caption => (await renderScene(scenes[captions.indexOf(caption)]!, side)).data))
}

async function learned(
  pipeline: Pipeline,
  {
    trainScenes,
    recipe: options,
    modelHash,
    threads,
  }: { trainScenes: readonly Scene[]; recipe: Partial<StyleRecipe>; modelHash: string; threads: number },
): Promise<Adapter> {
  const pictures = await Promise.all(
    trainScenes.map(async (scene, at) => ({
      picture: await renderScene(scene, pipeline.folder.trainedSize),
      caption: plainCaption(scene, at),
    })),
  )
  const recipe = recipeFor(parametersOf({ parts: pipeline.folder.parts.map(part => part.info) }), options)
  const run = learn({ owner: 'evaluation', pictures }, recipe, {
    pipeline,
    modelHash,
    session: { ...sessionOptions(threads), provider: 'cpu' },
    // Nobody waits: larger pieces take less time together.
    stepMs: 1,
    checkpointSeconds: Number.POSITIVE_INFINITY,
    onProgress: () => undefined,
  })
  for (;;) {
    const next = await run.next()
    if (next.done) return next.value.adapter
  }
}

async function row(
  bench: Bench,
  exam: Exam,
  learned: Pick<StyleRow, 'style' | 'method' | 'seed' | 'minutes'>,
  paint: Paint,
): Promise<StyleRow> {
  const { pipeline, guidance } = bench
  const sampling = { steps: 4, guidance }
  const pictures = await paint({ ...sampling, captions: exam.captions, seeds: exam.seeds })
  const figures = await measure(pictures, exam, bench.yardstick)
  const side = pipeline.folder.trainedSize
  const latentsOf = (data: Uint8Array) => encode(pipeline, { width: side, height: side, data })
  const plain = await createLcmPipeline(pipeline)({ ...sampling, captions: exam.captions, seeds: exam.seeds })
  const errors: number[] = []
  const [painted, real, base]: Float32Array[][] = [[], [], []]
  for (const [at, scene] of exam.scenes.entries()) {
    const { data } = await renderScene(scene, side)
    errors.push(squaredError(pictures[at]!, data))
    painted!.push(await latentsOf(pictures[at]!))
    real!.push(await latentsOf(data))
    base!.push(await latentsOf(plain[at]!))
  }
  const size = { width: side / pipeline.folder.spatialFactor, height: side / pipeline.folder.spatialFactor }
  const found: StyleRow = {
    ...learned,
    toRender: mean(errors),
    distance: styleDistanceFrom(real!, size)(painted!),
    kept: meanAccuracy(figures.accuracy),
    content: await contentOf(bench, exam, painted!, base!),
    kind: figures.accuracy.kind,
    asStyle: figures.accuracy.style,
    diversity: await diversityOf(paint, exam, sampling, latentsOf),
  }
  bench.say(
    `${found.style}, ${found.method}, seed ${found.seed}: to the render ${found.toRender.value.toFixed(3)} · distance ${found.distance.toFixed(2)} · ` +
      `content ${found.content.toFixed(3)} · kept ${found.kept.toFixed(3)} · diversity ${found.diversity.toFixed(2)} · ${inShort(figures)}`,
  )
  return found
}

/**
 * What can be read once colours are undone. A classifier of true renders is misled by colours alone: what it reads of true
 * storybook pictures that are recoloured and nothing else falls by 15 points and more (docs/styles.md).
 */
async function contentOf(
  { pipeline, yardstick }: Bench,
  { scenes }: Exam,
  painted: readonly Float32Array[],
  base: readonly Float32Array[],
): Promise<number> {
  const { latentChannels, trainedSize, spatialFactor, scalingFactor } = pipeline.folder
  const side = trainedSize / spatialFactor
  const back = tintBetween(painted, base, latentChannels)
  const latents = painted.map(z => tinted(z, back, latentChannels).map(value => value / scalingFactor))
  const pictures = await pipeline.decode(latents, { width: side, height: side }, latents.length)
  const judgements = await yardstick.classifier(pictures.map(({ data }) => data))
  return meanAccuracy(
    accuracyOf(
      scenes,
      judgements.map(({ reading }) => reading),
    ),
  )
}

/** Of all that a style does not change. */
function meanAccuracy({ time, weather, place, kind, colour, size, position, count }: Accuracies): number {
  const parts = [time, weather, place, kind, colour, size, position, count]
  return parts.reduce((sum, { value }) => sum + value, 0) / parts.length
}

/** In −1 … 1, as the measurements in the research that the defaults began with. */
function squaredError(a: Uint8Array, b: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += ((a[at]! - b[at]!) / 127.5) ** 2
  return sum / a.length
}

/** Mean distance of pictures to the same prompt from different seeds, in latents: none, and every seed paints the same. */
async function diversityOf(
  paint: Paint,
  exam: Exam,
  sampling: { readonly steps: number; readonly guidance: number },
  latentsOf: (picture: Uint8Array) => Promise<Float32Array>,
): Promise<number> {
  const distances: number[] = []
  for (const caption of exam.captions.slice(0, diverse.captions)) {
    const seeds = Array.from({ length: diverse.seeds }, (_, at) => 5000 + at)
    const pictures = await paint({ ...sampling, captions: seeds.map(() => caption), seeds })
    const latents: Float32Array[] = []
    for (const picture of pictures) latents.push(await latentsOf(picture))
    for (const [at, one] of latents.entries()) {
      for (const other of latents.slice(at + 1)) {
        distances.push(Math.sqrt(one.reduce((sum, value, index) => sum + (value - other[index]!) ** 2, 0) / one.length))
      }
    }
  }
  return mean(distances).value
}
