/** Looks after a learning: the loss smoothed, whether more steps make sense, and when it was best. A value, and what events make of it. */
export interface EarlyStopping {
  /** Of the loss: its running mean, and the lowest that this has been. */
  readonly running: number | null
  readonly lowest: number | null
  readonly best: { readonly step: number; readonly heldOutLoss: number } | null
  /** Looks since the best held-out loss. */
  readonly unchanged: number
}

/** The loss is that of a few samples; this much of each step's enters the mean. */
const share = 0.05
/** The first steps are too noisy to compare with. */
const firstSteps = 40
/** A running loss this many times its lowest comes from steps that are too large. */
const tooMuch = 2
/** Looks without a better held-out loss after which more steps only learn by heart. */
const patience = 5
/** By less than this share nothing has become better. */
const leastGain = 0.003

export const notStarted: EarlyStopping = { running: null, lowest: null, best: null, unchanged: 0 }

/** After one more step. */
export function withLoss(before: EarlyStopping, loss: number, step: number): EarlyStopping {
  const running = before.running === null ? loss : before.running + (loss - before.running) * Math.max(share, 1 / step)
  const lowest = step >= firstSteps ? Math.min(before.lowest ?? running, running) : before.lowest
  return { ...before, running, lowest }
}

/** After a look; `best.step` is this one if it was the best so far. Where nothing is held out, the latest is. */
export function withHeldOutLoss(before: EarlyStopping, heldOutLoss: number | undefined, step: number): EarlyStopping {
  const { best, unchanged } = before
  const isBest = best === null || heldOutLoss === undefined || heldOutLoss < best.heldOutLoss * (1 - leastGain)
  return isBest
    ? { ...before, unchanged: 0, best: { step, heldOutLoss: heldOutLoss ?? 0 } }
    : { ...before, unchanged: unchanged + 1 }
}

/** More steps would do no good. */
export function isOver({ unchanged, running, lowest }: EarlyStopping): boolean {
  return unchanged >= patience || (running !== null && lowest !== null && running > tooMuch * lowest)
}
