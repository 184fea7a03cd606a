import type { Engine, Painting, PaintProgress, PaintRequest, PaintResult } from '../../engine/index.ts'
import { validatePaintRequest } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { type ErrorPayload, errorPayload, UserError } from '../../protocol/errors.ts'
import type { FileStore } from '../images/fileStore.ts'
import { fitImage } from '../images/imageCodec.ts'
import { encodePicture } from '../images/png.ts'
import type { Recipe } from '../images/recipe.ts'
import type { Emitter } from '../shared/emitter.ts'
import type { JobId, PersonId, PictureId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import { json } from '../shared/rowJson.ts'
import type { WorkerRegistry } from '../shared/workers.ts'
import type { StyleResolver } from '../styles/styleResolver.ts'
import type { PictureEvent } from './pictureEvents.ts'
import { isWhole, type PictureRow, pictureOf, recipeOf, withJob } from './pictureRows.ts'

/** Pictures as durable jobs: the ones that this program paints, and the ones that other programs left behind. */
export interface PictureRunner {
  /** What the engine is to be asked. Throws a `UserError` if that can never be painted. */
  prepare(recipe: Recipe, owner: PersonId, previews: boolean): Promise<PaintRequest>
  /** Hands a picture to the engine; its row names this program already. */
  start(row: PictureRow, request: PaintRequest): void
  /** The last thing that happened to each picture of a job that is being painted here. */
  progressOf(job: JobId): PictureEvent[]
  stop(pictures: readonly string[]): void
  /** Takes over what dead programs left, or says that it cannot be finished. */
  recover(): Promise<void>
  /** Stops what is being painted here and puts it back for the next program. */
  close(): Promise<void>
}

export interface PictureRunnerOptions {
  readonly engine: Engine
  readonly client: PrismaClient
  readonly files: FileStore
  readonly events: Emitter<JobId, PictureEvent>
  readonly workers: WorkerRegistry
  readonly resolver: StyleResolver
  readonly now: () => Date
  readonly resume: 'all' | 'none'
  readonly onBug: (error: unknown) => void
}

interface Job {
  readonly job: JobId
  readonly painting: Painting
  readonly done: Promise<void>
  readonly last: () => PictureEvent | undefined
}

/** A picture during which so many programs died is not tried again: it may be what they died of. */
const maxInterrupts = 3

/** What becomes of the command line's pictures when it stops: nobody comes back for them. */
const stoppedEarly = {
  code: 'picture/interrupted',
  message: 'The program was stopped before this picture was finished.',
} as const

export function createPictureRunner(options: PictureRunnerOptions): PictureRunner {
  const { engine, client, files, events, workers, resolver, now, resume, onBug } = options
  const jobs = new Map<string, Job>()
  let closing = false

  const prepare: PictureRunner['prepare'] = async (recipe, owner, previews) => {
    const { prompt, seed, steps, guidance, width, height, image, strength, styles = [] } = recipe
    const used = await resolver.register(styles)
    const request: PaintRequest = {
      ...{ owner, priority: 'interactive', prompt, seed, steps, guidance, width, height },
      previews: previews ? 'decoded' : 'none',
      ...(used.length > 0 && { styles: used }),
    }
    validatePaintRequest(request, engine.info.model)
    if (image === undefined) return request
    const png = await files.read(image)
    if (!png) {
      const hint = 'Send it again.'
      throw new UserError('request/image', 'The image to paint over is not here any more.', { hint })
    }
    const whole = { ...request, image: await fitImage(png, width, height), ...(strength !== undefined && { strength }) }
    validatePaintRequest(whole, engine.info.model)
    return whole
  }

  /** The row while it is open and held by whom we think: cancelled, removed and taken-over pictures stay as they are. */
  const still = ({ id, workerId }: PictureRow) => ({ id, workerId, state: { in: openStates } })

  async function fail(row: PictureRow, failure: ErrorPayload): Promise<void> {
    const data = { state: 'failed' as const, failure: json(failure), finishedAt: now() }
    await client.picture.updateMany({ where: still(row), data })
    await emitEnd(row)
  }

  async function emitEnd(row: PictureRow): Promise<void> {
    const ended = await client.picture.findUnique({ where: { id: row.id } })
    if (!ended || ended.state === 'queued' || ended.state === 'running') return
    events.emit(ended.jobId as JobId, { type: 'ended', picture: pictureOf({ ...ended, job: row.job }) })
  }

  async function settle(row: PictureRow, end: PaintResult): Promise<void> {
    switch (end.type) {
      case 'finished': {
        const { picture, output } = end
        const png = await encodePicture(picture, recipeOf(row), output)
        const file = await files.put(png, async file => {
          const data = { state: 'finished' as const, file, output: json(output), finishedAt: now() }
          await client.picture.updateMany({ where: still(row), data })
          return file
        })
        await files.collect([file])
        return emitEnd(row)
      }
      case 'failed':
        return fail(row, { code: end.code, message: end.message })
      case 'cancelled':
        // Whoever cancelled it has written so. A closing engine cancels too: then the row stays open, for the next start.
        return emitEnd(row)
      case 'replaced':
        throw new Error(`Picture ${row.id} was replaced, but it has no liveKey`)
      default:
        throw new Error(`Unknown end of a painting: ${JSON.stringify(end satisfies never)}`)
    }
  }

  function start(row: PictureRow, request: PaintRequest): void {
    const picture = row.id as PictureId
    const jobId = row.jobId as JobId
    let written: Promise<unknown> = Promise.resolve()
    let last: PictureEvent | undefined

    function onProgress(progress: PaintProgress): void {
      if (progress.type === 'started') {
        const data = { state: 'running' as const, startedAt: now() }
        written = client.picture.updateMany({ where: still(row), data }).catch(onBug)
      }
      last = eventOf(picture, progress, request.steps, engine.load().stepMs)
      events.emit(jobId, last)
    }

    async function paint(painting: Painting): Promise<void> {
      try {
        const end = await painting.ended
        await written
        await settle(row, end)
      } catch (error) {
        onBug(error)
        await fail(row, errorPayload('picture/bug')).catch(onBug)
      } finally {
        jobs.delete(row.id)
      }
    }

    try {
      const painting = engine.paint(request, onProgress)
      resolver.retain(request.styles ?? [], painting.ended)
      jobs.set(row.id, { job: jobId, painting, done: paint(painting), last: () => last })
    } catch (error) {
      if (!(error instanceof UserError)) onBug(error)
      void fail(row, errorPayload(error instanceof UserError ? error.code : 'picture/bug')).catch(onBug)
    }
  }

  async function takeOver(row: PictureRow): Promise<void> {
    const { model } = engine.info
    const { job } = row
    if (job.origin === 'commandLine') return fail(row, stoppedEarly)
    if (resume === 'none') return
    const interrupts = row.interrupts + (row.state === 'running' ? 1 : 0)
    if (interrupts >= maxInterrupts) return fail(row, errorPayload('picture/interrupted'))
    if (recipeOf(row).modelHash !== model.hash) return fail(row, errorPayload('picture/model'))

    const data = { workerId: workers.id, state: 'queued' as const, interrupts }
    const { count } = await client.picture.updateMany({ where: still(row), data })
    if (count === 0) return
    const mine = { ...row, ...data }
    try {
      start(mine, await prepare(recipeOf(row), job.ownerId as PersonId, hasPreviews(job.origin)))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      await fail(mine, error.payload)
    }
  }

  return {
    prepare,
    start,
    progressOf: id => [...jobs.values()].flatMap(running => (running.job === id ? (running.last() ?? []) : [])),

    stop(pictures) {
      for (const id of pictures) jobs.get(id)?.painting.cancel()
    },

    async recover() {
      const dead = await workers.findDead()
      const left = await client.picture.findMany({
        where: { state: { in: openStates }, OR: [{ workerId: null }, { workerId: { in: dead } }] },
        include: withJob,
        orderBy: [{ job: { requestedAt: 'asc' } }, { index: 'asc' }],
      })
      for (const row of left.filter(isWhole)) {
        if (closing) return
        await takeOver(row)
      }
    },

    async close() {
      closing = true
      const running = [...jobs.values()]
      for (const { painting } of running) painting.cancel()
      await Promise.all(running.map(({ done }) => done))
      const mine = { workerId: workers.id, state: { in: openStates } }
      await client.picture.updateMany({
        where: { ...mine, job: { origin: 'commandLine' } },
        data: { state: 'failed', failure: stoppedEarly, finishedAt: now() },
      })
      await client.picture.updateMany({ where: mine, data: { state: 'queued', workerId: null } })
    },
  }
}

/** Faces show every step; the command line only when it was told to. */
export function hasPreviews(origin: PictureRow['job']['origin']): boolean {
  return origin !== 'commandLine'
}

function eventOf(picture: PictureId, progress: PaintProgress, steps: number, stepMs: number): PictureEvent {
  switch (progress.type) {
    case 'queued':
      // Those ahead are taken to need as many steps as this one; then it needs its own.
      return { type: 'queued', picture, ahead: progress.ahead, waitMs: (progress.ahead + 1) * steps * stepMs }
    case 'started':
      return { type: 'started', picture }
    case 'stepped': {
      const { step, steps, preview } = progress
      return { type: 'stepped', picture, step, steps, ...(preview && { preview }) }
    }
  }
}
