/** Looks after a learning: the loss smoothed, whether it still makes sense, and when it was best. */
import type { LearningRecord } from './checkpoint.ts'

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

export interface Watch {
  add(loss: number, step: number): void
  /** The running mean. */
  loss(): number
  /** Takes note of the held-out loss; says whether it is the best so far. Where nothing is held out, the latest is. */
  look(heldOutLoss: number | undefined, step: number): boolean
  /** More steps would do no good. */
  isOver(): boolean
  hasBest(): boolean
  record(): Pick<LearningRecord, 'running' | 'lowest' | 'best' | 'unchanged'>
}

export function openWatch(before?: LearningRecord): Watch {
  let { running, lowest, best, unchanged } = before ?? { running: null, lowest: null, best: null, unchanged: 0 }
  return {
    add(loss, step) {
      running = running === null ? loss : running + (loss - running) * Math.max(share, 1 / step)
      if (step >= firstSteps) lowest = Math.min(lowest ?? running, running)
    },
    loss: () => running ?? 0,
    look(heldOutLoss, step) {
      const isBetter = best === null || heldOutLoss === undefined || heldOutLoss < best.heldOutLoss * (1 - leastGain)
      unchanged = isBetter ? 0 : unchanged + 1
      if (isBetter) best = { step, heldOutLoss: heldOutLoss ?? 0 }
      return isBetter
    },
    isOver: () => unchanged >= patience || (running !== null && lowest !== null && running > tooMuch * lowest),
    hasBest: () => best !== null,
    record: () => ({ running, lowest, best, unchanged }),
  }
}
