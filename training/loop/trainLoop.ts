import { existsSync } from 'node:fs'
import {
  type AdamOptions,
  adamStep,
  checkpointArrays,
  type Gradient,
  learningRateAt,
  type OptimizerState,
  type Stretch,
} from '../../onnx/optim/adam.ts'
import { loadCheckpoint, saveCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { Random } from '../../onnx/optim/random.ts'
import { RunningLoss, type TrainingProgress } from './progress.ts'

export interface Run {
  readonly stage: string
  /** The checkpoint; a run that finds one goes on from there. */
  readonly file: string
  readonly resume: boolean
  readonly seed: number
  readonly batch: number
  readonly adam: AdamOptions
  /** Everything that a checkpoint must agree with to be resumed. */
  readonly recipe: unknown
  readonly optimizerState: OptimizerState
  /** Stretches of the weights that learn at a rate of their own. */
  readonly faster?: readonly Stretch[]
  /** Loss and gradients of one batch. All chance comes from `random`; the batch may also depend on `step`. */
  gradients(step: number, random: Random): Promise<{ readonly loss: number; readonly gradients: readonly Gradient[] }>
  /** After the weights have moved, for what follows them beside the average. */
  moved?(step: number): void
  /** Called with every checkpoint: time for a sheet of samples. */
  looked?(step: number): Promise<void>
  onProgress(progress: TrainingProgress): void
  readonly checkpointSeconds: number
  readonly signal?: AbortSignal | undefined
}

/** Trains until the last step, and leaves a checkpoint of it. Returns the steps taken in this call. */
export async function trainLoop(run: Run): Promise<number> {
  const { adam, optimizerState, stage } = run
  let random = new Random(run.seed)
  let loss = new RunningLoss()
  let step = 0
  let secondsBefore = 0
  if (run.resume && existsSync(run.file)) {
    const { record, arrays } = loadCheckpoint(run.file)
    checkRecipe(run, record.recipe)
    for (const [name, values] of Object.entries(checkpointArrays(optimizerState))) values.set(arrays[name]!)
    random = Random.restore(record.random)
    loss = new RunningLoss(record.loss ?? undefined, record.bestLoss ?? undefined)
    step = record.step
    secondsBefore = record.seconds
  }
  const firstStep = step
  const start = performance.now()
  let saved = start
  let reportedAt = start
  const save = () =>
    saveCheckpoint(run.file, {
      record: {
        stage,
        step,
        random: random.state,
        loss: loss.value,
        bestLoss: Number.isFinite(loss.best) ? loss.best : null,
        seconds: secondsBefore + (performance.now() - start) / 1000,
        recipe: run.recipe,
      },
      arrays: checkpointArrays(optimizerState),
    })

  while (step < adam.steps) {
    const { loss: batchLoss, gradients } = await run.gradients(step, random)
    loss.add(batchLoss, step, stage)
    const gradientNorm = adamStep(optimizerState, gradients, step, adam, run.faster)
    if (!Number.isFinite(gradientNorm)) throw new Error(`${stage}: the gradient at step ${step} is not finite.`)
    run.moved?.(step)
    step++

    const now = performance.now()
    if (now - reportedAt > 1000 || step === adam.steps) {
      const secondsPerStep = (now - start) / 1000 / (step - firstStep)
      run.onProgress({
        stage,
        step,
        steps: adam.steps,
        loss: loss.value,
        rate: learningRateAt(step - 1, adam),
        gradientNorm,
        samplesPerSecond: run.batch / secondsPerStep,
        secondsLeft: (adam.steps - step) * secondsPerStep,
      })
      reportedAt = now
    }
    const stopping = run.signal?.aborted === true
    if (now - saved > run.checkpointSeconds * 1000 || step === adam.steps || stopping) {
      await save()
      await run.looked?.(step)
      saved = performance.now()
    }
    if (stopping) break
  }
  return step - firstStep
}

function checkRecipe(run: Run, found: unknown): void {
  const [expected, came] = [JSON.stringify(run.recipe), JSON.stringify(found)]
  if (expected === came) return
  throw new Error(
    `${run.file} belongs to another recipe and cannot be resumed. Expected ${expected}, got ${came}. ` +
      'Train without resuming, or into another folder.',
  )
}
