/** Where a run stands; sent about once a second. */
export interface TrainingProgress {
  readonly stage: string
  /** Steps taken of `steps`. */
  readonly step: number
  readonly steps: number
  /** Running mean over about a hundred steps. */
  readonly loss: number
  readonly rate: number
  readonly gradientNorm: number
  readonly samplesPerSecond: number
  readonly secondsLeft: number
}

/** One line for a terminal or a log. */
export function describe(progress: TrainingProgress): string {
  const { stage, step, steps, loss, rate, gradientNorm, samplesPerSecond, secondsLeft } = progress
  return [
    `${stage} ${step}/${steps}`,
    `loss ${loss.toPrecision(4)}`,
    `norm ${gradientNorm.toPrecision(2)}`,
    `rate ${rate.toExponential(1)}`,
    `${samplesPerSecond.toFixed(1)} samples/s`,
    `${(secondsLeft / 60).toFixed(1)} min left`,
  ].join(' · ')
}

/** The running loss, and the judgement whether a run still makes sense. */
export class RunningLoss {
  value: number
  best: number

  constructor(value = Number.NaN, best = Number.POSITIVE_INFINITY) {
    this.value = value
    this.best = best
  }

  /** Throws when training has gone wrong: such a run gets no better by waiting. */
  add(loss: number, step: number, stage: string): void {
    if (!Number.isFinite(loss)) {
      throw new Error(
        `${stage}: expected a finite loss at step ${step}, got ${loss}. Lower the learning rate, then resume from the last checkpoint.`,
      )
    }
    this.value = Number.isNaN(this.value) ? loss : this.value + (loss - this.value) * Math.max(0.01, 1 / (step + 1))
    // The first steps are too noisy to compare with.
    if (step < 200) return
    this.best = Math.min(this.best, this.value)
    if (this.value > 2 * this.best) {
      throw new Error(
        `${stage}: the running loss has doubled, from ${this.best.toPrecision(3)} to ${this.value.toPrecision(3)} at step ${step}. ` +
          'Lower the learning rate, then resume from the last checkpoint.',
      )
    }
  }
}
