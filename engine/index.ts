/**
 * The engine's face. Computing blocks the thread that asks for it, so it has a process of its own, which may also die
 * (a driver, memory) without taking anybody along: pictures in flight are painted again from their ask, and the same
 * ask gives the same picture.
 */

import { parametersOf, recipeFor, validateLearnRequest } from './lcf/recipe.ts'
import { checkAdapter, checkUses } from './lora/adapterRegistry.ts'
import type { DevicePreference } from './pipeline/devices.ts'
import { openLearnings } from './process/learningJobs.ts'
import type { FromProcess } from './process/messages.ts'
import { createSupervisor, type RestartLimits } from './process/supervisor.ts'
import {
  type Device,
  type Engine,
  type EngineInfo,
  EngineRefusal,
  type EngineRefusalCode,
  type PaintProgress,
  type PaintRequest,
  type PaintResult,
} from './types/engine.ts'
import { validatePaintRequest } from './types/request.ts'
import type { Adapter, LearnResult, StyleEngine, StyleLayout, TargetKind } from './types/styles.ts'

export { styleLimits } from './lora/adapterRegistry.ts'
export * from './types/engine.ts'
export * from './types/request.ts'
export type { DevicePreference, RestartLimits }

export interface EngineOptions {
  /** A folder that diffusers or optimum wrote, with `model_index.json`. */
  readonly modelFolder: string
  /** A LoRA file that is merged into the model when it is loaded. */
  readonly lcmLora?: string | undefined
  /** What of the UNet styles change; the model says if left out. */
  readonly styleTargets?: readonly TargetKind[] | undefined
  readonly device?: DevicePreference
  /** Threads within one operator on the CPU; the runtime chooses if left out. */
  readonly threads?: number | undefined
  /** Batch sizes of one UNet call; measured if left out. */
  readonly batches?: readonly number[]
  /** Takes what the process wrote before it fell; standard error if left out. */
  readonly log?: (line: string) => void
  readonly restart?: Partial<RestartLimits>
}

const restartDefaults: RestartLimits = { firstDelayMs: 200, maxDelayMs: 10_000, maxFalls: 5, restMs: 60_000 }
/** A picture that was being painted at so many falls is not tried again. */
const maxFallsOfPicture = 2

interface Job {
  readonly id: number
  readonly ask: PaintRequest
  readonly onProgress: ((progress: PaintProgress) => void) | undefined
  readonly resolve: (end: PaintResult) => void
  /** `running` in this process; `sent` to it; `kept` until there is one. */
  state: 'kept' | 'sent' | 'running'
  cancelled: boolean
  /** The last step told of, 0 for the start, so that painting again repeats nothing. */
  told: number
  /** Falls of the process that this picture may have caused. */
  falls: number
}

/** Resolves when the model is loaded and warm; rejects with an `EngineRefusal` that says what is wrong with it. */
export async function openEngine(options: EngineOptions): Promise<Engine & StyleEngine> {
  const { modelFolder, lcmLora, styleTargets, device = 'auto', threads, batches } = options
  const jobs = new Map<number, Job>()
  const avoid = new Map<Device, string>()
  let nextId = 1
  const styles = new Map<string, Adapter>()
  let styleLayout: StyleLayout | null = null
  let mixedBatches = 0
  let lastMix = ''
  let info: EngineInfo | undefined
  let isReady = false
  let isClosed = false
  let trying: Device | undefined
  let stepMs = 0
  let opened!: { resolve: () => void; reject: (refusal: EngineRefusal) => void }
  const opening = new Promise<void>((resolve, reject) => {
    opened = { resolve, reject }
  })

  const log = options.log ?? (line => process.stderr.write(`${line}\n`))
  const learnings = openLearnings(message => keeper.send(message))
  const keeper = createSupervisor({
    limits: { ...restartDefaults, ...options.restart },
    log,
    started: () => keeper.send({ type: 'open', modelFolder, lcmLora, styleTargets, device, threads, batches, avoid }),
    heard,
    fell(how) {
      if (trying) avoid.set(trying, `it brought the engine process down with ${how}.`)
      trying = undefined
      putBack()
      learnings.fell()
    },
    rested(words) {
      isReady = false
      learnings.end({ type: 'failed', words })
      for (const { id } of [...jobs.values()]) end(id, failed('engine/stopped', words))
      opened.reject(new EngineRefusal('engine/stopped', words))
    },
  })

  function heard(message: FromProcess): void {
    switch (message.type) {
      case 'trying':
        trying = message.device
        break
      case 'ready':
        info = message.info
        stepMs = message.stepMs
        styleLayout = message.styleLayout
        isReady = true
        opened.resolve()
        for (const [id, adapter] of styles) keeper.send({ type: 'registerStyle', id, adapter })
        sendKept()
        learnings.ready()
        break
      case 'learning':
      case 'learned':
        if (message.type === 'learned' && message.end.type === 'finished') keeper.praise()
        learnings.heard(message)
        break
      case 'mixed':
        mixedBatches++
        logMix(message.styles, message.people)
        break
      case 'refused':
        opened.reject(new EngineRefusal(message.code, message.words))
        keeper.rest(message.words)
        break
      case 'started':
        tell(message.id, { type: 'started' })
        break
      case 'progressed':
        tell(message.id, message.progress)
        break
      case 'ended':
        stepMs = message.stepMs
        if (message.end.type === 'finished') keeper.praise()
        end(message.id, message.end)
        break
      default:
        throw new Error(`Unknown message: ${JSON.stringify(message satisfies never)}`)
    }
  }

  /** Those that were painted at a fall go one after another from then on, so that the next fall has one suspect. */
  function sendKept(): void {
    let suspectIsOut = [...jobs.values()].some(job => job.state !== 'kept' && job.falls > 0)
    for (const job of jobs.values()) {
      if (job.state !== 'kept' || (job.falls > 0 && suspectIsOut)) continue
      suspectIsOut ||= job.falls > 0
      job.state = 'sent'
      keeper.send({ type: 'paint', id: job.id, ask: job.ask, listens: job.onProgress !== undefined })
    }
  }

  /** Once for each company, not for each of its steps. */
  function logMix(mix: readonly string[], people: number): void {
    const words = `One batch painted for ${people} people with the styles ${mix.join(', ')}.`
    if (words !== lastMix) log(words)
    lastMix = words
  }

  function putBack(): void {
    isReady = false
    const running = [...jobs.values()].filter(job => job.state === 'running')
    const suspects = running.filter(job => job.falls > 0)
    for (const job of suspects.length > 0 ? suspects : running) job.falls++
    for (const job of [...jobs.values()]) {
      job.state = 'kept'
      if (job.cancelled) end(job.id, { type: 'cancelled' })
      else if (job.falls >= maxFallsOfPicture) {
        end(
          job.id,
          failed('engine/stopped', `The engine process ended ${job.falls} times while painting this picture.`),
        )
      }
    }
  }

  function tell(id: number, progress: PaintProgress): void {
    const job = jobs.get(id)
    if (!job) return
    const place = { queued: -1, started: 0, stepped: progress.type === 'stepped' ? progress.step : 0 }[progress.type]
    if (place >= 0) job.state = 'running'
    if (job.cancelled || (place >= 0 ? place <= job.told : job.told >= 0)) return
    job.told = place
    job.onProgress?.(progress)
  }

  function end(id: number, end: PaintResult): void {
    const job = jobs.get(id)
    if (!job) return
    jobs.delete(id)
    job.resolve(end)
    if (isReady && job.falls > 0) sendKept()
  }

  await opening.catch(async refusal => {
    await keeper.close()
    throw refusal
  })

  return {
    get info() {
      return info!
    },
    get styleLayout() {
      return styleLayout
    },

    paint(ask, onProgress) {
      validatePaintRequest(ask, info!.model)
      checkUses(ask.styles, id => styles.has(id))
      if (isClosed) return ended(failed('engine/closed', 'The engine is closed.'))
      if (!keeper.wake())
        return ended(failed('engine/stopped', 'The engine process keeps ending; try again in a minute.'))
      const id = nextId++
      const end = new Promise<PaintResult>(resolve => {
        jobs.set(id, { id, ask, onProgress, resolve, state: 'kept', cancelled: false, told: -1, falls: 0 })
      })
      if (isReady) sendKept()
      return { ended: end, cancel: () => cancel(id) }
    },

    load() {
      const running = [...jobs.values()].filter(job => job.state === 'running').length
      return { waiting: jobs.size - running, running, restarts: keeper.restarts, stepMs, mixedBatches }
    },

    learn(ask, onProgress) {
      const { model } = info!
      validateLearnRequest(ask, model, styleLayout)
      const failed = (words: string) => ({
        ended: Promise.resolve<LearnResult>({ type: 'failed', words }),
        cancel: () => undefined,
      })
      if (isClosed) return failed('The engine is closed.')
      if (!keeper.wake()) return failed('The engine process keeps ending; try again in a minute.')
      return learnings.learn(ask, recipeFor(parametersOf(model), ask.recipe), onProgress)
    },

    registerStyle(id, style) {
      checkAdapter(style, styleLayout)
      // A copy: it is sent again after a restart, and must not have changed by then.
      const { rank, values, tint } = style
      const adapter = { rank, values: values.slice(), ...(tint && { tint: tint.slice() }) }
      styles.set(id, adapter)
      if (isReady) keeper.send({ type: 'registerStyle', id, adapter })
    },

    unregisterStyle(id) {
      if (styles.delete(id) && isReady) keeper.send({ type: 'unregisterStyle', id })
    },

    async close() {
      isClosed = true
      await keeper.close()
      // The process has ended everything itself, unless it had to be killed.
      learnings.end({ type: 'cancelled' })
      for (const id of [...jobs.keys()]) end(id, { type: 'cancelled' })
    },
  }

  function cancel(id: number): void {
    const job = jobs.get(id)
    if (!job) return
    job.cancelled = true
    if (job.state === 'kept') end(id, { type: 'cancelled' })
    else keeper.send({ type: 'cancel', id })
  }
}

function ended(end: PaintResult) {
  return { ended: Promise.resolve(end), cancel: () => undefined }
}

function failed(code: EngineRefusalCode, words: string): PaintResult {
  return { type: 'failed', code, words }
}
