/**
 * What the paper leaves open, measured on the embedded model: guidance by step against one guidance, one to sixteen steps,
 * pictures that are painted over again and again, and choosing among drafts of one step at equal cost.
 *
 *     npx tsx bench/sampling.ts --judge .training/loud --n 256 --slice world
 *
 * The judge is a folder that `npx fourstroke eval` has trained its classifier and dual encoder in. Captions and seeds are the
 * same in every row; intervals are 95 %, those of differences from the same pictures in both rows.
 */
import { parseArgs } from 'node:util'
import { encode } from '../engine/lcf/dataset.ts'
import type { PaintRequest } from '../engine/types/engine.ts'
import { type Estimate, mean, shareOf } from '../onnx/linalg/statistics.ts'
import { understand } from '../protocol/vocabulary.ts'
import { accuracyOf } from '../training/evaluation/accuracy.ts'
import { openClassifier } from '../training/evaluation/classifier.ts'
import { openDualEncoder } from '../training/evaluation/dualEncoder.ts'
import type { Exam } from '../training/evaluation/measure.ts'
import { createLcmPipeline, openModel } from '../training/evaluation/pipelines.ts'
import { correlation, edgesOf, fineEnergy } from '../training/evaluation/sharpness.ts'
import { examOf } from '../training/evaluation/tables.ts'
import { parts, recipes } from '../training/workspace/recipes.ts'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fourstroke-256' },
    judge: { type: 'string', default: '.training/loud' },
    n: { type: 'string', default: '256' },
    slice: { type: 'string', default: 'world' },
    tables: { type: 'string', default: 'guidance,steps,again,drafts,words' },
  },
})
const pipeline = await openModel(options.model, 1)
const { trainedSize: side, defaults } = pipeline.folder
const workspace = {
  ...{ folder: options.judge, modelFolder: options.model, recipe: recipes.loud, resume: true, threads: 1 },
  ...{ checkpointSeconds: 0, onProgress: () => undefined, say: () => undefined },
}
const classify = await openClassifier(workspace)
const encoder = await openDualEncoder(workspace)
const slice = options.slice === 'garden-only' ? parts['garden-only'] : parts.world
const whole = examOf({ slice, n: Number(options.n), firstSeed: 0 }, 'val')
/** Without empty landscapes, in which no thing can be right. */
const filled = whole.scenes.flatMap(({ things }, at) => (things.length > 0 ? [at] : []))
const exam: Exam = {
  scenes: filled.map(at => whole.scenes[at]!),
  captions: filled.map(at => whole.captions[at]!),
  seeds: filled.map(at => whole.seeds[at]!),
}
const read = await encoder.read(exam.captions)
const atOnce = 16

interface Way {
  readonly steps: number
  readonly guidance?: number
  readonly further?: Pick<PaintRequest, 'guidanceByStep' | 'endStep'>
  readonly over?: { readonly pictures: readonly Uint8Array[]; readonly strength: number }
}

async function paintAll(
  { steps, guidance = defaults.guidance, further, over }: Way,
  seeds = exam.seeds,
  captions = exam.captions,
) {
  const paint = createLcmPipeline(pipeline)
  const pictures: Uint8Array[] = []
  for (let from = 0; from < seeds.length; from += atOnce) {
    const part = <T>(list: readonly T[]) => list.slice(from, from + atOnce)
    const request = { captions: part(captions), seeds: part(seeds), steps, guidance }
    const image = over && { over: { ...over, pictures: part(over.pictures) } }
    pictures.push(...(await paint({ ...request, ...image, ...(further && { further }) })))
  }
  return pictures
}

/** What is read of each picture by itself, so that rows can be compared picture by picture. */
interface Marks {
  readonly scene: readonly boolean[]
  readonly kind: readonly number[]
  readonly match: readonly number[]
}

async function marksOf(pictures: readonly Uint8Array[]): Promise<Marks> {
  const each = (await classify(pictures)).map(({ reading }, at) => accuracyOf([exam.scenes[at]!], [reading]))
  const seen = await encoder.see(pictures)
  return {
    scene: each.map(({ scene }) => scene.value === 1),
    kind: each.map(({ kind }) => kind.value),
    match: seen.map((picture, at) => dot(picture, read[at]!)),
  }
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, at) => sum + value * b[at]!, 0)
const shown = ({ value, low, high }: Estimate, digits = 3) =>
  `${value.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`
const columns = ({ scene, kind, match }: Marks) => ({
  ...{ scene: shown(shareOf(scene)), kind: shown(mean(kind)), match: shown(mean(match), 4) },
})
const difference = (one: Marks, other: Marks) => ({
  'scene, difference': shown(mean(one.scene.map((right, at) => Number(right) - Number(other.scene[at]!)))),
  'match, difference': shown(mean(one.match.map((value, at) => value - other.match[at]!)), 4),
})

/** Mean distance between pictures to the same caption from four seeds, in latents. */
async function diversityOf(way: Way): Promise<number> {
  const [captions, seeds] = [exam.captions.slice(0, 8), [0, 1, 2, 3]]
  const paint = createLcmPipeline(pipeline)
  const distances: number[] = []
  for (const caption of captions) {
    const { steps, guidance = defaults.guidance, further } = way
    const request = { captions: seeds.map(() => caption), seeds: seeds.map(seed => 7000 + seed), steps, guidance }
    const latents: Float32Array[] = []
    for (const data of await paint({ ...request, ...(further && { further }) }))
      latents.push(await encode(pipeline, { width: side, height: side, data }))
    for (const [at, one] of latents.entries())
      for (const other of latents.slice(at + 1))
        distances.push(Math.sqrt(one.reduce((sum, value, i) => sum + (value - other[i]!) ** 2, 0) / one.length))
  }
  return mean(distances).value
}

/** Guidance as people say it, ω + 1; by step from the first to the last. */
const schedules: Readonly<Record<string, readonly number[]>> = {
  'falls 6, 4, 2, 1': [6, 4, 2, 1],
  'rises 1, 2, 4, 6': [1, 2, 4, 6],
  'early 4, 4, 2, 2': [4, 4, 2, 2],
  'late 2, 2, 4, 4': [2, 2, 4, 4],
  'middle 2, 4, 4, 2': [2, 4, 4, 2],
  'first step free 1, 4, 4, 4': [1, 4, 4, 4],
  'last step free 4, 4, 4, 1': [4, 4, 4, 1],
}

async function guidanceTable() {
  const ways: Record<string, Way> = {
    ...Object.fromEntries([1, 2, 3, 4, 6, 9].map(guidance => [`constant ${guidance}`, { steps: 4, guidance }])),
    ...Object.fromEntries(
      Object.entries(schedules).map(([name, guidanceByStep]) => [name, { steps: 4, further: { guidanceByStep } }]),
    ),
  }
  const usual = await marksOf(await paintAll({ steps: 4 }))
  const rows: Record<string, unknown>[] = []
  for (const [guidance, way] of Object.entries(ways)) {
    const marks = await marksOf(await paintAll(way))
    const diversity = (await diversityOf(way)).toFixed(3)
    rows.push({ guidance, ...columns(marks), ...difference(marks, usual), diversity })
  }
  return rows
}

/** Correlation of edges with those of the picture that sixteen steps paint from the same noise. */
const likeness = (pictures: readonly Uint8Array[], others: readonly Uint8Array[]) =>
  mean(pictures.map((picture, at) => correlation(edgesOf(picture, side), edgesOf(others[at]!, side))))

async function stepsTable() {
  const longest = await paintAll({ steps: 16 })
  const usual = await marksOf(await paintAll({ steps: 4 }))
  const fine = fineEnergy(longest.slice(0, 32), side)
  const rows: Record<string, unknown>[] = []
  for (const steps of [1, 2, 3, 4, 6, 8, 12, 16]) {
    const pictures = steps === 16 ? longest : await paintAll({ steps })
    const marks = await marksOf(pictures)
    rows.push({
      ...{ steps, ...columns(marks), ...difference(marks, usual) },
      'edges of 16 steps': shown(likeness(pictures, longest)),
      'fine energy, of 16 steps': (fineEnergy(pictures.slice(0, 32), side) / fine).toFixed(2),
    })
  }
  return rows
}

/** A picture that is painted over again and again from what came of it, as a frame that is drawn on each time. */
async function againTable() {
  const first = await paintAll({ steps: 4 })
  const rows: Record<string, unknown>[] = []
  for (const strength of [0.2, defaults.strength, 0.5]) {
    let pictures: readonly Uint8Array[] = first
    for (let edit = 1; edit <= 20; edit++) {
      const seeds = exam.seeds.map(seed => seed + 1000 * edit)
      pictures = await paintAll({ steps: 4, over: { pictures, strength } }, seeds)
      if (![1, 5, 10, 20].includes(edit)) continue
      rows.push({
        ...{ strength, edit, ...columns(await marksOf(pictures)) },
        'edges of the first': shown(likeness(pictures, first)),
        'fine energy, of the first': (
          fineEnergy(pictures.slice(0, 32), side) / fineEnergy(first.slice(0, 32), side)
        ).toFixed(2),
      })
    }
  }
  return rows
}

/** Drafts are what is believed after the first of four steps; the one that the dual encoder likes best is painted on. */
async function draftsTable() {
  const usual = await marksOf(await paintAll({ steps: 4 }))
  const rows: Record<string, unknown>[] = [{ way: '4 steps', calls: 4, decodes: 1, ...columns(usual) }]
  const add = async (way: string, calls: number, decodes: number, marks: Marks) =>
    rows.push({ way, calls, decodes, ...columns(marks), ...difference(marks, usual) })
  await add('8 steps', 8, 1, await marksOf(await paintAll({ steps: 8 })))
  const best = async (count: number, way: Way) => {
    const seeds = [...exam.seeds]
    let scores: readonly number[] = exam.captions.map(() => Number.NEGATIVE_INFINITY)
    for (let draft = 0; draft < count; draft++) {
      const own = exam.seeds.map(seed => seed + 10_000 * draft)
      const seen = await encoder.see(await paintAll(way, own))
      const now = seen.map((picture, at) => dot(picture, read[at]!))
      for (const [at, score] of now.entries()) if (score > scores[at]!) seeds[at] = own[at]!
      scores = scores.map((score, at) => Math.max(score, now[at]!))
    }
    return marksOf(await paintAll({ steps: 4 }, seeds))
  }
  const draft: Way = { steps: 4, further: { endStep: 1 } }
  for (const count of [2, 3, 5])
    await add(`best of ${count} drafts, 4 steps`, count + 3, count + 1, await best(count, draft))
  await add('best of 2 pictures of 4 steps', 8, 2, await best(2, { steps: 4 }))
  await add('best of 4 pictures of 4 steps', 16, 4, await best(4, { steps: 4 }))
  return rows
}

/** Other words for the same scenes, as they are typed and as they are understood (`protocol/vocabulary.ts`). */
async function wordsTable() {
  const { vocabulary } = pipeline.folder
  const understood = (caption: string) => (vocabulary && understand(caption, vocabulary).text) ?? caption
  const others: Readonly<Record<string, string>> = {
    ...{
      house: 'cabin',
      cottage: 'hut',
      home: 'villa',
      castle: 'palace',
      fortress: 'citadel',
      tent: 'yurt',
      tree: 'oak',
    },
    ...{ flower: 'tulip', blossom: 'daisy', mushroom: 'champignon', car: 'truck', automobile: 'taxi', cat: 'kitty' },
    ...{ kitten: 'tabby', robot: 'droid', boat: 'yacht', ship: 'vessel', sailboat: 'ferry', rocket: 'spacecraft' },
    ...{ lake: 'pond', forest: 'jungle', woods: 'jungle', desert: 'sahara', sea: 'ocean', city: 'metropolis' },
    ...{ blue: 'turquoise', purple: 'lilac', white: 'cream', large: 'giant', huge: 'enormous', small: 'mini' },
  }
  const synonyms = exam.captions.map(caption => caption.replace(/\p{L}+/gu, word => others[word] ?? word))
  const strange = exam.captions.map(caption => `${caption.replace(/\b(an?) /, 'a gothic fluffy ')}, cinematic lighting`)
  const usual = await marksOf(await paintAll({ steps: 4 }))
  const rows: Record<string, unknown>[] = [{ prompts: 'captions', ...columns(usual) }]
  for (const [prompts, captions] of Object.entries({
    'synonyms, as typed': synonyms,
    '… as understood': synonyms.map(understood),
    'four strange words more, as typed': strange,
    '… as understood, without them': strange.map(understood),
  })) {
    const marks = await marksOf(await paintAll({ steps: 4 }, exam.seeds, captions))
    rows.push({ prompts, ...columns(marks), ...difference(marks, usual) })
  }
  return rows
}

const tables = {
  words: wordsTable,
  guidance: guidanceTable,
  steps: stepsTable,
  again: againTable,
  drafts: draftsTable,
}
for (const [name, table] of Object.entries(tables)) {
  if (!options.tables.split(',').includes(name)) continue
  const began = process.cpuUsage()
  const rows = await table()
  console.log(
    `${name}, ${options.slice}, n = ${exam.scenes.length}, ${(process.cpuUsage(began).user / 60e6).toFixed(1)} minutes of a core`,
  )
  const header = [...new Set(rows.flatMap(row => Object.keys(row)))]
  console.log(`| ${header.join(' | ')} |\n| ${header.map(() => '---').join(' | ')} |`)
  for (const row of rows) console.log(`| ${header.map(column => row[column] ?? '').join(' | ')} |`)
}
await pipeline.release()
