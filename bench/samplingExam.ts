/** What the tables of `sampling.ts` have in common: captions and seeds, ways to paint them, and what is read of the pictures. */
import type { PaintRequest } from '../engine/types/engine.ts'
import { type Estimate, mean, shareOf } from '../onnx/linalg/statistics.ts'
import { accuracyOf } from '../training/evaluation/accuracy.ts'
import { openClassifier } from '../training/evaluation/classifier.ts'
import { openDualEncoder } from '../training/evaluation/dualEncoder.ts'
import type { Exam } from '../training/evaluation/measure.ts'
import { createLcmPipeline, openModel } from '../training/evaluation/pipelines.ts'
import { examOf } from '../training/evaluation/tables.ts'
import { parts, recipes } from '../training/workspace/recipes.ts'

export interface Way {
  readonly steps: number
  readonly guidance?: number
  readonly further?: Pick<PaintRequest, 'guidanceByStep' | 'endStep'>
  readonly each?: readonly Pick<PaintRequest, 'regions' | 'maskImage'>[]
  readonly over?: { readonly pictures: Pictures; readonly strength: number }
}

export type Pictures = readonly Uint8Array[]

/** What is read of each picture by itself, so that rows can be compared picture by picture. */
export interface Marks {
  readonly scene: readonly boolean[]
  readonly kind: readonly number[]
  readonly match: readonly number[]
}

export type TableRow = Readonly<Record<string, unknown>>

export interface ExamOptions {
  readonly model: string
  /** A folder that holds a trained classifier and dual encoder. */
  readonly judge: string
  /** Captions; scenes without things fall out of them. */
  readonly n: number
  readonly slice: string
}

const atOnce = 16

export type SamplingExam = Awaited<ReturnType<typeof openExam>>

export async function openExam({ model, judge, n, slice }: ExamOptions) {
  const pipeline = await openModel(model, 1)
  const { trainedSize: side, defaults } = pipeline.folder
  const workspace = {
    ...{ folder: judge, modelFolder: model, recipe: recipes.loud, resume: true, threads: 1 },
    ...{ checkpointSeconds: 0, onProgress: () => undefined, say: () => undefined },
  }
  const classify = await openClassifier(workspace)
  const encoder = await openDualEncoder(workspace)
  const exam = withThings(
    examOf({ slice: slice === 'garden-only' ? parts['garden-only'] : parts.world, n, firstSeed: 0 }, 'val'),
  )
  const read = await encoder.read(exam.captions)
  const paint = createLcmPipeline(pipeline)

  async function paintAll(
    { steps, guidance = defaults.guidance, further, each, over }: Way,
    seeds = exam.seeds,
    captions = exam.captions,
  ): Promise<Uint8Array[]> {
    const pictures: Uint8Array[] = []
    for (let from = 0; from < seeds.length; from += atOnce) {
      const part = <T>(list: readonly T[]) => list.slice(from, from + atOnce)
      const request = { captions: part(captions), seeds: part(seeds), steps, guidance }
      const image = over && { over: { ...over, pictures: part(over.pictures) } }
      const own = each && { each: part(each) }
      pictures.push(...(await paint({ ...request, ...image, ...own, ...(further && { further }) })))
    }
    return pictures
  }

  /** How near each picture is to its caption, by the dual encoder. */
  const scoresOf = async (pictures: Pictures): Promise<number[]> =>
    (await encoder.see(pictures)).map((picture, at) => dot(picture, read[at]!))

  async function marksOf(pictures: Pictures): Promise<Marks> {
    const each = (await classify(pictures)).map(({ reading }, at) => accuracyOf([exam.scenes[at]!], [reading]))
    return {
      scene: each.map(({ scene }) => scene.value === 1),
      kind: each.map(({ kind }) => kind.value),
      match: await scoresOf(pictures),
    }
  }

  return { pipeline, side, defaults, exam, paintAll, scoresOf, marksOf }
}

/** Without empty landscapes, in which no thing can be right. */
function withThings({ scenes, captions, seeds }: Exam): Exam {
  const filled = scenes.flatMap(({ things }, at) => (things.length > 0 ? [at] : []))
  const those = <T>(list: readonly T[]) => filled.map(at => list[at]!)
  return { scenes: those(scenes), captions: those(captions), seeds: those(seeds) }
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, at) => sum + value * b[at]!, 0)

export const shown = ({ value, low, high }: Estimate, digits = 3): string =>
  `${value.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`

export const columns = ({ scene, kind, match }: Marks): TableRow => ({
  ...{ scene: shown(shareOf(scene)), kind: shown(mean(kind)), match: shown(mean(match), 4) },
})

export const difference = (one: Marks, other: Marks): TableRow => ({
  'scene, difference': shown(mean(one.scene.map((right, at) => Number(right) - Number(other.scene[at]!)))),
  'match, difference': shown(mean(one.match.map((value, at) => value - other.match[at]!)), 4),
})
