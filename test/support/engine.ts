import { createHash } from 'node:crypto'
import { lcmDefaults } from '../../engine/diffusion/scheduler.ts'
import { checkAdapter, checkStyleWeights, createAdapterRegistry } from '../../engine/lora/adapterRegistry.ts'
import type {
  Engine,
  EngineInfo,
  EngineLoad,
  PaintProgress,
  PaintRequest,
  PaintResult,
  Priority,
  Rgb,
} from '../../engine/types/engine.ts'
import type { LearningEstimate } from '../../engine/types/estimates.ts'
import { validatePaintRequest } from '../../engine/types/request.ts'
import type { Adapter, LearnRequest, LearnResult, StyleEngine, StyleLayout } from '../../engine/types/styles.ts'
import type { Vocabulary } from '../../engine/types/vocabulary.ts'
import { type ErrorCode, UserError } from '../../protocol/errors.ts'
import { learnColours } from './learning.ts'

export interface TestEngine extends Engine, StyleEngine {
  /** Asks in the order in which they came, live ones that were replaced included. */
  readonly asks: readonly PaintRequest[]
  readonly learnAsks: readonly LearnRequest[]
  /** No step is made until `release`. */
  hold(): void
  release(): void
  /** What `load` says about it. */
  setState(state: EngineLoad['state']): void
}

export interface TestEngineOptions {
  /** How long a step takes; 0 only yields to others. */
  readonly stepMs?: number
  /** What a step waits for besides. */
  readonly beforeStep?: (step: number) => Promise<unknown>
  /** What a step of learning waits for besides. */
  readonly beforeLearning?: (step: number) => Promise<unknown>
  /** Another model, for recipes that were made with this one. */
  readonly modelHash?: string
  /** A model that computes guidance from two rows, and takes negative prompts. */
  readonly guidanceEmbedding?: boolean
  /** A model with a tiny autoencoder beside its own. */
  readonly hasTinyAutoencoder?: boolean
  /** A model that has nothing for styles to change. */
  readonly takesStyles?: boolean
  /** What a picture is said to take; what it takes if left out. */
  readonly pictureMs?: number
  /** What learning from so many pictures is said to take. */
  readonly estimateOf?: (pictures: number) => Partial<LearningEstimate>
  /** Of a small model that knows only these words. */
  readonly vocabulary?: Vocabulary
  /** A model with a safety checker, which finds something in pictures of these prompts. */
  readonly nsfwPrompts?: readonly string[] | undefined
  /** A prompt that says so ends like this. */
  readonly failures?: Readonly<Record<string, ErrorCode | Error>>
}

/**
 * An engine in this process, which keeps the contract and paints without a model: colours that follow from everything
 * that a recipe says, a little closer to the result with every step. One step at a time, in the order of the asks.
 */
export function openTestEngine({
  stepMs = 0,
  beforeStep,
  beforeLearning,
  modelHash = 'a'.repeat(64),
  guidanceEmbedding = true,
  hasTinyAutoencoder = false,
  takesStyles = true,
  vocabulary,
  nsfwPrompts,
  pictureMs,
  estimateOf,
  failures = {},
}: TestEngineOptions = {}): TestEngine {
  const plain = infoOf(modelHash, nsfwPrompts !== undefined)
  const model = { ...plain.model, guidanceEmbedding, hasTinyAutoencoder, ...(vocabulary && { vocabulary }) }
  const info = { ...plain, model }
  // Its only weight maps colours to colours, so what an adapter changes can be seen.
  const target = { name: 'mid_block.attentions.0.transformer_blocks.0.attn1.to_v', in: 3, out: 3 }
  const styleLayout: StyleLayout = { targets: [target], maxRank: 16, valuesPerRank: 6, latentChannels: 4, modelHash }
  const shelf = createAdapterRegistry(styleLayout)
  const styles = new Set<string>()
  const asks: PaintRequest[] = []
  const learnAsks: LearnRequest[] = []
  const learnings = new Set<{ readonly cancel: () => void; readonly ended: Promise<LearnResult> }>()
  const waiting: Waiting[] = []
  let running: Waiting | undefined
  let isClosed = false
  let released = Promise.resolve()
  let release: () => void = nobody
  let loop: Promise<void> | undefined
  let state: EngineLoad['state'] = 'ready'
  const queueOf = (priority: Priority) => ({
    waiting: waiting.filter(({ ask }) => ask.priority === priority).length,
    running: running?.ask.priority === priority ? 1 : 0,
  })

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      running = next
      for (const [index, { onProgress }] of waiting.entries()) onProgress({ type: 'queued', ahead: index + 1 })
      await paint(next)
      running = undefined
    }
    loop = undefined
  }

  async function paint({ ask, onProgress, end, isCancelled, cancelled }: Waiting): Promise<void> {
    const startedAt = performance.now()
    const stepTimes: number[] = []
    await Promise.race([released, cancelled])
    if (isCancelled()) return end({ type: 'cancelled' })
    let style: Adapter | undefined
    try {
      // As it is when the picture begins; later changes do not reach it.
      style = shelf.mix(ask.styles)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      return end({ type: 'failed', code: error.code, message: error.message })
    }
    onProgress({ type: 'started' })
    const last = ask.endStep ?? ask.steps
    for (let step = 1; step <= last; step++) {
      const before = performance.now()
      await new Promise(resolve => (stepMs === 0 ? setImmediate(resolve) : setTimeout(resolve, stepMs)))
      await beforeStep?.(step)
      await Promise.race([released, cancelled])
      if (isCancelled()) return end({ type: 'cancelled' })
      const ms = performance.now() - before
      stepTimes.push(ms)
      const preview = ask.previews === 'none' || !ask.previews ? {} : { preview: picture(ask, step, style) }
      onProgress({ type: 'stepped', step, steps: ask.steps, timestep: 999 - step, ms, ...preview })
    }
    const failure = Object.hasOwn(failures, ask.prompt) ? failures[ask.prompt] : undefined
    if (failure instanceof Error) return end(failure)
    if (failure) return end({ type: 'failed', code: failure, message: `The engine says: ${failure}.` })
    end({
      type: 'finished',
      picture: picture(ask, last, style),
      ...(nsfwPrompts && { hasNsfwConcepts: nsfwPrompts.includes(ask.prompt) }),
      output: {
        timesteps: stepTimes.map((_, index) => 998 - index),
        ...{ device: info.device, model: info.model.name, modelHash: info.model.hash },
        ...{ encodeMs: 0, stepMs: stepTimes, decodeMs: 0, totalMs: performance.now() - startedAt },
        peakRssBytes: process.memoryUsage.rss(),
      },
    })
  }

  return {
    info,
    asks,
    learnAsks,
    styleLayout: takesStyles ? styleLayout : null,

    registerStyle(id, adapter) {
      checkAdapter(adapter, takesStyles ? styleLayout : null)
      styles.add(id)
      shelf.register(id, adapter)
    },
    unregisterStyle(id) {
      styles.delete(id)
      shelf.unregister(id)
    },

    learn(ask, onProgress = nobody) {
      if (ask.pictures.length === 0) throw new UserError('request/style', 'Expected pictures to learn from, got none.')
      learnAsks.push(ask)
      let isCancelled = isClosed
      let cancel = nobody
      const cancelled = new Promise<void>(resolve => {
        cancel = () => {
          isCancelled = true
          resolve()
        }
      })
      const ended = learnColours(ask, {
        onProgress,
        async nextStep(step) {
          await new Promise(resolve => (stepMs === 0 ? setImmediate(resolve) : setTimeout(resolve, stepMs)))
          await Promise.race([beforeLearning?.(step), cancelled])
          await Promise.race([released, cancelled])
          return !isCancelled
        },
        paint(prompt, index, adapter) {
          const example = { owner: '', priority: 'background', seed: index, steps: 4, guidance: 8 } as const
          return picture({ ...example, prompt, width: 64, height: 64 }, 4, adapter)
        },
      })
      const learning = { ended, cancel }
      learnings.add(learning)
      const forget = () => void learnings.delete(learning)
      ended.then(forget, forget)
      return learning
    },

    estimate: ({ steps }) => ({ ms: pictureMs ?? steps * (stepMs || 1), bytes: null }),
    estimateLearning: pictures => ({
      ms: null,
      bytes: null,
      pieceMs: null,
      figures: null,
      error: null,
      ...estimateOf?.(pictures),
    }),

    load: () => ({
      state,
      waiting: waiting.length,
      running: running ? 1 : 0,
      queues: { interactive: queueOf('interactive'), live: queueOf('live'), background: queueOf('background') },
      restarts: 0,
      hangs: 0,
      silentMs: 0,
      restReason: null,
      stepMs: stepMs || 1,
      mixedBatches: 0,
    }),

    paint(ask, onProgress = nobody) {
      validatePaintRequest(ask, info.model)
      checkStyleWeights(ask.styles, id => styles.has(id))
      asks.push(ask)
      let isCancelled = isClosed
      let end: Waiting['end'] = nobody
      const ended = new Promise<PaintResult>((resolve, reject) => {
        end = how => (how instanceof Error ? reject(how) : resolve(how))
      })
      const older = waiting.findIndex(({ ask: { liveKey } }) => liveKey !== undefined && liveKey === ask.liveKey)
      let stop = nobody
      const cancelled = new Promise<void>(resolve => {
        stop = resolve
      })
      const place = { ask, onProgress, end, isCancelled: () => isCancelled, cancelled }
      if (older === -1) waiting.push(place)
      else waiting.splice(older, 1, place)[0]!.end({ type: 'replaced' })
      onProgress({ type: 'queued', ahead: waiting.indexOf(place) + (running ? 1 : 0) })
      loop ??= Promise.resolve().then(work)
      return {
        ended,
        cancel: () => {
          isCancelled = true
          stop()
          const index = waiting.indexOf(place)
          if (index >= 0) waiting.splice(index, 1)
          if (running !== place || index >= 0) end({ type: 'cancelled' })
        },
      }
    },

    hold() {
      released = new Promise(resolve => {
        release = resolve
      })
    },
    release: () => release(),
    setState(now) {
      state = now
    },

    async close() {
      isClosed = true
      release()
      for (const { end } of waiting.splice(0)) end({ type: 'cancelled' })
      for (const { cancel } of learnings) cancel()
      await Promise.all([...learnings].map(({ ended }) => ended))
      await loop
    },
  }
}

/** Listens to nothing. */
function nobody(): void {
  // as it says
}

interface Waiting {
  readonly ask: PaintRequest
  readonly onProgress: (progress: PaintProgress) => void
  readonly end: (how: PaintResult | Error) => void
  readonly isCancelled: () => boolean
  readonly cancelled: Promise<void>
}

/**
 * Stripes whose colours c follow from the recipe, and become c + Bᵀ A c by its styles; with fewer steps made, they are
 * fainter.
 */
function picture(ask: PaintRequest, step: number, style: Adapter | undefined): Rgb {
  const { prompt, seed, steps, guidance, width, height, strength, image, maskImage } = ask
  const words = createHash('sha256')
    .update(JSON.stringify({ prompt, seed, steps, guidance, width, height, strength }))
    .update(image?.data ?? '')
    .update(maskImage?.data ?? '')
    .digest()
  const colors = Array.from({ length: words.length }, (_, first) => {
    const color = [0, 1, 2].map(channel => words[(first * 3 + channel) % words.length]!)
    const change = [0, 0, 0]
    for (let row = 0; style && row < style.values.length; row += 6) {
      const product = color.reduce((sum, value, channel) => sum + value * style.values[row + channel]!, 0)
      for (const channel of [0, 1, 2]) change[channel]! += product * style.values[row + 3 + channel]!
    }
    return color.map((value, channel) => Math.min(Math.max(value + change[channel]!, 0), 255))
  })
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const color = colors[((x + y) >> 3) % colors.length]!
      for (let channel = 0; channel < 3; channel++) {
        data[(y * width + x) * 3 + channel] = Math.round((color[channel]! * step) / steps)
      }
    }
  }
  return { width, height, data }
}

function infoOf(modelHash: string, hasSafetyChecker: boolean): EngineInfo {
  return {
    model: {
      ...{ name: 'stripes', folder: '/nowhere', hash: modelHash, prediction: 'epsilon', generation: 'A' },
      ...{
        guidanceEmbedding: true,
        isInpainting: false,
        hasTinyAutoencoder: false,
        canPaintOver: true,
        hasSafetyChecker,
        schedule: lcmDefaults,
        parts: [],
      },
      sizes: { default: { width: 64, height: 64 }, min: 16, max: 512, multiple: 8 },
      defaults: { steps: 4, guidance: 8, strength: 0.6 },
    },
    device: 'cpu',
    deviceReason: 'It paints stripes; any device would do.',
    providers: [{ device: 'cpu', taken: true, reason: 'It is there.' }],
    batches: [1],
    warmUpMs: 0,
    ignored: [],
  }
}
