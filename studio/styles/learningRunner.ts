import type {
  Engine,
  LearnProgress,
  LearnRequest,
  LearnResult,
  ModelInfo,
  Rgb,
  StyleEngine,
} from '../../engine/index.ts'
import { errorReporter, type Log, logError } from '../../logging.ts'
import { type ErrorPayload, errorPayload, UserError } from '../../protocol/errors.ts'
import { createGuard } from '../../protocol/guard.ts'
import { understand } from '../../protocol/vocabulary.ts'
import type { Moderation } from '../moderation/moderation.ts'
import type { DurableWrites } from '../shared/durableWrites.ts'
import type { Emitter } from '../shared/emitter.ts'
import type { LearningId, PersonId, StyleId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import type { LearningEvent } from './learning.ts'
import {
  eventsSoFar,
  type LearningProgress,
  nextProgress,
  type ReportedProgress,
  recoveryOf,
} from './learningProgress.ts'
import { type LearningRow, learningOf } from './learningRow.ts'
import type { LearningStore } from './learningStore.ts'
import type { Versions } from './styleVersions.ts'

/** Runs learnings as durable jobs: those of this worker, and those that dead workers left behind. */
export interface LearningRunner {
  /** Hands a learning to the engine; its row names this worker already. */
  start(row: LearningRow, owner: PersonId): void
  /** What has happened to a learning here: its curve, and the last event of each other kind. */
  progressOf(id: LearningId): LearningEvent[]
  /** Whether a learning runs here, or waits here for the engine. */
  isRunning(id: LearningId): boolean
  stop(ids: readonly LearningId[]): void
  /** Takes over what dead workers left. */
  recover(): Promise<void>
  close(): Promise<void>
}

/** What a runner of learnings is built on. */
export interface LearningRunnerOptions {
  readonly engine: Engine & StyleEngine
  readonly store: LearningStore
  readonly versions: Versions
  readonly writes: DurableWrites
  readonly events: Emitter<LearningId, LearningEvent>
  readonly moderation: Pick<Moderation, 'checksPictures' | 'withheld'>
  readonly resume: 'all' | 'none'
  readonly changed: (style: StyleId) => void
  readonly log: Log
}

/** A learning that runs here. */
interface RunningLearning {
  progress: LearningProgress
  readonly abort: AbortController
  done: Promise<void>
}

type Withholding = LearningRunnerOptions['moderation']

/** What the model's safety checker refuses comes black from the engine; here the studio's own check has its say. */
function withheld(moderation: Withholding, owner: PersonId, pictures: readonly Rgb[]): Promise<Rgb[]> {
  return moderation.withheld(
    owner,
    pictures.map(picture => ({ picture })),
  )
}

/** What was learned, with example pictures that may be shown. */
async function checked(
  moderation: Withholding,
  owner: PersonId,
  result: Extract<LearnResult, { type: 'finished' }>,
): Promise<typeof result> {
  const before = await withheld(moderation, owner, result.before)
  return { ...result, before, after: await withheld(moderation, owner, result.after) }
}

/** A runner of learnings over an engine of this program. */
export function createLearningRunner(options: LearningRunnerOptions): LearningRunner {
  const { engine, store, versions, writes, events, moderation, resume, changed, log } = options
  const running = new Map<LearningId, RunningLearning>()
  const guard = createGuard(errorReporter(log))
  let isClosing = false
  const logOf = ({ id, styleId }: LearningRow) => log.child({ learning: id, style: styleId })

  async function emitEnd({ id, styleId }: LearningRow, owner: PersonId): Promise<void> {
    const ended = await store.find(id)
    if (!ended || openStates.some(state => state === ended.state)) return
    // Before anybody is told: whoever begins to watch then is told of the end alone.
    running.delete(id)
    events.emit(id, { type: 'ended', learning: learningOf(ended, owner) })
    changed(styleId)
  }

  async function fail(row: LearningRow, owner: PersonId, failure: ErrorPayload): Promise<void> {
    await store.markFailed(row, failure)
    await emitEnd(row, owner)
  }

  /** Writes the engine's reports down, one after the other, and tells those who watch. */
  function recorder(row: LearningRow, owner: PersonId, learning: RunningLearning) {
    let written: Promise<unknown> = Promise.resolve()
    const write = (work: () => Promise<unknown>) => {
      written = written.then(work).catch(logError(logOf(row), 'The progress of a learning could not be written down'))
    }
    const report = (event: ReportedProgress) => {
      learning.progress = nextProgress(learning.progress, event)
      events.emit(row.id, event)
    }
    return {
      onProgress(event: LearnProgress): void {
        if (event.type === 'checkpoint') {
          const { curve } = learning.progress
          write(() => store.saveCheckpoint(row, event.step, curve, event.checkpoint))
          return
        }
        if (event.type === 'painted' && moderation.checksPictures) {
          write(async () => report({ ...event, pictures: await withheld(moderation, owner, event.pictures) }))
          return
        }
        if (event.type === 'started') write(() => store.markRunning(row, event.steps))
        report(event)
      },
      allWritten: () => written,
    }
  }

  async function learn(row: LearningRow, owner: PersonId, learning: RunningLearning): Promise<void> {
    const { width, height } = engine.info.model.sizes.default
    const request = await writes.untilDone(() => store.readRequest(row, owner, Math.max(width, height)))
    const { onProgress, allWritten } = recorder(row, owner, learning)
    const { signal } = learning.abort
    const handle = engine.learn(understood(request, engine.info.model), onProgress)
    signal.addEventListener('abort', guard('A learning could not be cancelled', handle.cancel))
    if (signal.aborted) handle.cancel()
    const result = await handle.ended
    await allWritten()
    await writes.untilDone(async () => {
      if (result.type === 'failed') return fail(row, owner, errorPayload('style/learning-failed', result.message))
      if (result.type === 'finished') await versions.adopt(row, await checked(moderation, owner, result))
      // Whoever cancelled it has written so. When we close, the row stays open, for the next start.
      await emitEnd(row, owner)
    })
  }

  async function onError(row: LearningRow, owner: PersonId, error: unknown): Promise<void> {
    const isForPeople = error instanceof UserError
    const reportFailure = logError(logOf(row), 'A learning failed')
    // A closing program that cannot write leaves the row open, for the next start.
    if (isClosing && !isForPeople) return reportFailure(error)
    await writes.untilDone(async () => {
      // Without a row, the style was deleted before it began.
      if (!isForPeople && (await store.find(row.id))) reportFailure(error)
      await fail(row, owner, isForPeople ? error.payload : errorPayload('style/learning-failed'))
    })
  }

  function start(row: LearningRow, owner: PersonId): void {
    const progress = { curve: row.curve ?? [], last: [] }
    const learning: RunningLearning = { progress, abort: new AbortController(), done: Promise.resolve() }
    running.set(row.id, learning)
    learning.done = learn(row, owner, learning)
      .catch(error => onError(row, owner, error))
      .catch(logError(logOf(row), 'A failed learning could not be written down'))
      .finally(() => running.delete(row.id))
  }

  async function takeOver(row: LearningRow, owner: PersonId): Promise<void> {
    // Its own, and not lost at all.
    if (running.has(row.id)) return
    const recovery = recoveryOf(row, engine.styleLayout?.modelHash)
    if (recovery.type === 'fail') return fail(row, owner, errorPayload(recovery.code))
    const { interrupts, modelHash, isFresh } = recovery
    const claimed = await store.claim(row, { interrupts, modelHash })
    if (!claimed) return
    if (isFresh) await store.removeCheckpoint(claimed)
    start(isFresh ? { ...claimed, curve: null } : claimed, owner)
  }

  return {
    start,

    isRunning: id => running.has(id),
    progressOf(id) {
      const learning = running.get(id)
      return learning ? eventsSoFar(learning.progress) : []
    },

    stop(ids) {
      for (const id of ids) running.get(id)?.abort.abort()
    },

    async recover() {
      if (resume === 'none') return
      for (const { row, owner } of await store.findOrphans()) {
        if (isClosing) return
        await takeOver(row, owner)
      }
    },

    async close() {
      isClosing = true
      const all = [...running.values()]
      for (const { abort } of all) abort.abort()
      await Promise.all(all.map(({ done }) => done))
      await store.release()
    },
  }
}

/** Captions in the words of the model, as prompts are. */
function understood(request: LearnRequest, { vocabulary }: ModelInfo): LearnRequest {
  if (!vocabulary) return request
  const inItsWords = (text: string) => understand(text, vocabulary).text ?? text
  const pictures = request.pictures.map(({ caption, ...rest }) => ({ ...rest, caption: inItsWords(caption) }))
  const { examplePrompts } = request
  return { ...request, pictures, ...(examplePrompts && { examplePrompts: examplePrompts.map(inItsWords) }) }
}
