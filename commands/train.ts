import { join, resolve } from 'node:path'
import { rootFolder } from '../config.ts'
import { UserError } from '../protocol/errors.ts'
import { type Distance, type Stage, stageNames, train as trainStage } from '../training/index.ts'
import { describe, type TrainingProgress } from '../training/loop/progress.ts'
import { type SolverName, solverNames } from '../training/solvers/index.ts'
import { type RecipeName, recipes } from '../training/workspace/recipes.ts'
import { checkOutputFolder } from './files.ts'
import { onInterrupt } from './interrupt.ts'

export interface TrainCommandOptions {
  readonly config: string
  readonly quick?: boolean
  /** Checkpoints, pictures and sheets; `.training/<config>` by default. */
  readonly folder?: string
  readonly threads?: number
  /** A model folder or the folder of another training, to go on from. */
  readonly from?: string
  /** A model folder to distil in place of our own teacher, and what goes with it. */
  readonly teacher?: string
  readonly pictures?: string
  readonly out?: string
  readonly learn?: string
  readonly rank?: number
  readonly steps?: number
  readonly batch?: number
  readonly rate?: number
  /** What distillation does otherwise than the recipe. */
  readonly solver?: string
  readonly skip?: number
  readonly loss?: string
}

const trainables = ['adapters', 'all'] as const
const losses = ['huber', 'l2'] as const
/** With larger skipping steps there would be fewer of them than the steps that people paint in. */
const mostSkip = 100

/** How often a line is printed, in milliseconds. */
const lineEveryMs = 10_000

/** `npx fourstroke train <stage>`: goes on where the same command stopped before. Ctrl-C stops it after writing a checkpoint. */
export async function train(stage: string, options: TrainCommandOptions): Promise<void> {
  const config = options.quick ? 'quick' : options.config
  if (!isStage(stage))
    throw new UserError('options/invalid', `Expected a stage to train, one of ${stageNames.join(', ')}; got ${stage}.`)
  if (!isRecipe(config))
    throw new UserError(
      'options/invalid',
      `Expected --config to be one of ${Object.keys(recipes).join(', ')}; got ${config}.`,
    )

  const distillation = distillationOf(options)
  if (Object.keys(distillation).length > 0 && stage !== 'lcd' && stage !== 'all') {
    throw new UserError(
      'options/invalid',
      `Expected --solver, --skip and --loss with the stage lcd or all, got them with ${stage}.`,
    )
  }
  if (options.teacher !== undefined) return distil(stage, options.teacher, options)
  const recipe = recipes[config]
  const folder = options.folder ?? join(rootFolder, '.training', config)
  await checkOutputFolder(folder)
  await trainStage(stage, {
    config,
    recipe: { ...recipe, lcd: { ...recipe.lcd, ...distillation } },
    folder,
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(options.from !== undefined && { from: options.from }),
    ...talk(),
  })
}

/** `npx fourstroke train lcd --teacher <folder> --pictures <folder>`: a consistency model out of anybody's model. */
async function distil(stage: Stage, teacher: string, options: TrainCommandOptions): Promise<void> {
  if (stage !== 'lcd')
    throw new UserError('options/invalid', `Expected --teacher with the stage lcd, got it with ${stage}.`)
  if (options.pictures === undefined) {
    throw new UserError(
      'options/invalid',
      'Expected --pictures <folder>: pictures, and a .txt with its caption beside each; got none.',
    )
  }
  const learn = oneOf('--learn', trainables, options.learn)
  const { pictures, rank, steps, batch, rate, threads } = options
  const out = options.out ?? `${resolve(teacher)}-lcm`
  await checkOutputFolder(out)
  const { distilTeacher } = await import('../training/distilling/index.ts')
  await distilTeacher({
    ...{ teacher, pictures, out, learn, rank, steps, batch, rate, threads },
    ...distillationOf(options),
    ...talk(),
  })
}

/** Nothing of it where the command says nothing. */
function distillationOf(options: TrainCommandOptions): { solver?: SolverName; skip?: number; distance?: Distance } {
  const solver = oneOf('--solver', solverNames, options.solver)
  const loss = oneOf('--loss', losses, options.loss)
  const { skip } = options
  if (skip !== undefined && !(Number.isInteger(skip) && skip >= 1 && skip <= mostSkip)) {
    throw new UserError('options/invalid', `Expected --skip to be a whole number from 1 to ${mostSkip}, got ${skip}.`)
  }
  return {
    ...(solver && { solver }),
    ...(skip !== undefined && { skip }),
    ...(loss === 'l2' && { distance: 'l2' }),
  }
}

function oneOf<T extends string>(option: string, known: readonly T[], value: string | undefined): T | undefined {
  const found = known.find(name => name === value)
  if (value !== undefined && found === undefined) {
    throw new UserError('options/invalid', `Expected ${option} to be one of ${known.join(', ')}; got ${value}.`)
  }
  return found
}

/** Prints what is said, a line of progress now and then, and stops when the terminal says so. */
function talk() {
  const stop = new AbortController()
  onInterrupt(() => stop.abort(), ['SIGINT', 'SIGTERM'])
  let printedAt = 0
  return {
    signal: stop.signal,
    log: (message: string) => console.log(message),
    onProgress(progress: TrainingProgress) {
      if (Date.now() - printedAt < lineEveryMs && progress.step < progress.steps) return
      printedAt = Date.now()
      console.log(describe(progress))
    },
  }
}

const isStage = (name: string): name is Stage => (stageNames as readonly string[]).includes(name)
const isRecipe = (name: string): name is RecipeName => Object.hasOwn(recipes, name)
