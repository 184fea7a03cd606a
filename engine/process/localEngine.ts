/**
 * An engine on this machine. Computing blocks the thread that does it, so it has a process of its own, which may also die
 * (a driver, memory) without taking anybody along: what was requested is sent to the next process.
 */
import { createLog, errorReporter, type Log } from '../../logging.ts'
import { UserError } from '../../protocol/errors.ts'
import { createGuard, type Guard } from '../../protocol/guard.ts'
import { checkLearning, checkPaint, estimatePicture, estimateStyle, pixelsOf } from '../estimate/abilities.ts'
import { withTooLarge } from '../estimate/tooLarge.ts'
import { checkAdapter } from '../lora/adapterRegistry.ts'
import type { DevicePreference } from '../pipeline/devices.ts'
import type { EngineAbilities, TooLarge } from '../types/abilities.ts'
import type {
  Device,
  Engine,
  EngineInfo,
  EngineLoad,
  EstimatedRequest,
  Painting,
  PaintProgress,
  PaintRequest,
  PaintResult,
  Priority,
  QueueLength,
} from '../types/engine.ts'
import type { Estimate, LearningEstimate } from '../types/estimates.ts'
import type { LoadingProgress } from '../types/loading.ts'
import { type Measurements, nothingMeasured } from '../types/measurements.ts'
import type {
  Adapter,
  Learning,
  LearnProgress,
  LearnRequest,
  LearnResult,
  StyleEngine,
  StyleLayout,
  StyleRecipe,
  TargetKind,
} from '../types/styles.ts'
import { threadsHere } from './cores.ts'
import { type SilenceLimits, silenceDefaults } from './heartbeat.ts'
import { createLearningJobs, type LearningJobs } from './learningJobs.ts'
import { memoryBytes } from './memoryDeath.ts'
import type { FromProcess } from './messages.ts'
import {
  nextPaintJobs,
  noPaintJobs,
  type PaintJobsEffect,
  type PaintJobsEvent,
  type PaintJobsState,
} from './paintJobs.ts'
import { type RestartLimits, restReasonOf } from './supervision.ts'
import { createSupervisor, type ForkEngine, type Supervisor } from './supervisor.ts'

export interface EngineOptions {
  /** A folder that diffusers or optimum wrote, with `model_index.json`. */
  readonly modelFolder: string
  /** LoRA files that are merged into the model when it is loaded, one over the other. */
  readonly lcmLora?: readonly string[] | undefined
  /** What of the UNet styles change; the model says if left out. */
  readonly styleTargets?: readonly TargetKind[] | undefined
  /** For what is made from the model's files once, such as weights widened for a CPU; a temporary one if left out. */
  readonly cacheFolder?: string | undefined
  readonly device?: DevicePreference
  /** Threads within one operator on the CPU; if left out, as many as a container's limits allow, or as the runtime chooses. */
  readonly threads?: number | undefined
  /** Batch sizes of one UNet call; measured if left out. */
  readonly batches?: readonly number[]
  /** Port for a debugger of the engine's process; none if left out. */
  readonly inspectPort?: number | undefined
  /** Memory that it may have at most; that of the machine or of its container if left out. */
  readonly memoryBytes?: number
  /** `false` for a program that paints once: nothing is run before the first picture, and nothing measured. */
  readonly warmUp?: boolean
  /** Whether it goes on trying where loading died for want of memory, instead of ending: so that somebody can say so. */
  readonly waitsForMemory?: boolean
  /** Told how far the model is loaded, each time that a process loads it. */
  readonly onLoading?: ((progress: LoadingProgress) => void) | undefined
  /** Told why a process crashed, with what it wrote; standard error if left out. */
  readonly log?: Log
  readonly restart?: Partial<RestartLimits> | undefined
  /** Where its process comes from, if it is not forked here: in development it outlives the program. */
  readonly forkEngine?: ForkEngine | undefined
  /** How long its process may be silent before it is taken for hung. */
  readonly silence?: Partial<SilenceLimits>
}

const restartDefaults: RestartLimits = {
  firstDelayMs: 200,
  maxDelayMs: 10_000,
  maxCrashes: 5,
  coolDownMs: 60_000,
  startSilenceMs: 60_000,
}
const keepsCrashing = 'The engine process keeps ending; try again in a minute.'
const reportFailed = 'A report of the engine could not be handled'
const isClosedMessage = 'The engine is closed.'

/** An engine that says what it was seen to do, for whoever judges by that elsewhere. */
export interface AbleEngine extends Engine, StyleEngine {
  readonly abilities: EngineAbilities
}

/** Resolves when the model is loaded and warm; rejects with an `UserError` that says what is wrong with it. */
export async function openEngine(options: EngineOptions): Promise<AbleEngine> {
  const engine = new LocalEngine(options)
  await engine.opening
  return engine
}

interface Caller {
  readonly request: PaintRequest
  readonly onProgress: ((progress: PaintProgress) => void) | undefined
  readonly resolve: (result: PaintResult) => void
}

class LocalEngine implements AbleEngine {
  /** Resolves with the first process that is ready; if it is given up before, that is closed and this rejects. */
  readonly opening: Promise<void>
  styleLayout: StyleLayout | null = null
  private readonly options: EngineOptions
  /** Of this machine or its container, unless the options say less. */
  private readonly memoryBytes: number
  private readonly log: Log
  /** What a caller's listener throws is not the engine's to break at. */
  private readonly guard: Guard
  private readonly supervisor: Supervisor
  private readonly learnings: LearningJobs
  private readonly callers = new Map<number, Caller>()
  private paintJobs: PaintJobsState = noPaintJobs
  /** Registered here, so that the next process gets them too. */
  private readonly styles = new Map<string, Adapter>()
  /** Devices that brought a process down, with the reason. */
  private readonly avoid = new Map<Device, string>()
  /** To blame if the process dies now. */
  private trying: Device | undefined
  private loaded: EngineInfo | undefined
  private stepMs = 0
  private measured: Measurements = nothingMeasured
  /** What the process died of, for want of memory. */
  private tooLargePicture: TooLarge | null = null
  private tooLargeLearning: TooLarge | null = null
  private mixedBatches = 0
  private lastMix = ''
  private nextId = 1
  private isClosed = false
  private opened!: { readonly resolve: () => void; readonly reject: (error: UserError) => void }

  constructor(options: EngineOptions) {
    this.options = options
    this.memoryBytes = options.memoryBytes ?? memoryBytes()
    this.log = options.log ?? createLog()
    const ready = new Promise<void>((resolve, reject) => {
      this.opened = { resolve, reject }
    })
    this.guard = createGuard(errorReporter(this.log))
    this.learnings = createLearningJobs(message => this.supervisor.send(message))
    this.supervisor = createSupervisor({
      limits: { ...restartDefaults, ...options.restart },
      inspectPort: options.inspectPort,
      fork: options.forkEngine,
      log: this.log,
      onStarted: () => this.openModel(),
      onMessage: message => this.onMessage(message),
      onCrashed: (how, { isMemoryDeath }) => this.onCrashed(how, isMemoryDeath),
      onGaveUp: message => this.onGaveUp(message),
    })
    this.opening = ready.catch(async error => {
      await this.supervisor.close()
      throw error
    })
  }

  get info(): EngineInfo {
    return this.loaded!
  }

  get abilities(): EngineAbilities {
    const { info, styleLayout, measured, tooLargePicture, tooLargeLearning } = this
    const limit = info.device === 'cpu' ? this.memoryBytes : null
    return { info, styleLayout, measured, memoryBytes: limit, tooLargePicture, tooLargeLearning }
  }

  paint(request: PaintRequest, onProgress?: (progress: PaintProgress) => void): Painting {
    checkPaint(this.abilities, request, id => this.styles.has(id))
    if (this.isClosed) return failedPainting('engine/closed', isClosedMessage)
    if (this.state() === 'resting') return failedPainting('engine/stopped', keepsCrashing)
    const id = this.nextId++
    const ended = new Promise<PaintResult>(resolve =>
      this.callers.set(id, { request, onProgress: onProgress && this.guard(reportFailed, onProgress), resolve }),
    )
    this.dispatch({ type: 'requested', id })
    return { ended, cancel: () => this.dispatch({ type: 'cancelled', id }) }
  }

  estimate(request: EstimatedRequest): Estimate {
    return estimatePicture(this.abilities, request)
  }

  estimateLearning(pictures: number, chosen?: Partial<StyleRecipe>): LearningEstimate {
    return estimateStyle(this.abilities, pictures, chosen)
  }

  load(): EngineLoad {
    const { stepMs, mixedBatches } = this
    const queues = {
      interactive: this.queueOf('interactive'),
      live: this.queueOf('live'),
      background: this.queueOf('background'),
    }
    const waiting = queues.interactive.waiting + queues.live.waiting + queues.background.waiting
    const running = queues.interactive.running + queues.live.running + queues.background.running
    const { restarts, hangs, process } = this.supervisor.state
    const silentMs = process.type === 'running' ? process.silentMs : 0
    const restReason = restReasonOf(this.supervisor.state)
    return {
      state: this.state(),
      waiting,
      running,
      queues,
      restarts,
      hangs,
      silentMs,
      restReason,
      stepMs,
      mixedBatches,
    }
  }

  learn(request: LearnRequest, onProgress?: (progress: LearnProgress) => void): Learning {
    const recipe = checkLearning(this.abilities, request)
    if (this.isClosed) return failedLearning(isClosedMessage)
    if (this.state() === 'resting') return failedLearning(keepsCrashing)
    return this.learnings.learn(request, recipe, onProgress && this.guard(reportFailed, onProgress))
  }

  registerStyle(id: string, style: Adapter): void {
    checkAdapter(style, this.styleLayout)
    // A copy: it is sent again after a restart, and must not have changed by then.
    const { rank, values, tint, texture } = style
    const adapter = {
      ...{ rank, values: values.slice() },
      ...(tint && { tint: tint.slice() }),
      ...(texture && { texture: texture.slice() }),
    }
    this.styles.set(id, adapter)
    if (this.paintJobs.isReady) this.supervisor.send({ type: 'registerStyle', id, adapter })
  }

  unregisterStyle(id: string): void {
    if (this.styles.delete(id) && this.paintJobs.isReady) this.supervisor.send({ type: 'unregisterStyle', id })
  }

  async close(): Promise<void> {
    this.isClosed = true
    await this.supervisor.close()
    // The process has ended everything itself, unless it had to be killed.
    this.learnings.end({ type: 'cancelled' })
    this.dispatch({ type: 'stopped', result: { type: 'cancelled' } })
  }

  private state(): EngineLoad['state'] {
    if (this.isClosed) return 'closed'
    if (this.supervisor.state.process.type === 'resting') return 'resting'
    return this.paintJobs.isReady ? 'ready' : 'starting'
  }

  private queueOf(priority: Priority): QueueLength {
    const jobs = this.paintJobs.jobs.filter(({ id }) => this.callers.get(id)?.request.priority === priority)
    const running = jobs.filter(({ state }) => state === 'running').length
    return { waiting: jobs.length - running, running }
  }

  // The process

  private openModel(): void {
    const { modelFolder, lcmLora, styleTargets, cacheFolder, device = 'auto', threads, batches } = this.options
    const { warmUp = true } = this.options
    const model = { modelFolder, lcmLora, styleTargets, cacheFolder }
    const silence = { ...silenceDefaults, ...this.options.silence }
    this.supervisor.send({
      type: 'open',
      ...model,
      device,
      threads: threads ?? threadsHere(),
      batches,
      warmUp,
      memoryBytes: this.memoryBytes,
      avoid: this.avoid,
      silence,
    })
  }

  private onMessage(message: FromProcess): void {
    switch (message.type) {
      case 'heartbeat':
        // The supervisor counts it as a heartbeat.
        break
      case 'trying':
        this.trying = message.device
        break
      case 'loading':
        this.options.onLoading?.(message.progress)
        break
      case 'ready':
        this.onReady(message)
        break
      case 'learning':
      case 'learned':
        if (message.type === 'learned' && message.result.type === 'finished') this.supervisor.resetBackoff()
        this.learnings.onMessage(message)
        break
      case 'measured':
        this.measured = message.measurements
        break
      case 'mixedBatch':
        this.mixedBatches++
        this.logMix(message.styles, message.people)
        break
      case 'failed':
        this.opened.reject(UserError.from(message.error))
        this.supervisor.giveUp(message.error.message)
        break
      case 'started':
        this.dispatch({ type: 'progressed', id: message.id, progress: { type: 'started' } })
        break
      case 'progressed':
        this.dispatch({ type: 'progressed', id: message.id, progress: message.progress })
        break
      case 'ended':
        this.stepMs = message.stepMs
        if (message.result.type === 'finished') this.supervisor.resetBackoff()
        this.dispatch({ type: 'ended', id: message.id, result: message.result })
        break
      default:
        throw new Error(`Unknown message: ${JSON.stringify(message satisfies never)}`)
    }
  }

  private onReady({ info, stepMs, measurements, styleLayout }: FromProcess & { type: 'ready' }): void {
    this.supervisor.onLoaded()
    this.loaded = info
    this.stepMs = stepMs
    this.measured = measurements
    this.styleLayout = styleLayout
    this.opened.resolve()
    for (const [id, adapter] of this.styles) this.supervisor.send({ type: 'registerStyle', id, adapter })
    this.dispatch({ type: 'processReady' })
    this.learnings.onReady()
  }

  private onCrashed(how: string, isMemoryDeath: boolean): void {
    if (this.trying) this.avoid.set(this.trying, `it brought the engine process down with ${how}.`)
    this.trying = undefined
    const now = Date.now()
    // Learning takes many times what a picture takes, so that it is blamed where both were there.
    const learnings = this.learnings.onCrashed({ isMemoryDeath })
    for (const recipe of learnings) {
      this.tooLargeLearning = withTooLarge(this.tooLargeLearning, pixelsOf(this.abilities, recipe), now)
    }
    this.dispatch({ type: 'processCrashed', isMemoryDeath: isMemoryDeath && learnings.length === 0 })
  }

  private onGaveUp(message: string): void {
    const reason = restReasonOf(this.supervisor.state)
    if (!this.loaded && reason !== null && this.options.waitsForMemory) {
      this.log.error({ reason }, 'The engine rests for a while')
      this.options.onLoading?.({ type: 'resting', reason })
      return
    }
    // Before it was open, whoever opens it says so.
    if (this.loaded) this.log.error({ reason: message }, 'The engine rests for a while')
    this.learnings.end({ type: 'failed', message })
    this.dispatch({ type: 'stopped', result: { type: 'failed', code: 'engine/stopped', message } })
    this.opened.reject(new UserError('engine/stopped', message))
  }

  /** Once for each new combination of people and styles, not for each step that they take together. */
  private logMix(styles: readonly string[], people: number): void {
    const mix = `${people} ${styles.join(' ')}`
    if (mix !== this.lastMix) this.log.info({ people, styles }, 'One batch painted for several people in their styles')
    this.lastMix = mix
  }

  // The pictures

  private dispatch(event: PaintJobsEvent): void {
    const { state, effects } = nextPaintJobs(this.paintJobs, event)
    this.paintJobs = state
    for (const effect of effects) this.execute(effect)
  }

  private execute(effect: PaintJobsEffect): void {
    const { id } = effect
    const { request, onProgress, resolve } = this.callers.get(id)!
    switch (effect.type) {
      case 'send':
        this.supervisor.send({ type: 'paint', id, request, listens: onProgress !== undefined })
        break
      case 'cancel':
        this.supervisor.send({ type: 'cancel', id })
        break
      case 'report':
        onProgress?.(effect.progress)
        break
      case 'end':
        if (effect.result.type === 'failed' && effect.result.code === 'request/memory') {
          const pixels = request.width * request.height
          this.tooLargePicture = withTooLarge(this.tooLargePicture, pixels, Date.now())
        }
        this.callers.delete(id)
        resolve(effect.result)
        break
      default:
        throw new Error(`Unknown effect: ${JSON.stringify(effect satisfies never)}`)
    }
  }
}

function failedPainting(code: 'engine/closed' | 'engine/stopped', message: string): Painting {
  return { ended: Promise.resolve<PaintResult>({ type: 'failed', code, message }), cancel: () => undefined }
}

function failedLearning(message: string): Learning {
  return { ended: Promise.resolve<LearnResult>({ type: 'failed', message }), cancel: () => undefined }
}
