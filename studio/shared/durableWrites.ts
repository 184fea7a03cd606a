import { errorReporter, type Log } from '../../logging.ts'
import { UserError } from '../../protocol/errors.ts'
import { createGuard, type Guard } from '../../protocol/guard.ts'

/** Writes that must not be lost: they are tried again until the database and the disk take them. */
export interface DurableWrites {
  /**
   * Resolves when `work` has succeeded; it must be harmless to do twice. Rejects at once for an error that no waiting
   * mends, and with the last error when the program closes.
   */
  untilDone<T>(work: () => Promise<T>): Promise<T>
  /** How many wait for the database or the disk. */
  readonly waiting: number
  /** What waits is tried once more, and then given up. */
  close(): void
}

const firstPauseMs = 250
const maxPauseMs = 15_000

/** Logs the first failure of each; the pauses grow. */
export function createDurableWrites(log: Log): DurableWrites {
  const closing = new AbortController()
  const guard = createGuard(errorReporter(log))
  let waiting = 0

  return {
    async untilDone(work) {
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, maxPauseMs)) {
        const isLastTry = closing.signal.aborted
        try {
          return await work()
        } catch (error) {
          if (isLastTry || !isPassing(error)) throw error
          if (pauseMs === firstPauseMs)
            log.error({ err: error }, 'Something could not be written down; it is tried again')
        }
        waiting++
        await pause(pauseMs, closing.signal, guard).finally(() => waiting--)
      }
    },
    get waiting() {
      return waiting
    },
    close: () => closing.abort(),
  }
}

/** Resolves early when `signal` is aborted. */
function pause(ms: number, signal: AbortSignal, guard: Guard): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    const end = guard('A pause could not be ended', () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    })
    const timer = setTimeout(end, ms).unref()
    signal.addEventListener('abort', end)
  })
}

/** What Prisma says of a request that is wrong in itself: a constraint that it breaks, a row that is not there. */
const wrongRequest = /^P2(?:00[0-9]|01[1-9]|02[0-35])$/
/** Of our own making, or the language's. */
const bugs: readonly string[] = ['Error', 'TypeError', 'RangeError', 'ReferenceError', 'PrismaClientValidationError']

/** Whether the same may work later: the database is locked, gone or full, or the system lacks something just now. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof UserError) return false
  const { code, syscall, name } = error as NodeJS.ErrnoException
  return syscall !== undefined || !(bugs.includes(name) || wrongRequest.test(code ?? ''))
}
