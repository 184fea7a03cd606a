import { join } from 'node:path'
import { rootFolder, SettingError } from '../config.ts'
import {
  describe,
  type RecipeName,
  recipes,
  type Stage,
  stageNames,
  train as trainStage,
} from '../engine/training/index.ts'

export interface TrainCommandOptions {
  readonly config: string
  readonly quick?: boolean
  /** Checkpoints, pictures and sheets; `.training/<config>` by default. */
  readonly folder?: string
  readonly threads?: number
}

/** How often a line is printed, in milliseconds. */
const lineEveryMs = 10_000

/** `npx fourstroke train <stage>`: goes on where the same command stopped before. Ctrl-C stops it after writing a checkpoint. */
export async function train(stage: string, options: TrainCommandOptions): Promise<void> {
  const config = options.quick ? 'quick' : options.config
  if (!isStage(stage))
    throw new SettingError(`Expected a stage to train, one of ${stageNames.join(', ')}; got ${stage}.`)
  if (!isRecipe(config))
    throw new SettingError(`Expected --config to be one of ${Object.keys(recipes).join(', ')}; got ${config}.`)

  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  let toldAt = 0
  await trainStage(stage, {
    config,
    folder: options.folder ?? join(rootFolder, '.training', config),
    ...(options.threads !== undefined && { threads: options.threads }),
    signal: stop.signal,
    say: words => console.log(words),
    onProgress(progress) {
      if (Date.now() - toldAt < lineEveryMs && progress.step < progress.steps) return
      toldAt = Date.now()
      console.log(describe(progress))
    },
  })
}

const isStage = (name: string): name is Stage => (stageNames as readonly string[]).includes(name)
const isRecipe = (name: string): name is RecipeName => Object.hasOwn(recipes, name)
