/**
 * What the paper leaves open, measured on the embedded model: guidance by step, by region and by content against one
 * guidance, one to sixteen steps, pictures that are painted over again and again, choosing among drafts of one step, and
 * painting weak regions anew, at equal cost.
 *
 *     npx tsx bench/sampling.ts --judge .training/judge --n 256 --slice world
 *
 * The judge is a folder that `judge.ts` (or `npx fourstroke eval`) has trained its classifier and dual encoder in. Captions and seeds are the
 * same in every row; intervals are 95 %, those of differences from the same pictures in both rows.
 */
import { parseArgs } from 'node:util'
import { mean } from '../onnx/linalg/statistics.ts'
import { understand } from '../protocol/vocabulary.ts'
import { correlation, edgesOf, fineEnergy } from '../training/evaluation/sharpness.ts'
import {
  columns,
  difference,
  type Marks,
  openExam,
  type Pictures,
  shown,
  type TableRow,
  type Way,
} from './samplingExam.ts'
import { guidanceTable } from './samplingGuidance.ts'
import { repaintTable } from './samplingRepaint.ts'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fourstroke-256' },
    judge: { type: 'string', default: '.training/loud' },
    n: { type: 'string', default: '256' },
    slice: { type: 'string', default: 'world' },
    tables: { type: 'string', default: 'guidance,steps,again,drafts,repaint,words' },
  },
})
const opened = await openExam({ ...options, n: Number(options.n) })
const { pipeline, side, defaults, exam, paintAll, scoresOf, marksOf } = opened

/** Correlation of edges with those of the picture that sixteen steps paint from the same noise. */
const likeness = (pictures: Pictures, others: Pictures) =>
  mean(pictures.map((picture, at) => correlation(edgesOf(picture, side), edgesOf(others[at]!, side))))

async function stepsTable() {
  const longest = await paintAll({ steps: 16 })
  const usual = await marksOf(await paintAll({ steps: 4 }))
  const fine = fineEnergy(longest.slice(0, 32), side)
  const rows: TableRow[] = []
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
  const rows: TableRow[] = []
  for (const strength of [0.2, defaults.strength, 0.5]) {
    let pictures: Pictures = first
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
  const rows: TableRow[] = [{ way: '4 steps', calls: 4, decodes: 1, ...columns(usual) }]
  const add = async (way: string, calls: number, decodes: number, marks: Marks) =>
    rows.push({ way, calls, decodes, ...columns(marks), ...difference(marks, usual) })
  await add('8 steps', 8, 1, await marksOf(await paintAll({ steps: 8 })))
  const best = async (count: number, way: Way) => {
    const seeds = [...exam.seeds]
    let scores: readonly number[] = exam.captions.map(() => Number.NEGATIVE_INFINITY)
    for (let draft = 0; draft < count; draft++) {
      const own = exam.seeds.map(seed => seed + 10_000 * draft)
      const now = await scoresOf(await paintAll(way, own))
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
  const rows: TableRow[] = [{ prompts: 'captions', ...columns(usual) }]
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
  guidance: () => guidanceTable(opened),
  steps: stepsTable,
  again: againTable,
  drafts: draftsTable,
  repaint: () => repaintTable(opened),
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
