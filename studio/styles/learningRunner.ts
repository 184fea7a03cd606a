import type { Engine, LearnProgress, StyleEngine, StyleRecipe } from '../../engine/index.ts'
import type { Learning as LearningRow, PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { errorPayload, errorText, UserError } from '../../protocol/errors.ts'
import { fitForLearning } from '../images/imageCodec.ts'
import type { Emitter } from '../shared/emitter.ts'
import type { LearningId, PersonId, StyleId, StylePictureId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import { jsonList } from '../shared/rowJson.ts'
import type { WorkerRegistry } from '../shared/workers.ts'
import type { CurvePoint, LearningEvent } from './learning.ts'
import { withPoint } from './learningCurve.ts'
import { type StyleFolders, stylePaths } from './styleFolders.ts'
import { learningOf, stillOpen } from './styleRows.ts'
import { createVersions } from './styleVersions.ts'

/** Learning as durable jobs: those of this program, and those that other programs left behind. */
export interface LearningRunner {
  /** Hands a learning to the engine; its row names this program already. */
  start(row: LearningRow, owner: PersonId): void
  /** What has happened to a learning here: its curve, and the last of each other kind. */
  progressOf(id: LearningId): LearningEvent[]
  stop(ids: readonly string[]): void
  /** Takes over what dead programs left, and tells those who watch what other programs have ended. */
  recover(): Promise<void>
  close(): Promise<void>
}

export interface LearningRunnerOptions {
  readonly engine: Engine & StyleEngine
  readonly client: PrismaClient
  readonly folders: StyleFolders
  readonly events: Emitter<LearningId, LearningEvent>
  readonly workers: WorkerRegistry
  readonly now: () => Date
  readonly resume: 'all' | 'none'
  readonly changed: (style: StyleId) => void
  readonly onBug: (error: unknown) => void
}

interface Job {
  readonly style: StyleId
  readonly last: Map<LearningEvent['type'], LearningEvent>
  curve: readonly CurvePoint[]
  readonly done: Promise<void>
  stop(): void
}

/** A learning during which so many programs died, without getting any further, is not tried again. */
const maxInterrupts = 3

export function createLearningRunner(options: LearningRunnerOptions): LearningRunner {
  const { engine, client, folders, events, workers, now, resume, changed, onBug } = options
  const versions = createVersions(options)
  const jobs = new Map<string, Job>()
  let closing = false

  async function emitEnd(row: LearningRow, owner: PersonId): Promise<void> {
    const ended = await client.learning.findUnique({ where: { id: row.id } })
    if (!ended || ended.state === 'queued' || ended.state === 'running') return
    events.emit(row.id as LearningId, { type: 'ended', learning: learningOf(ended, owner) })
    changed(row.styleId as StyleId)
  }

  async function fail(row: LearningRow, owner: PersonId, summary: string): Promise<void> {
    const data = { state: 'failed' as const, summary, finishedAt: now() }
    const { count } = await client.learning.updateMany({ where: stillOpen(row), data })
    if (count > 0) await folders.remove(row.styleId as StyleId, stylePaths.checkpoint(row.id as LearningId))
    await emitEnd(row, owner)
  }

  /** The pictures that are still there, in the order in which they were when learning began. */
  async function readPictures(row: LearningRow) {
    const style = row.styleId as StyleId
    const ids = row.pictures as StylePictureId[]
    const known = await client.stylePicture.findMany({ where: { styleId: style, id: { in: ids } } })
    const captions = new Map(known.map(({ id, caption }) => [id, caption]))
    const { width, height } = engine.info.model.sizes.default
    const pictures: { picture: Awaited<ReturnType<typeof fitForLearning>>; caption: string }[] = []
    for (const id of ids) {
      const caption = captions.get(id)
      const png = caption === undefined ? null : await folders.read(style, stylePaths.picture(id))
      if (png) pictures.push({ picture: await fitForLearning(png, Math.max(width, height)), caption: caption ?? '' })
    }
    if (pictures.length === 0) throw new UserError('style/pictures-few')
    return pictures
  }

  async function learn(row: LearningRow, owner: PersonId, job: Job, onStop: (stop: () => void) => void): Promise<void> {
    const style = row.styleId as StyleId
    const id = row.id as LearningId
    const { examplePrompts } = await client.style.findUniqueOrThrow({ where: { id: style } })
    const prompts = examplePrompts as string[]
    const checkpoint = await folders.read(style, stylePaths.checkpoint(id))
    /** What progress writes down, one after the other. */
    let line: Promise<unknown> = Promise.resolve()
    const write = (work: () => Promise<unknown>) => {
      line = line.then(work).catch(onBug)
    }

    function onProgress(progress: LearnProgress): void {
      if (progress.type === 'checkpoint') {
        const { curve } = job
        write(() => keep(row, progress.step, curve, progress.checkpoint))
        return
      }
      if (progress.type === 'stepped') {
        const { step, steps, loss, heldOutLoss } = progress
        job.curve = withPoint(job.curve, { step, loss, ...(heldOutLoss !== undefined && { heldOutLoss }) }, steps)
      }
      if (progress.type === 'started') {
        const data = { state: 'running' as const, startedAt: row.startedAt ?? now(), steps: progress.steps }
        write(() => client.learning.updateMany({ where: stillOpen(row), data }))
      }
      job.last.set(progress.type, progress)
      events.emit(id, progress)
    }

    const learning = engine.learn(
      {
        owner,
        pictures: await readPictures(row),
        recipe: row.recipe as unknown as Partial<StyleRecipe>,
        ...(checkpoint && { resume: checkpoint }),
        ...(prompts.length > 0 && { examplePrompts: prompts }),
      },
      onProgress,
    )
    onStop(() => learning.cancel())
    const end = await learning.ended
    await line
    if (end.type === 'failed') return fail(row, owner, end.message)
    if (end.type === 'finished') await versions.adopt(row, end)
    // Whoever cancelled it has written so. When we close, the row stays open, for the next start.
    await emitEnd(row, owner)
  }

  async function keep(
    row: LearningRow,
    step: number,
    curve: readonly CurvePoint[],
    checkpoint: Uint8Array,
  ): Promise<void> {
    const style = row.styleId as StyleId
    const exists = async () => (await client.style.count({ where: { id: style } })) > 0
    try {
      await folders.write(style, stylePaths.checkpoint(row.id as LearningId), checkpoint)
    } catch (error) {
      // Deleted while it was written: its folder was pulled away from under it.
      if (await exists()) throw error
      return folders.remove(style)
    }
    const { count } = await client.learning.updateMany({
      where: stillOpen(row),
      data: { step, curve: jsonList(curve), interrupts: 0 },
    })
    if (count > 0) return
    // Cancelled or deleted meanwhile: then nothing of it may stay.
    await folders.remove(style, (await exists()) ? stylePaths.checkpoint(row.id as LearningId) : undefined)
  }

  function start(row: LearningRow, owner: PersonId): void {
    let stop: (() => void) | null = null
    let isStopped = false
    const job: Job = {
      style: row.styleId as StyleId,
      last: new Map(),
      // The rows are written by this studio alone.
      curve: (row.curve ?? []) as unknown as readonly CurvePoint[],
      stop() {
        isStopped = true
        stop?.()
      },
      done: Promise.resolve(),
    }
    const run = async () => {
      try {
        await learn(row, owner, job, cancel => {
          stop = cancel
          if (isStopped) cancel()
        })
      } catch (error) {
        // The style was deleted before it began.
        const isGone = (await client.learning.count({ where: { id: row.id } })) === 0
        if (!(error instanceof UserError) && !isGone) onBug(error)
        const shown = error instanceof UserError ? error : errorPayload('style/learning-failed')
        await fail(row, owner, errorText(shown)).catch(onBug)
      } finally {
        jobs.delete(row.id)
      }
    }
    jobs.set(row.id, job)
    Object.assign(job, { done: run() })
  }

  async function takeOver(row: LearningRow & { style: { ownerId: string } }): Promise<void> {
    const owner = row.style.ownerId as PersonId
    const interrupts = row.interrupts + (row.state === 'running' ? 1 : 0)
    if (interrupts >= maxInterrupts) return fail(row, owner, errorText(errorPayload('style/interrupted')))
    const modelHash = engine.styleLayout?.modelHash
    if (modelHash === undefined) return fail(row, owner, errorText(errorPayload('style/none')))
    const data = { workerId: workers.id, state: 'queued' as const, interrupts, modelHash }
    const { count } = await client.learning.updateMany({ where: stillOpen(row), data })
    if (count === 0) return
    // What was learned for another model is of no use to this one: it begins again.
    const isFresh = row.modelHash !== modelHash
    if (isFresh) await folders.remove(row.styleId as StyleId, stylePaths.checkpoint(row.id as LearningId))
    start({ ...row, ...data, ...(isFresh && { curve: null }) }, owner)
  }

  return {
    start,
    progressOf(id) {
      const job = jobs.get(id)
      if (!job) return []
      return [...(job.curve.length > 0 ? [{ type: 'curve', points: job.curve } as const] : []), ...job.last.values()]
    },

    stop(ids) {
      for (const id of ids) jobs.get(id)?.stop()
    },

    async recover() {
      if (resume === 'none') return
      const dead = await workers.findDead()
      const left = await client.learning.findMany({
        where: { state: { in: openStates }, OR: [{ workerId: null }, { workerId: { in: dead } }] },
        include: { style: { select: { ownerId: true } } },
        orderBy: { requestedAt: 'asc' },
      })
      for (const row of left) {
        if (closing) return
        if (row.style) await takeOver(row)
      }
    },

    async close() {
      closing = true
      const running = [...jobs.values()]
      for (const job of running) job.stop()
      await Promise.all(running.map(({ done }) => done))
      const mine = { workerId: workers.id, state: { in: openStates } }
      await client.learning.updateMany({ where: mine, data: { state: 'queued', workerId: null } })
    },
  }
}
