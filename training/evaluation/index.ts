/**
 * Figures about a model: the paper's tables in the small world of the embedded one. Everything that measures was
 * trained here as well, on clean renders: a classifier that reads pictures and a dual encoder that matches them to captions.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { hashOf } from '../../engine/pipeline/modelFolder.ts'
import { loadCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { describe } from '../loop/progress.ts'
import { teacherFolderOf } from '../stages/export.ts'
import { importModel } from '../stages/import.ts'
import { trainedTeacher } from '../stages/teacher.ts'
import type { Slice } from '../workspace/pictures.ts'
import { type Recipe, type RecipeName, recipes } from '../workspace/recipes.ts'
import { writeSheet } from '../workspace/sheet.ts'
import { filesOf, type Workspace } from '../workspace/workspace.ts'
import { renderScene } from '../world/index.ts'
import { classifierFile, openClassifier, trainClassifier } from './classifier.ts'
import { type DistillationPlan, distillationTable, paperRuns } from './distillationTable.ts'
import { dualEncoderFile, openDualEncoder, trainDualEncoder } from './dualEncoder.ts'
import { type EvaluationRecipe, evaluationRecipes } from './evaluationRecipes.ts'
import { measureInstruments } from './instruments.ts'
import { rivals } from './measure.ts'
import { paintNewcomersPrompts } from './newcomers.ts'
import { createLcmPipeline, openModel, openTeacher } from './pipelines.ts'
import { insert, reportOf } from './report.ts'
import type { Evaluation, Made, TableName, TrainingRow } from './results.ts'
import { scenesFor, seenSideOf } from './scenes.ts'
import { readingTable } from './sensitivity.ts'
import { type StylingPlan, stylesTable, stylingPlan } from './styling.ts'
import { type Bench, boundsTable, guidanceTable, heldOutTable, stepsTable, timeTable } from './tables.ts'

export interface EvaluateOptions {
  /** Which recipe the model was trained by. */
  readonly config: RecipeName
  /** Instead of a recipe by name. */
  readonly recipe?: Recipe
  readonly evaluation?: EvaluationRecipe
  /** Where the training left its checkpoints. */
  readonly folder: string
  readonly modelFolder: string
  readonly tables: readonly Exclude<TableName, 'instruments'>[]
  /** Pictures for each row; a multiple of 64, so that every picture has its rivals. */
  readonly n: number
  /** The part of the world that is painted; the recipe's own by default. */
  readonly slice?: Slice
  /** Clean renders that distances are measured from. */
  readonly reference: number
  readonly firstSeed?: number
  /** Pictures that are timed, the first two not counted. */
  readonly timed?: number
  /** Table 3, where it is not the paper's runs, as long as the model's own and looked at five times. */
  readonly distillation?: Partial<DistillationPlan>
  /** The experiment with personal styles, where it is not the whole one. */
  readonly styling?: Partial<StylingPlan>
  /** The document that the figures are put into; a JSON file with all of them and a folder of plots go beside it. */
  readonly document: string
  /** What somebody types to do this again. */
  readonly command: string
  readonly threads?: number
  readonly say?: (message: string) => void
  readonly signal?: AbortSignal
}

/** Pictures in a row of the sheet of newcomers' prompts. */
const sheetColumns = 12
/** Times that each run of table 3 is evaluated. */
const evaluationsPerRun = 5

/** Figures about a model folder that need no classifier and no checkpoints; written down as tables are. */
export async function measureAlone(options: Omit<EvaluateOptions, 'tables'>): Promise<Evaluation> {
  const { modelFolder, n, document, command, threads = 2, say } = options
  const pipeline = await openModel(modelFolder, threads)
  const start = performance.now()
  try {
    const world = options.slice ?? (options.recipe ?? recipes[options.config]).pictures.slice
    const rows = await measureInstruments(pipeline, { n, world, ...(say && { say }) })
    const { steps, guidance } = pipeline.folder.defaults
    const pictures = await paintNewcomersPrompts(createLcmPipeline(pipeline), { steps, guidance })
    await writeSheet(
      join(plotFolderOf(document), 'newcomers.webp'),
      pictures,
      pipeline.folder.trainedSize,
      sheetColumns,
    )
    const made: Made = {
      ...{ command, at: new Date().toISOString(), n, reference: 0, firstSeed: 0 },
      minutes: (performance.now() - start) / 60_000,
    }
    await writeDown({ ...(await readEvaluation(document)), instruments: { made, rows } }, document)
  } finally {
    await pipeline.release()
  }
  return readEvaluation(document)
}

/** Measures the tables and writes them down, each as soon as it is there. Returns everything measured so far. */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { config, folder, modelFolder, n, reference, firstSeed = 0, threads = 2 } = options
  const say = options.say ?? (() => undefined)
  if (n < rivals || n % rivals !== 0) {
    throw new RangeError(`Expected \`n\` to be a multiple of ${rivals} (each picture has so many rivals), got ${n}.`)
  }
  const recipe: Recipe = options.recipe ?? recipes[config]
  const workspace: Workspace = {
    folder,
    modelFolder,
    recipe,
    resume: true,
    threads,
    checkpointSeconds: 300,
    onProgress: progress => say(describe(progress)),
    say,
    signal: options.signal,
  }
  if (!existsSync(filesOf(workspace).teacher)) {
    if (!existsSync(teacherFolderOf(modelFolder))) {
      throw new Error(
        `Expected the teacher's checkpoint in ${folder} or its weights in ${teacherFolderOf(modelFolder)}, found neither: ` +
          'run `npx fourstroke train all` first, or name a model folder with its teacher beside it.',
      )
    }
    say('Reading the teacher that ships beside the model.')
    await importModel(workspace, modelFolder)
  }

  const { classifier: classifierRecipe, dualEncoder: dualEncoderRecipe } =
    options.evaluation ?? evaluationRecipes[config]
  await trainClassifier(workspace, classifierRecipe)
  await trainDualEncoder(workspace, dualEncoderRecipe)
  if (options.signal?.aborted) return readEvaluation(options.document)

  const slice = options.slice ?? recipe.pictures.slice
  const classifier = await openClassifier(workspace)
  const real: Uint8Array[] = []
  for (const scene of scenesFor(slice, { split: 'val', count: reference, series: 1 }))
    real.push((await renderScene(scene, seenSideOf(recipe.pictures))).data)
  const pipeline = await openModel(modelFolder, threads)
  const teacher = trainedTeacher(workspace)
  const bench: Bench = {
    pipeline,
    teacher: await openTeacher(pipeline, workspace, teacher),
    yardstick: {
      classifier,
      dualEncoder: await openDualEncoder(workspace),
      real: (await classifier(real)).map(({ features }) => features),
    },
    slice,
    n,
    firstSeed,
    guidance: pipeline.folder.defaults.guidance,
    say,
  }
  const measured = {
    bounds: () => boundsTable(bench),
    steps: () => stepsTable(bench),
    heldOut: () => heldOutTable(bench),
    guidance: () => guidanceTable(bench),
    time: () => timeTable(bench, options.timed ?? 12),
    reading: () => readingTable(bench, workspace, teacher),
    distillation: () => {
      const iterations = options.distillation?.iterations ?? recipe.lcd.adam.steps
      const plan = { runs: paperRuns, iterations, every: Math.ceil(iterations / evaluationsPerRun) }
      return distillationTable(bench, workspace, { ...plan, ...options.distillation })
    },
    styles: async () =>
      stylesTable(bench, await hashOf(pipeline.folder), threads, { ...stylingPlan, ...options.styling }),
  } as const satisfies Record<Exclude<TableName, 'instruments'>, () => Promise<unknown>>

  try {
    for (const name of options.tables) {
      if (options.signal?.aborted) break
      const start = performance.now()
      const rows = await measured[name]()
      const made: Made = {
        command: options.command,
        at: new Date().toISOString(),
        n: name === 'time' ? (options.timed ?? 12) - 2 : n,
        reference,
        firstSeed,
        minutes: (performance.now() - start) / 60_000,
      }
      const before = await readEvaluation(options.document)
      await writeDown({ ...before, training: trainingOf(workspace), [name]: { made, rows } }, options.document)
    }
  } finally {
    await pipeline.release()
  }
  return readEvaluation(options.document)
}

/** Those stages that left a checkpoint in the folder. */
function trainingOf(workspace: Workspace): TrainingRow[] {
  const { vae, decoder, critic, text, teacher, guidance, lcd } = filesOf(workspace)
  return [vae, decoder, critic, text, teacher, guidance, lcd, classifierFile(workspace), dualEncoderFile(workspace)]
    .filter(file => existsSync(file))
    .map(file => loadCheckpoint(file).record)
    .map(({ stage, step, seconds }) => ({ stage, steps: step, minutes: seconds / 60 }))
}

const plotFolderOf = (document: string) => document.replace(/\.md$/, '')
const figuresOf = (document: string) => document.replace(/\.md$/, '.json')

async function readEvaluation(document: string): Promise<Evaluation> {
  const file = figuresOf(document)
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Evaluation) : {}
}

/** Figures as JSON, the report inside the document, and its plots in a folder of the document's name. */
async function writeDown(evaluation: Evaluation, document: string): Promise<void> {
  const plotFolder = plotFolderOf(document)
  const { markdown, plots } = reportOf(evaluation, relative(dirname(document), plotFolder))
  await mkdir(plotFolder, { recursive: true })
  await writeFile(figuresOf(document), `${JSON.stringify(evaluation, null, 1)}\n`)
  for (const [name, svg] of Object.entries(plots)) await writeFile(join(plotFolder, name), svg)
  const before = existsSync(document) ? await readFile(document, 'utf8') : '# Evaluation\n'
  await writeFile(document, insert(before, markdown))
}
