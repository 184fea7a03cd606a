import type { SessionOptions } from '../session.ts'

/**
 * How sessions of training run. Without the memory pattern a training graph needs half the memory and no more time.
 * Waiting threads sleep: beside other work on the machine, spinning ones cost twice the processor time, and the run
 * takes twice as long for it.
 */
export function sessionOptions(threads: number): SessionOptions {
  return { threads, enableMemPattern: false, extra: { session: { intra_op: { allow_spinning: '0' } } } }
}
