/** Supervises one engine process: restarts it with growing delays, and gives up for a while when that does not help. */
import { type ChildProcess, fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { FromProcess, ToProcess } from './messages.ts'

export interface RestartLimits {
  /** Delay before the first restart; doubled each time, up to `maxDelayMs`. */
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  /** Crashes in a row after which it gives up. */
  readonly maxCrashes: number
  /** How long it waits after giving up before `retry` starts another process. */
  readonly coolDownMs: number
}

export interface SupervisorOptions {
  readonly limits: RestartLimits
  /** Port for a debugger of the process; 0 for any free one. */
  readonly inspectPort?: number | undefined
  readonly log: (line: string) => void
  /** A process has started and needs its first message. */
  onStarted(): void
  onMessage(message: FromProcess): void
  /** The process ended by itself, by an exit code or a signal ("signal SIGSEGV"); another follows. */
  onCrashed(how: string): void
  /** It crashed too often, or was told to give up. */
  onGaveUp(message: string): void
}

export interface Supervisor {
  readonly restarts: number
  /** It gave up, and nobody has had it start another process since. */
  readonly isResting: boolean
  send(message: ToProcess): void
  /** The process finished something: earlier crashes count no more. */
  resetBackoff(): void
  /** Ends the process and starts no other until `retry` is called after `coolDownMs`. */
  giveUp(message: string): void
  /** Starts a process if it gave up long enough ago; says whether there is one, now or soon. */
  retry(): boolean
  close(): Promise<void>
}

/** Longest wait for the process to finish its current call. */
const closeTimeoutMs = 3000
/** Characters of what it wrote to standard error: enough to see why it crashed. */
const maxErrorOutput = 4000

export function createSupervisor({ limits, log, inspectPort, ...on }: SupervisorOptions): Supervisor {
  let child: ChildProcess | undefined
  let restartTimer: NodeJS.Timeout | undefined
  let restarts = 0
  let crashes = 0
  let coolsDownUntil: number | undefined
  let closed: Promise<void> | undefined

  function start(): void {
    restartTimer = undefined
    coolsDownUntil = undefined
    const started = forkProcess(inspectPort)
    let errorOutput = ''
    child = started
    started.stderr?.on('data', (chunk: Buffer) => {
      errorOutput = (errorOutput + chunk.toString()).slice(-maxErrorOutput)
    })
    started.on('message', (message: FromProcess) => on.onMessage(message))
    started.once('exit', (code, signal) => {
      child = undefined
      if (closed || coolsDownUntil !== undefined) return
      const how = signal ? `signal ${signal}` : `code ${code}`
      log(`The engine process ended with ${how}. ${errorOutput}`.trim())
      crashes++
      on.onCrashed(how)
      if (crashes >= limits.maxCrashes) {
        giveUp(`The engine process ended ${crashes} times in a row, at last with ${how}; the log has what it wrote.`)
        return
      }
      restarts++
      restartTimer = setTimeout(start, Math.min(limits.firstDelayMs * 2 ** (crashes - 1), limits.maxDelayMs))
    })
    on.onStarted()
  }

  function giveUp(message: string): void {
    coolsDownUntil = Date.now() + limits.coolDownMs
    crashes = limits.maxCrashes - 1 // after that, one more crash is enough
    child?.kill('SIGKILL')
    on.onGaveUp(message)
  }

  async function closeProcess(): Promise<void> {
    clearTimeout(restartTimer)
    const closing = child
    if (!closing) return
    const exited = new Promise<void>(resolve => closing.once('exit', () => resolve()))
    const killTimer = setTimeout(() => closing.kill('SIGKILL'), closeTimeoutMs)
    closing.send({ type: 'close' } satisfies ToProcess, () => undefined)
    await exited
    clearTimeout(killTimer)
  }

  // `onStarted` must not be called before the caller holds its supervisor.
  restartTimer = setTimeout(start)
  return {
    get restarts() {
      return restarts
    },
    get isResting() {
      return coolsDownUntil !== undefined
    },
    send(message) {
      // The callback takes the error of a channel that closes at this very moment; `exit` reports that.
      child?.send(message, () => undefined)
    },
    resetBackoff() {
      crashes = 0
    },
    giveUp,
    retry() {
      if (coolsDownUntil === undefined) return true
      if (Date.now() < coolsDownUntil) return false
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
function forkProcess(inspectPort: number | undefined): ChildProcess {
  const isSource = import.meta.url.endsWith('.ts')
  const file = fileURLToPath(new URL(isSource ? './process.ts' : './process.js', import.meta.url))
  const require = createRequire(import.meta.url)
  return fork(file, [], {
    serialization: 'advanced',
    execArgv: [
      nursery,
      ...(inspectPort === undefined ? [] : [`--inspect=${inspectPort}`]),
      ...(isSource ? ['--import', pathToFileURL(require.resolve('tsx')).href] : []),
    ],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
}
