/** Supervises one engine process: does what `supervision.ts` decides with a real process, its messages and its signals. */
import { type ChildProcess, fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { errorReporter, type Log } from '../../logging.ts'
import { createGuard, type Guard } from '../../protocol/guard.ts'
import { cpuTimeOf, heldAgainst } from './cpuTime.ts'
import { isMemoryDeath, memoryKills } from './memoryDeath.ts'
import type { FromProcess, ToProcess } from './messages.ts'
import {
  firstSupervision,
  nextSupervision,
  type RestartLimits,
  type Supervision,
  type SupervisionEffect,
  type SupervisionEvent,
} from './supervision.ts'

/** What the supervisor uses of a child process. */
export interface EngineProcess
  extends Pick<ChildProcess, 'pid' | 'connected' | 'send' | 'kill' | 'stderr'>,
    Pick<NodeJS.EventEmitter, 'on' | 'once'> {}

/** Starts a process, or throws, or returns one that emits `error`. */
export type ForkEngine = (inspectPort: number | undefined) => EngineProcess

export interface SupervisorOptions {
  readonly limits: RestartLimits
  /** Port for a debugger of the process; 0 for any free one. At a breakpoint it is silent, and not taken for dead. */
  readonly inspectPort?: number | undefined
  readonly log: Log
  /** The seam for tests and for development. */
  readonly fork?: ForkEngine | undefined
  /** A process has started and needs its first message. */
  onStarted(): void
  onMessage(message: FromProcess): void
  /** The process ended by itself, by an exit code or a signal ("signal SIGSEGV"), or hung; another follows, unless it gives up. */
  onCrashed(how: string, cause: { readonly isMemoryDeath: boolean }): void
  /** It crashed too often, or was told to give up. */
  onGaveUp(message: string): void
}

export interface Supervisor {
  readonly state: Supervision
  send(message: ToProcess): void
  /** The process finished something: earlier crashes count no more. */
  resetBackoff(): void
  /** The process has loaded its model. */
  onLoaded(): void
  /** Ends the process and starts no other for `coolDownMs`. */
  giveUp(message: string): void
  close(): Promise<void>
}

/** Longest wait for the process to finish its current call. */
const closeTimeoutMs = 3000
/** Characters of what it wrote to standard error: enough to see why it crashed. */
const maxErrorOutput = 4000
const tickMs = 500

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { limits, log, inspectPort, fork = forkEngine, ...on } = options
  const guard = createGuard(errorReporter(log))
  const kill = guard('The engine process could not be killed', () => child?.kill('SIGKILL'))
  let state = firstSupervision
  let child: EngineProcess | undefined
  /** Of the process that ended last. */
  let errorOutput = ''
  let loggedOutput = ''
  let startTimer: NodeJS.Timeout | undefined
  /** Processes that the system had killed for want of memory when ours was started. */
  let killsBefore = memoryKills()
  let closed: Promise<void> | undefined

  function dispatch(event: SupervisionEvent): void {
    const step = nextSupervision(state, event, limits)
    state = step.state
    for (const effect of step.effects) execute(effect)
  }

  function execute(effect: SupervisionEffect): void {
    switch (effect.type) {
      case 'start':
        startTimer = setTimeout(guard('The engine process could not be started', start), effect.afterMs)
        break
      case 'kill':
        kill()
        break
      case 'abandon':
        onEnded(child, 'signal SIGKILL that had no effect')
        break
      case 'crashed':
        // What it wrote is logged once, however often it ends in the same way.
        log.error(
          errorOutput === loggedOutput ? {} : { output: errorOutput },
          `The engine process ended with ${effect.how}`,
        )
        loggedOutput = errorOutput
        on.onCrashed(effect.how, effect)
        break
      case 'gaveUp':
        on.onGaveUp(effect.message)
        break
      case 'rest':
        startTimer = setTimeout(
          guard('The engine process could not be started', () => dispatch({ type: 'rested' })),
          effect.ms,
        )
        break
      default:
        throw new Error(`Unknown effect: ${JSON.stringify(effect satisfies never)}`)
    }
  }

  function start(): void {
    killsBefore = memoryKills()
    try {
      child = fork(inspectPort)
    } catch (error) {
      onEnded(undefined, `an error at its start: ${(error as Error).message}`)
      return
    }
    const started = child
    watchProcess(started, guard, {
      onStarted() {
        dispatch({ type: 'started' })
        on.onStarted()
      },
      onMessage(message) {
        const { maxSilenceMs } = message.type === 'heartbeat' ? message : {}
        dispatch({ type: 'heartbeat', ...(maxSilenceMs !== undefined && { maxSilenceMs }) })
        if (started === child) on.onMessage(message)
      },
      onEnded: (how, errorOutput) => onEnded(started, how, errorOutput),
    })
  }

  function onEnded(which: EngineProcess | undefined, how: string, itsErrorOutput = ''): void {
    if (which !== child) return
    child = undefined
    errorOutput = itsErrorOutput
    const end = { how, errorOutput, killsBefore, killsAfter: memoryKills() }
    dispatch({ type: 'ended', how, isMemoryDeath: isMemoryDeath(end) })
  }

  async function closeProcess(): Promise<void> {
    clearTimeout(startTimer)
    clearInterval(ticking)
    const closing = child
    dispatch({ type: 'closed' })
    if (closing?.pid !== undefined) {
      const exited = new Promise<void>(resolve =>
        closing.once(
          'exit',
          guard('The end of the engine process was missed', () => resolve()),
        ),
      )
      const killTimer = setTimeout(kill, closeTimeoutMs)
      if (closing.connected) closing.send({ type: 'close' } satisfies ToProcess, () => undefined)
      await exited
      clearTimeout(killTimer)
    }
    process.off('exit', kill)
  }

  // Whatever ends this program, a process that hangs does not see its channel close.
  process.on('exit', kill)
  let usedMs: number | undefined
  const tick = () => {
    const before = usedMs
    usedMs = cpuTimeOf(child?.pid)
    dispatch({ type: 'ticked', ms: heldAgainst(tickMs, before, usedMs) })
  }
  const ticking =
    inspectPort === undefined
      ? setInterval(guard('The engine process could not be watched', tick), tickMs).unref()
      : undefined
  // `onStarted` must not be called before the caller holds its supervisor.
  execute({ type: 'start', afterMs: 0 })
  return {
    get state() {
      return state
    },
    send(message) {
      // The callback takes the error of a channel that closes at this very moment; `exit` reports that.
      if (child?.connected) child.send(message, () => undefined)
    },
    resetBackoff: () => dispatch({ type: 'worked' }),
    onLoaded: () => dispatch({ type: 'loaded' }),
    giveUp: message => dispatch({ type: 'gaveUp', message }),
    close() {
      closed ??= closeProcess()
      return closed
    },
  }
}

interface ProcessListener {
  onStarted(): void
  onMessage(message: FromProcess): void
  /** With what it wrote to standard error last. */
  onEnded(how: string, errorOutput?: string): void
}

function watchProcess(started: EngineProcess, guard: Guard, on: ProcessListener): void {
  const failed = 'What the engine process did could not be handled'
  let errorOutput = ''
  const onErrorOutput = (chunk: Buffer) => {
    errorOutput = (errorOutput + chunk.toString()).slice(-maxErrorOutput)
  }
  const onExit = (code: number | null, signal: NodeJS.Signals | null) =>
    on.onEnded(signal ? `signal ${signal}` : `code ${code}`, errorOutput)
  const onError = (error: Error) => {
    // Of a process that is there, its end tells the rest.
    if (started.pid === undefined) on.onEnded(`an error at its start: ${error.message}`)
  }
  started.stderr?.on('data', guard(failed, onErrorOutput))
  started.once('spawn', guard(failed, on.onStarted))
  started.on('message', guard(failed, on.onMessage))
  started.once('exit', guard(failed, onExit))
  started.on('error', guard(failed, onError))
}

/**
 * Megabytes for young objects. Each call leaves tensors behind; with V8's one megabyte collecting them took 1.2 ms of
 * every picture, with 16 it takes 0.2 ms.
 */
const nursery = '--min-semi-space-size=16'

/** From source the process needs tsx to read it, compiled it does not. Pictures cross as typed arrays, not as JSON. */
export function forkEngine(inspectPort: number | undefined): ChildProcess {
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
