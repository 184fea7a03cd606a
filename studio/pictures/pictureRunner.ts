import {
  costOf,
  type Engine,
  type Painting,
  type PaintProgress,
  type PaintRequest,
  type PaintResult,
  promptsIn,
} from '../../engine/index.ts'
import { type Log, logError } from '../../logging.ts'
import { type ErrorPayload, errorPayload, UserError } from '../../protocol/errors.ts'
import type { Budgets, Taken } from '../budgets/budgets.ts'
import type { FileStore } from '../images/fileStore.ts'
import { encodePicture } from '../images/png.ts'
import type { Moderation } from '../moderation/moderation.ts'
import type { DurableWrites } from '../shared/durableWrites.ts'
import type { Emitter } from '../shared/emitter.ts'
import type { JobId, PictureId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import type { StyleResolver } from '../styles/styleResolver.ts'
import { type CreatePaintRequest, hasPreviews, stepCost } from './paintRequests.ts'
import { eventOf, type PictureEvent } from './pictureEvents.ts'
import { recoveryOf, stoppedEarly } from './pictureRecovery.ts'
import { type PictureRow, pictureOf } from './pictureRows.ts'
import type { PictureStore } from './pictureStore.ts'

/** Paints pictures as durable jobs: those of this worker, and those that dead workers left behind. */
export interface PictureRunner {
  /** Hands a picture to the engine; its row names this worker already. `taken` is released when it has ended. */
  start(row: PictureRow, request: PaintRequest, taken: Taken): void
  /** The last thing that happened to each picture of a job that is being painted here. */
  progressOf(job: JobId): PictureEvent[]
  /** Whether a picture is painted here, or waits here for the engine. */
  isRunning(picture: PictureId): boolean
  stop(pictures: readonly PictureId[]): void
  /** Takes over what dead workers left, or says that it cannot be finished. */
  recover(): Promise<void>
  /** Stops what is being painted here and puts it back for the next worker. */
  close(): Promise<void>
}

/** What a runner of pictures is built on. */
export interface PictureRunnerOptions {
  readonly engine: Engine
  readonly store: PictureStore
  readonly files: FileStore
  readonly writes: DurableWrites
  readonly events: Emitter<JobId, PictureEvent>
  readonly resolver: StyleResolver
  readonly createRequest: CreatePaintRequest
  readonly budgets: Budgets
  readonly moderation: Moderation
  readonly resume: 'all' | 'none'
  readonly log: Log
}

/** A picture that is being painted here. */
interface RunningPicture {
  readonly job: JobId
  readonly painting: Painting
  readonly taken: Taken
  last: PictureEvent | null
  done: Promise<void>
}

/** A runner of pictures over an engine of this program. */
export function createPictureRunner(options: PictureRunnerOptions): PictureRunner {
  const { engine, store, files, writes, events, resolver, createRequest, budgets, moderation, resume } = options
  const { log } = options
  const running = new Map<PictureId, RunningPicture>()
  let isClosing = false

  async function emitEnd(row: PictureRow): Promise<void> {
    const ended = await store.find(row.id)
    if (!ended || openStates.some(state => state === ended.state)) return
    // Before anybody is told: whoever begins to watch then is told of the end alone.
    running.delete(row.id)
    events.emit(row.jobId, { type: 'ended', picture: pictureOf(ended) })
  }

  async function fail(row: PictureRow, failure: ErrorPayload): Promise<void> {
    await store.markFailed(row, failure)
    await emitEnd(row)
  }

  async function finish(row: PictureRow, finished: Extract<PaintResult, { type: 'finished' }>) {
    const { picture, output } = finished
    await moderation.checkPicture(row.job.ownerId, finished, row.recipe.prompt)
    const png = await encodePicture(picture, row.recipe, output)
    await writes.untilDone(async () => {
      const file = await files.put(row.job.ownerId, png, async file => {
        await store.markFinished(row, file, output)
        return file
      })
      await files.collect([file])
      await emitEnd(row)
    })
  }

  async function settle(row: PictureRow, result: PaintResult): Promise<void> {
    switch (result.type) {
      case 'finished':
        return finish(row, result).catch(error => {
          if (!(error instanceof UserError)) throw error
          return fail(row, error.payload)
        })
      case 'failed':
        return writes.untilDone(() => fail(row, { code: result.code, message: result.message }))
      case 'cancelled':
        // Whoever cancelled it has written so. A closing engine cancels too: then the row stays open, for the next start.
        return writes.untilDone(() => emitEnd(row))
      case 'replaced':
        throw new Error(`Picture ${row.id} was replaced, but it has no liveKey`)
      default:
        throw new Error(`Unknown end of a painting: ${JSON.stringify(result satisfies never)}`)
    }
  }

  function start(row: PictureRow, request: PaintRequest, taken: Taken): void {
    let written: Promise<void> = Promise.resolve()
    let last: PictureEvent | null = null
    const rowLog = log.child({ job: row.jobId, picture: row.id })
    const notFailed = logError(rowLog, 'A failed picture could not be written down')

    const pictureMs = () => {
      const rows = costOf(request, engine.info.model) / (request.width * request.height)
      return engine.estimate(request).ms ?? rows * engine.load().stepMs
    }

    function onProgress(progress: PaintProgress): void {
      if (progress.type === 'started')
        written = store.markRunning(row).catch(logError(rowLog, 'A picture could not be marked as running'))
      last = eventOf(row.id, progress, pictureMs())
      const known = running.get(row.id)
      if (known) known.last = last
      events.emit(row.jobId, last)
    }

    async function follow({ ended }: Painting): Promise<void> {
      try {
        const result = await ended
        await written
        await settle(row, result)
      } catch (error) {
        rowLog.error({ err: error }, 'A picture could not be finished')
        // A closing program that cannot write leaves the row open, for the next start.
        if (!isClosing) await writes.untilDone(() => fail(row, errorPayload('picture/bug'))).catch(notFailed)
      } finally {
        running.delete(row.id)
        await taken.release()
      }
    }

    try {
      const painting = engine.paint(request, onProgress)
      const styles = promptsIn(request).flatMap(({ styles = [] }) => styles)
      resolver.retain(styles, painting.ended)
      running.set(row.id, { job: row.jobId, painting, taken, last, done: follow(painting) })
    } catch (error) {
      void taken.release()
      if (!(error instanceof UserError)) rowLog.error({ err: error }, 'A picture could not be started')
      const failure = error instanceof UserError ? error.payload : errorPayload('picture/bug')
      void writes.untilDone(() => fail(row, failure)).catch(notFailed)
    }
  }

  async function takeOver(row: PictureRow): Promise<void> {
    // Its own, and not lost at all.
    if (running.has(row.id)) return
    const recovery = recoveryOf(row, { resume, modelHash: engine.info.model.hash })
    if (recovery.type === 'leave') return
    if (recovery.type === 'fail') return fail(row, recovery.failure)
    const claimed = await store.claim(row, recovery.interrupts)
    if (!claimed) return
    const { recipe, job } = claimed
    try {
      const request = await createRequest(recipe, job.ownerId, { previews: hasPreviews(job.origin) })
      start(claimed, request, await budgets.takeAnyway(job.ownerId, { steps: stepCost(request, engine.info.model) }))
    } catch (error) {
      if (!(error instanceof UserError)) log.error({ err: error, picture: row.id }, 'A picture could not be taken over')
      await fail(claimed, error instanceof UserError ? error.payload : errorPayload('picture/bug'))
    }
  }

  return {
    start,
    isRunning: picture => running.has(picture),
    progressOf: job => [...running.values()].flatMap(one => (one.job === job ? (one.last ?? []) : [])),

    stop(pictures) {
      for (const id of pictures) {
        running.get(id)?.painting.cancel()
        // Whoever cancels may ask for another at once.
        void running.get(id)?.taken.release()
      }
    },

    async recover() {
      for (const row of await store.findOrphans()) {
        if (isClosing) return
        await takeOver(row)
      }
    },

    async close() {
      isClosing = true
      const all = [...running.values()]
      for (const { painting } of all) painting.cancel()
      await Promise.all(all.map(({ done }) => done))
      await store.release(stoppedEarly)
    },
  }
}
