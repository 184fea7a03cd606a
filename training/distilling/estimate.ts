/** What a distillation will take, before it begins. */
import { availableParallelism } from 'node:os'

export interface Costs {
  /** Weights of the UNet. */
  readonly weights: number
  /** Numbers that are learned. */
  readonly learned: number
  /** What the forward pass leaves behind for one batch. */
  readonly activationBytes: number
  /** Latents and prompt embeddings of all pairs. */
  readonly dataBytes: number
  /** One call of the UNet for one picture. */
  readonly callMs: number
  readonly batch: number
  readonly steps: number
  /** How often the teacher is called for one sample of one step. */
  readonly teacherCalls: number
  readonly learnsAll: boolean
}

export interface Estimate {
  readonly bytes: number
  readonly seconds: number
}

/**
 * Memory: the weights in teacher and student (which packs constants and turns kernels for the way back); weights,
 * average, target, both moments and gradient of what is learned; four fifths of all that the forward pass computes, since
 * not all of it is kept; and the program itself. For the UNet of the full recipe, batch 32, it says 1.2 GB with a teacher;
 * `npm run bench:train` measured 0.8 GB without one.
 *
 * Time: a gradient of all weights costs 3.6 calls, that of adapters 2.6; to these come the teacher's and the target's.
 */
export function estimateOf(costs: Costs): Estimate {
  const { weights, learned, activationBytes, dataBytes, callMs, batch, steps, teacherCalls, learnsAll } = costs
  const copies = learnsAll ? 2 : 5
  const bytes = 4 * weights * copies + 4 * learned * 6 + 0.8 * activationBytes + dataBytes + 300 * 2 ** 20
  const calls = teacherCalls + 1 + (learnsAll ? 3.6 : 2.6)
  return { bytes, seconds: (steps * batch * calls * callMs) / 1000 }
}

/** Bytes that this process may still take. */
export const availableBytes = (): number => process.availableMemory()

export function describeEstimate({ bytes, seconds }: Estimate, available: number): string {
  return (
    `About ${gigabytes(bytes)} GB of memory, of which ${gigabytes(available)} GB are free, and ${duration(seconds)} on ` +
    `${availableParallelism()} processor cores.`
  )
}

export const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1)

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} seconds`
  return seconds < 2 * 3600 ? `${Math.ceil(seconds / 60)} minutes` : `${(seconds / 3600).toFixed(1)} hours`
}
