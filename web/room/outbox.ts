import type { OperationBatch, OperationsStored, Reply } from '../../protocol/events.ts'
import type { SceneSync } from '../../protocol/sync.ts'
import { errorMessage } from '../text/t.ts'

/** Time for ink to gather into one message: two screen refreshes, unseen by the eye. */
const sendEveryMs = 33
const retryAfterMs = 400

/** Sends my operations, several batches at once, and again what could not be stored for the moment. */
export interface Outbox {
  /** Everything that may go now. */
  send(): void
  /** The same in a moment, together with what comes until then. */
  sendSoon(): void
  dispose(): void
}

export interface OutboxOptions {
  isConnected(): boolean
  emit(batch: OperationBatch, reply: (answer: Reply<OperationsStored>) => void): void
  /** Operations that the server did not take are gone; this is why. */
  onRejected(message: string): void
  /** The number of operations that are not stored yet may have changed. */
  onAnswered(): void
}

export function createOutbox(sync: Pick<SceneSync, 'nextBatch' | 'answered'>, options: OutboxOptions): Outbox {
  let timer: ReturnType<typeof setTimeout> | undefined

  function sendAfter(ms: number): void {
    timer ??= setTimeout(() => {
      timer = undefined
      send()
    }, ms)
  }

  function send(): void {
    if (!options.isConnected()) return
    for (let batch = sync.nextBatch(); batch; batch = sync.nextBatch()) {
      const sent = batch
      options.emit(sent, answer => {
        const { retry, rejected } = sync.answered(sent, answer)
        for (const error of rejected) options.onRejected(errorMessage(error))
        options.onAnswered()
        if (retry) sendAfter(retryAfterMs)
        else send()
      })
    }
  }

  return { send, sendSoon: () => sendAfter(sendEveryMs), dispose: () => clearTimeout(timer) }
}
