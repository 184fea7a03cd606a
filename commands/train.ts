import { join, resolve } from 'node:path'
import { rootFolder, SettingError } from '../config.ts'
import {
  describe,
  type RecipeName,
  recipes,
  type Stage,
  stageNames,
  type TrainingProgress,
  train as trainStage,
} from '../engine/training/index.ts'

export interface TrainCommandOptions {
  readonly config: string
  readonly quick?: boolean
  /** Checkpoints, pictures and sheets; `.training/<config>` by default. */
  readonly folder?: string
  readonly threads?: number
  /** A model folder to distil in place of our own teacher, and what goes with it. */
  readonly teacher?: string
  readonly pictures?: string
  readonly out?: string
  readonly learn?: string
  readonly rank?: number
  readonly steps?: number
  readonly batch?: number
  readonly rate?: number
}

const lessons = ['adapters', 'all'] as const

/** How often a line is printed, in milliseconds. */
const lineEveryMs = 10_000

/** `npx fourstroke train <stage>`: goes on where the same command stopped before. Ctrl-C stops it after writing a checkpoint. */
export async function train(stage: string, options: TrainCommandOptions): Promise<void> {
  const config = options.quick ? 'quick' : options.config
  if (!isStage(stage))
    throw new SettingError(`Expected a stage to train, one of ${stageNames.join(', ')}; got ${stage}.`)
  if (!isRecipe(config))
    throw new SettingError(`Expected --config to be one of ${Object.keys(recipes).join(', ')}; got ${config}.`)

  if (options.teacher !== undefined) return distil(stage, options.teacher, options)
  await trainStage(stage, {
    config,
    folder: options.folder ?? join(rootFolder, '.training', config),
    ...(options.threads !== undefined && { threads: options.threads }),
    ...talk(),
  })
}

/** `npx fourstroke train lcd --teacher <folder> --pictures <folder>`: a consistency model out of anybody's model. */
async function distil(stage: Stage, teacher: string, options: TrainCommandOptions): Promise<void> {
  if (stage !== 'lcd') throw new SettingError(`Expected --teacher with the stage lcd, got it with ${stage}.`)
  if (options.pictures === undefined) {
    throw new SettingError('Expected --pictures <folder>: pictures, and a .txt with its caption beside each; got none.')
  }
  const learn = lessons.find(name => name === options.learn)
  if (options.learn !== undefined && learn === undefined) {
    throw new SettingError(`Expected --learn to be one of ${lessons.join(', ')}; got ${options.learn}.`)
  }
  const { pictures, rank, steps, batch, rate, threads } = options
  const out = options.out ?? `${resolve(teacher)}-lcm`
  const { distilTeacher } = await import('../engine/distilling/index.ts')
  await distilTeacher({ teacher, pictures, out, learn, rank, steps, batch, rate, threads, ...talk() })
}

/** Prints what is said, a line of progress now and then, and stops when the terminal says so. */
function talk() {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  let toldAt = 0
  return {
    signal: stop.signal,
    say: (words: string) => console.log(words),
    onProgress(progress: TrainingProgress) {
      if (Date.now() - toldAt < lineEveryMs && progress.step < progress.steps) return
      toldAt = Date.now()
      console.log(describe(progress))
    },
  }
}

const isStage = (name: string): name is Stage => (stageNames as readonly string[]).includes(name)
const isRecipe = (name: string): name is RecipeName => Object.hasOwn(recipes, name)
