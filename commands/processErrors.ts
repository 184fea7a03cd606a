import type { Log } from '../logging.ts'

/** How often this process met each kind of error that nobody had caught. */
export type ProcessErrorCounts = Readonly<Record<'unhandledRejection' | 'uncaughtException', number>>

/** The seam for tests: `process`, or an emitter in its place. */
interface ProcessEvents {
  on(event: 'unhandledRejection' | 'uncaughtException', listener: (error: unknown) => void): unknown
}

/**
 * The last net under everything. A promise that nobody looked at belongs to one request: it is logged and counted, and the
 * program goes on. After an exception that nobody caught, what was being changed may be half changed, so the program is
 * ended, and whatever supervises it starts it again; unless it only says that a connection broke, which changes nothing.
 */
export function watchProcessErrors(options: {
  readonly process: ProcessEvents
  readonly log: Log
  end(): void
}): ProcessErrorCounts {
  const counts = { unhandledRejection: 0, uncaughtException: 0 }
  let isEnding = false
  options.process.on('unhandledRejection', error => {
    counts.unhandledRejection++
    options.log.error({ err: error }, 'A promise was rejected and nobody looked at it')
  })
  options.process.on('uncaughtException', error => {
    counts.uncaughtException++
    options.log.fatal({ err: error }, 'An exception was caught by nobody')
    if (isEnding || isBrokenConnection(error)) return
    isEnding = true
    options.end()
  })
  return counts
}

/** A socket's error event without a listener: the other side is gone, and nothing of ours is half done. */
function isBrokenConnection(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException
  return syscall !== undefined && ['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT'].includes(code ?? '')
}
