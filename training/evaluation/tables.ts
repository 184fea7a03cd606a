import type { Pipeline } from '../../engine/pipeline/pipeline.ts'
import type { Slice } from '../workspace/pictures.ts'
import { captionScene, completeManner, renderScene, type Split } from '../world/index.ts'
import { type Exam, type Figures, measure, type Yardstick } from './measure.ts'
import { createLcmPipeline, type Paint, type PaintOptions, roundTripOf, type TeacherSolver } from './pipelines.ts'
import type { BoundRow, GuidanceRow, StepRow, TimeRow } from './results.ts'
import { scenesFor } from './scenes.ts'

/** What every table is made with. */
export interface Bench {
  readonly pipeline: Pipeline
  teacher(solver: TeacherSolver): Paint
  readonly yardstick: Yardstick
  readonly slice: Slice
  /** Pictures for each row. */
  readonly n: number
  readonly firstSeed: number
  /** Imagen's convention, ω + 1. */
  readonly guidance: number
  say(message: string): void
}

/** Steps of table 1, and those of the teacher as it is meant to be used. */
const fewSteps = [1, 2, 4, 8] as const
export const manySteps = 25
/** ω of table 2. */
const omegas = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const
const picturesAtOnce = 16

/** Scenes of a split, said completely. */
export function examOf({ slice, n, firstSeed }: Pick<Bench, 'slice' | 'n' | 'firstSeed'>, split: Split): Exam {
  const scenes = scenesFor(slice, { split, count: n })
  return {
    scenes,
    captions: scenes.map((scene, at) => captionScene(scene, at, completeManner)),
    seeds: scenes.map((_, at) => firstSeed + at),
  }
}

/** The figures of clean renders, which are the best that any painter can have, and of the autoencoder between. */
export async function boundsTable(bench: Bench): Promise<BoundRow[]> {
  const exam = examOf(bench, 'val')
  const clean: Uint8Array[] = []
  for (const scene of exam.scenes) clean.push((await renderScene(scene, bench.pipeline.folder.trainedSize)).data)
  const roundTrip = roundTripOf(bench.pipeline)
  const passed = await inGroups(clean, roundTrip)
  const rows: BoundRow[] = []
  for (const [name, pictures] of [
    ['clean renders', clean],
    ['autoencoder round trip', passed],
  ] as const) {
    const figures = await measure(pictures, exam, bench.yardstick)
    bench.say(`${name}: ${inShort(figures)}`)
    rows.push({ name, figures })
  }
  return rows
}

/** Table 1: few steps of the distilled model and of its teacher, with the same captions and seeds. */
export async function stepsTable(bench: Bench): Promise<StepRow[]> {
  const exam = examOf(bench, 'val')
  const rows: StepRow[] = []
  for (const steps of fewSteps) rows.push(await lcmRow(bench, exam, steps))
  for (const solver of ['DDIM', 'DPM-Solver++'] as const) {
    for (const steps of [...fewSteps, manySteps]) rows.push(await teacherRow(bench, exam, solver, steps))
  }
  return rows
}

/** The same with kinds in colours that training never showed. */
export async function heldOutTable(bench: Bench): Promise<StepRow[]> {
  const exam = examOf(bench, 'pairs')
  return [await lcmRow(bench, exam, 4), await teacherRow(bench, exam, 'DDIM', manySteps)]
}

/** Table 2: how strictly the distilled model follows the prompt, in 4 steps. */
export async function guidanceTable(bench: Bench): Promise<GuidanceRow[]> {
  const exam = examOf(bench, 'val')
  const rows: GuidanceRow[] = []
  for (const omega of omegas) {
    const figures = await examine(createLcmPipeline(bench.pipeline), exam, bench, { steps: 4, guidance: omega + 1 })
    bench.say(`ω = ${omega}: ${inShort(figures)}`)
    rows.push({ omega, figures })
  }
  return rows
}

/** Table 4: one picture at a time, from the caption to the picture. */
export async function timeTable(bench: Bench, pictures: number): Promise<TimeRow[]> {
  const exam = examOf({ ...bench, n: pictures }, 'val')
  const rows: TimeRow[] = []
  const add = async (painter: string, paint: Paint, steps: number, calls: number) => {
    const row = { painter, steps, calls, ...(await clock(paint, exam, { steps, guidance: bench.guidance })) }
    bench.say(`${painter}, ${steps} steps: ${row.wallMs.toFixed(0)} ms, ${row.processorMs.toFixed(0)} ms of processors`)
    rows.push(row)
  }
  for (const steps of [1, 4]) await add('LCM', createLcmPipeline(bench.pipeline), steps, steps)
  for (const steps of [manySteps, 50]) await add('teacher, DDIM', bench.teacher('DDIM'), steps, 2 * steps)
  return rows
}

async function lcmRow(bench: Bench, exam: Exam, steps: number): Promise<StepRow> {
  const figures = await examine(createLcmPipeline(bench.pipeline), exam, bench, { steps, guidance: bench.guidance })
  bench.say(`LCM, ${steps} steps: ${inShort(figures)}`)
  return { painter: 'LCM', steps, calls: steps, figures }
}

async function teacherRow(bench: Bench, exam: Exam, solver: TeacherSolver, steps: number): Promise<StepRow> {
  const figures = await examine(bench.teacher(solver), exam, bench, { steps, guidance: bench.guidance })
  bench.say(`${solver}, ${steps} steps: ${inShort(figures)}`)
  return { painter: solver, steps, calls: 2 * steps, figures }
}

/** Paints an exam and measures it. */
export async function examine(
  paint: Paint,
  exam: Exam,
  { yardstick }: Pick<Bench, 'yardstick'>,
  options: Pick<PaintOptions, 'steps' | 'guidance'>,
): Promise<Figures> {
  const rows = exam.captions.map((caption, at) => ({ caption, seed: exam.seeds[at]! }))
  const pictures = await inGroups(rows, some =>
    paint({ ...options, captions: some.map(({ caption }) => caption), seeds: some.map(({ seed }) => seed) }),
  )
  return measure(pictures, exam, yardstick)
}

/** Median time and mean processor time of a picture by itself; the first two warm the sessions and do not count. */
async function clock(paint: Paint, exam: Exam, options: Pick<PaintOptions, 'steps' | 'guidance'>) {
  const walls: number[] = []
  let processor = 0
  for (const [at, caption] of exam.captions.entries()) {
    const used = process.cpuUsage()
    const start = performance.now()
    await paint({ ...options, captions: [caption], seeds: [exam.seeds[at]!] })
    if (at < 2) continue
    walls.push(performance.now() - start)
    const { user, system } = process.cpuUsage(used)
    processor += (user + system) / 1000
  }
  const sorted = walls.toSorted((a, b) => a - b)
  return { wallMs: sorted[Math.floor(sorted.length / 2)]!, processorMs: processor / walls.length }
}

async function inGroups<Row>(
  rows: readonly Row[],
  act: (some: readonly Row[]) => Promise<Uint8Array[]>,
): Promise<Uint8Array[]> {
  const pictures: Uint8Array[] = []
  for (let from = 0; from < rows.length; from += picturesAtOnce) {
    pictures.push(...(await act(rows.slice(from, from + picturesAtOnce))))
  }
  return pictures
}

export function inShort({ accuracy, frechet, match, recall }: Figures): string {
  return [
    `scene ${accuracy.scene.value.toFixed(3)}`,
    `one thing ${accuracy.oneThing?.value.toFixed(3) ?? '–'}`,
    `kind ${accuracy.kind.value.toFixed(3)}`,
    `colour ${accuracy.colour.value.toFixed(3)}`,
    `place ${accuracy.place.value.toFixed(3)}`,
    `Fréchet ${frechet.value.toFixed(3)}`,
    `match ${match.value.toFixed(3)}`,
    `R@1 ${recall.value.toFixed(3)}`,
  ].join(' · ')
}
