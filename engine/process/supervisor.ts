/** Keeps one engine process running: starts it again with growing pauses, and rests when that does not help. */
import { type ChildProcess, fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { FromProcess, ToProcess } from './messages.ts'

export interface RestartLimits {
  /** Pause before the first restart; doubled each time, up to `maxDelayMs`. */
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  /** Falls in a row after which it rests. */
  readonly maxFalls: number
  /** How long it rests before it may be woken for another try. */
  readonly restMs: number
}

export interface SupervisorOptions {
  readonly limits: RestartLimits
  readonly log: (line: string) => void
  /** A process has started and needs its first message. */
  started(): void
  heard(message: FromProcess): void
  /** The process ended by itself, with these words ("signal SIGSEGV"); another follows. */
  fell(how: string): void
  /** It fell too often, or was told to rest. */
  rested(words: string): void
}

export interface Supervisor {
  readonly restarts: number
  send(message: ToProcess): void
  /** The process did its work: earlier falls are forgiven. */
  praise(): void
  /** Ends the process and starts no other until it is woken after `restMs`. */
  rest(words: string): void
  /** Starts a process if it has rested for long enough; says whether there is one, now or soon. */
  wake(): boolean
  close(): Promise<void>
}

/** Longest wait for the process to finish its current call. */
const closeTimeoutMs = 3000
/** Enough of what it wrote to see why it fell. */
const lastWordsLength = 4000

export function createSupervisor({ limits, log, ...on }: SupervisorOptions): Supervisor {
  let child: ChildProcess | undefined
  let pause: NodeJS.Timeout | undefined
  let restarts = 0
  let falls = 0
  let restsUntil: number | undefined
  let closed: Promise<void> | undefined

  function start(): void {
    pause = undefined
    restsUntil = undefined
    const started = forkProcess()
    let lastWords = ''
    child = started
    started.stderr?.on('data', (chunk: Buffer) => {
      lastWords = (lastWords + chunk.toString()).slice(-lastWordsLength)
    })
    started.on('message', (message: FromProcess) => on.heard(message))
    started.once('exit', (code, signal) => {
      child = undefined
      if (closed || restsUntil !== undefined) return
      const how = signal ? `signal ${signal}` : `code ${code}`
      log(`The engine process ended with ${how}. ${lastWords}`.trim())
      falls++
      on.fell(how)
      if (falls >= limits.maxFalls) {
        rest(`The engine process ended ${falls} times in a row, at last with ${how}; the log has what it wrote.`)
        return
      }
      restarts++
      pause = setTimeout(start, Math.min(limits.firstDelayMs * 2 ** (falls - 1), limits.maxDelayMs))
    })
    on.started()
  }

  function rest(words: string): void {
    restsUntil = Date.now() + limits.restMs
    falls = limits.maxFalls - 1 // after the rest, one more fall is enough
    child?.kill('SIGKILL')
    on.rested(words)
  }

  async function closeProcess(): Promise<void> {
    clearTimeout(pause)
    const closing = child
    if (!closing) return
    const exited = new Promise<void>(resolve => closing.once('exit', () => resolve()))
    const patience = setTimeout(() => closing.kill('SIGKILL'), closeTimeoutMs)
    closing.send({ type: 'close' } satisfies ToProcess, () => undefined)
    await exited
    clearTimeout(patience)
  }

  // The first message must not be asked for before the caller holds its keeper.
  pause = setTimeout(start)
  return {
    get restarts() {
      return restarts
    },
    send(message) {
      // The callback takes the error of a channel that closes at this very moment; `exit` tells us of that.
      child?.send(message, () => undefined)
    },
    praise() {
      falls = 0
    },
    rest,
    wake() {
      if (restsUntil === undefined) return true
      if (Date.now() < restsUntil) return false
      start()
      return true
    },
    close() {
      closed ??= closeProcess()
      return closed
    },
  }
}

/**
 * Megabytes for young objects. Each call leaves tensors behind; with V8's one megabyte collecting them took 1.2 ms of
 * every picture, with 16 it takes 0.2 ms.
 */
const nursery = '--min-semi-space-size=16'

/** From source the process needs tsx to read it, compiled it does not. Pictures cross as typed arrays, not as JSON. */
function forkProcess(): ChildProcess {
  const isSource = import.meta.url.endsWith('.ts')
  const file = fileURLToPath(new URL(isSource ? './process.ts' : './process.js', import.meta.url))
  const require = createRequire(import.meta.url)
  return fork(file, [], {
    serialization: 'advanced',
    execArgv: [nursery, ...(isSource ? ['--import', pathToFileURL(require.resolve('tsx')).href] : [])],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
}
