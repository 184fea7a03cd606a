/**
 * Trains the embedded model from nothing: `train('all', …)` renders the world and runs every stage; each stage goes on
 * from what the ones before it left in the folder.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TrainingProgress } from './loop/progress.ts'
import { scaleLatents, trainDecoder, trainVae } from './stages/autoencoder.ts'
import { sharpenDecoder } from './stages/critic.ts'
import { learnDetails } from './stages/details.ts'
import { exportModel } from './stages/export.ts'
import { distilGuidance } from './stages/guidance.ts'
import { importModel } from './stages/import.ts'
import { distil } from './stages/lcd.ts'
import { trainTeacher } from './stages/teacher.ts'
import { trainText } from './stages/textPretraining.ts'
import { type Recipe, type RecipeName, recipes } from './workspace/recipes.ts'
import { filesOf, takeOver, type Workspace } from './workspace/workspace.ts'

export type { Distance } from '../onnx/optim/loss.ts'

const stages = {
  vae: trainVae,
  details: learnDetails,
  latents: scaleLatents,
  text: trainText,
  teacher: trainTeacher,
  guidance: distilGuidance,
  lcd: distil,
  decoder: trainDecoder,
  critic: sharpenDecoder,
  export: exportModel,
} as const
type StageName = keyof typeof stages
export type Stage = StageName | 'all'
const all = Object.keys(stages) as StageName[]
export const stageNames: readonly Stage[] = [...all, 'all']
/** What a recipe that comes after another goes on from, and what it does itself. */
const before = ['vae', 'text', 'teacher'] as const
const after = ['details', 'latents', 'teacher', 'guidance', 'lcd', 'decoder', 'critic', 'export'] as const

export interface TrainOptions {
  /** Where checkpoints, pictures and sheets go; `.training/<config>` by default. */
  readonly folder?: string
  /** `quick` by default. */
  readonly config?: RecipeName
  /** Instead of a recipe by name. */
  readonly recipe?: Recipe
  /** Where the finished model goes; `models/fourstroke-256`, or beside the checkpoints of a quick run. */
  readonly modelFolder?: string
  /** Go on from the checkpoints in the folder; on by default. */
  readonly resume?: boolean
  /**
   * Another folder of the same networks: its autoencoder and text encoder are taken over, the teacher begins with its.
   * Or a model folder, of which checkpoints are made first.
   */
  readonly from?: string
  readonly threads?: number
  readonly checkpointSeconds?: number
  readonly onProgress?: (progress: TrainingProgress) => void
  readonly say?: (message: string) => void
  readonly signal?: AbortSignal
}

export async function train(stage: Stage, options: TrainOptions = {}): Promise<void> {
  const workspace = await openWorkspace(options)
  const { folder, recipe, from } = workspace
  if (stage === 'all' && options.from === undefined && recipe.after) {
    for (const name of before) await train(name, { ...options, recipe: recipes[recipe.after], folder: from! })
    if (workspace.signal?.aborted) return
  }
  // The teacher begins anew from theirs; the stages after it go on with theirs where there is no other yet.
  if (from !== undefined) {
    const latentStatistics = recipe.latents.rms === undefined
    takeOver(from, folder, { latentStatistics, teacher: latentStatistics && afterTeacher.includes(stage) })
  }
  for (const name of stage === 'all' ? stagesOf(workspace) : [stage]) {
    if (workspace.signal?.aborted) return
    await stages[name](workspace)
  }
}

/** Where a recipe is trained, and from what; a model folder that it goes on from becomes checkpoints first. */
export async function openWorkspace(options: TrainOptions): Promise<Workspace> {
  const config = options.config ?? 'quick'
  const folder = options.folder ?? join('.training', config)
  const recipe: Recipe = options.recipe ?? recipes[config]
  const workspace: Workspace = {
    folder,
    modelFolder: options.modelFolder ?? (config === 'quick' ? join(folder, 'model') : join('models', 'fourstroke-256')),
    recipe,
    resume: options.resume ?? true,
    from:
      options.from === undefined ? recipe.after && join(dirname(folder), recipe.after) : sourceOf(options.from, folder),
    threads: options.threads ?? 2,
    checkpointSeconds: options.checkpointSeconds ?? 300,
    onProgress: options.onProgress ?? (() => undefined),
    say: options.say ?? (() => undefined),
    signal: options.signal,
  }
  const { from } = workspace
  if (options.from !== undefined && isModelFolder(options.from) && !existsSync(filesOf({ folder: from! }).teacher)) {
    await importModel({ ...workspace, folder: from! }, options.from)
  }
  return workspace
}

/** The stages of a recipe from nothing, or of one that goes on from another. */
export const stagesOf = ({ from }: Pick<Workspace, 'from'>): readonly StageName[] => (from === undefined ? all : after)

/** What a training needs a teacher for. */
const afterTeacher: readonly Stage[] = ['guidance', 'lcd', 'critic', 'export']

const isModelFolder = (folder: string): boolean => existsSync(join(folder, 'model_index.json'))

/** Checkpoints made of a model folder lie beside those of the training that goes on from them. */
const sourceOf = (from: string, folder: string): string => (isModelFolder(from) ? join(folder, 'imported') : from)
