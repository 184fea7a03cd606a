import { createGuard } from '../protocol/guard.ts'

/** When a room's snapshots are taken. */
export interface RoomSnapshots {
  /** So many operations have been stored since. */
  count(operations: number): void
  /** For between two transactions: takes one now if there was no pause for too long. */
  takeIfOverdue(): Promise<void>
  /** Nothing is being stored: takes one in a moment if it is worth its while. */
  takeInPause(): void
  /** Something is being stored again. */
  endPause(): void
  /** Takes the last one, if anything was stored since. */
  close(): Promise<void>
}

/**
 * Operations after which a snapshot is worth its while, larger scenes later; it waits for a pause, because everybody
 * would wait for it (50 ms for a few hundred strokes), but not for ever.
 */
const snapshotAfter = (elements: number) => Math.max(1_000, elements / 2)
const pauseMs = 1_000
const maxWithoutPause = 10

export function createRoomSnapshots(options: {
  /** Operations stored since the last one. */
  readonly since: number
  countElements(): number
  /** Where it fails nothing is lost: the log is longer, and the next snapshot catches up. */
  store(): Promise<void>
  failed(message: string, cause: unknown): void
}): RoomSnapshots {
  const guard = createGuard(options.failed)
  let { since } = options
  let pause: NodeJS.Timeout | null = null
  let storing = Promise.resolve()

  const isDue = (times: number) => since >= snapshotAfter(options.countElements()) * times

  /** Never rejects. */
  async function storeNow() {
    try {
      await options.store()
    } catch (error) {
      options.failed('A snapshot could not be stored', error)
    }
  }
  function take(): Promise<void> {
    since = 0
    storing = storeNow()
    return storing
  }

  return {
    count(operations) {
      since += operations
    },
    async takeIfOverdue() {
      if (isDue(maxWithoutPause)) await take()
    },
    takeInPause() {
      if (!isDue(1)) return
      pause = setTimeout(guard('A snapshot could not be taken', take), pauseMs)
      pause.unref()
    },
    endPause() {
      if (pause) clearTimeout(pause)
    },
    async close() {
      if (pause) clearTimeout(pause)
      await storing
      if (since > 0) await take()
    },
  }
}
