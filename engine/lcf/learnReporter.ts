/** What a learning reports and when: steps a few times a second, checkpoints every so often. It owns the clock. */
import type { LearnProgress, StyleRecipe } from '../types/styles.ts'
import { checkpointOf, type LearnConstants, type LearnState } from './learnState.ts'

export interface ReporterOptions {
  readonly recipe: StyleRecipe
  readonly constants: LearnConstants
  readonly checkpointSeconds: number
  /** Where this run goes on from, and the seconds of those before it. */
  readonly firstStep: number
  readonly secondsBefore: number
  onProgress(progress: LearnProgress): void
}

const reportEveryMs = 250

export class LearnReporter {
  private readonly options: ReporterOptions
  private readonly startedAt = performance.now()
  private checkpointAt = this.startedAt
  private reportedAt = 0

  constructor(options: ReporterOptions) {
    this.options = options
  }

  isCheckpointDue(): boolean {
    return performance.now() - this.checkpointAt > this.options.checkpointSeconds * 1000
  }

  checkpoint(state: LearnState): void {
    const { constants, secondsBefore, onProgress } = this.options
    this.checkpointAt = performance.now()
    const seconds = secondsBefore + (this.checkpointAt - this.startedAt) / 1000
    onProgress({ type: 'checkpoint', step: state.step, checkpoint: checkpointOf(state, constants, seconds) })
  }

  isStepDue(): boolean {
    return performance.now() - this.reportedAt > reportEveryMs
  }

  step({ step, earlyStopping }: LearnState, heldOutLoss?: number): void {
    const { recipe, firstStep, onProgress } = this.options
    this.reportedAt = performance.now()
    const secondsPerStep = (this.reportedAt - this.startedAt) / 1000 / Math.max(1, step - firstStep)
    onProgress({
      type: 'stepped',
      step,
      steps: recipe.steps,
      loss: earlyStopping.running ?? 0,
      ...(heldOutLoss !== undefined && { heldOutLoss }),
      secondsLeft: (recipe.steps - step) * secondsPerStep,
    })
  }
}
