import type { Engine, StyleEngine } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { ChatReplyTarget } from '../chat/chatReplies.ts'
import type { Emitter } from '../shared/emitter.ts'
import type { LearningId, PersonId, StyleId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import type { Limit } from '../shared/limitConcurrency.ts'
import type { Random } from '../shared/secrets.ts'
import { newId } from '../shared/secrets.ts'
import type { WorkerRegistry } from '../shared/workers.ts'
import type { Access } from './access.ts'
import type { Learning, LearningEvent } from './learning.ts'
import { learningOf, learningRow } from './learningRow.ts'
import type { LearningRunner } from './learningRunner.ts'
import type { StyleLimits } from './style.ts'
import type { StyleFolders } from './styleFolders.ts'
import { stylePaths } from './styleFolders.ts'
import { disabled } from './styleResolver.ts'

/** What people do about learning: request it, follow it, cancel it. */
export interface LearningRequests {
  /**
   * Learns the next version from all of the style's pictures, as a durable job: its row is there before this resolves, it
   * survives restarts. It replaces the version in use only if it is no worse. `chat` is written in the same transaction.
   */
  learn(
    by: PersonId,
    style: StyleId,
    wish?: { method?: 'exact' | 'anchored'; steps?: number; guild?: string; chat?: ChatReplyTarget },
  ): Promise<Learning>
  /** The newest learning stops; what there was before stays. */
  cancel(by: PersonId, style: StyleId): Promise<void>
  /** Events of learning from now on, and first what is already true. Ends with `ended`. Returns what stops it. */
  watch(learning: LearningId, listener: (event: LearningEvent) => void): () => void
  findLearning(learning: LearningId): Promise<Learning | null>
}

/** What people do about learning: ask for it, follow it, call it off. The work itself is in learnings.ts. */
export function createLearningRequests({
  engine,
  client,
  folders,
  access,
  workers,
  runner,
  events,
  limits,
  oneAtATime,
  changed,
  now,
  random,
  onBug,
}: {
  readonly engine: Engine & StyleEngine
  readonly client: PrismaClient
  readonly folders: StyleFolders
  readonly access: Access
  readonly workers: WorkerRegistry
  readonly runner: LearningRunner
  readonly events: Emitter<LearningId, LearningEvent>
  readonly limits: StyleLimits
  readonly oneAtATime: Limit
  readonly changed: (style: StyleId) => void
  readonly now: () => Date
  readonly random: Random
  readonly onBug: (error: unknown) => void
}): LearningRequests {
  async function findLearning(id: LearningId) {
    const row = await client.learning.findUnique({ where: { id }, include: { style: { select: { ownerId: true } } } })
    return row?.style ? learningOf(learningRow(row), row.style.ownerId as PersonId) : null
  }

  return {
    findLearning,

    async learn(by, style, { method, steps, guild, chat } = {}) {
      await access.checkOwn(by, style)
      await access.checkLearningAllowed(guild)
      const { styleLayout } = engine
      if (!styleLayout) throw new UserError('style/none')
      const id = newId<LearningId>(random)
      const requestedAt = now()
      const row = await oneAtATime(() =>
        client.$transaction(async within => {
          const known = await within.style.findUnique({
            where: { id: style },
            select: {
              disabledAt: true,
              disabledReason: true,
              pictures: { orderBy: [{ addedAt: 'asc' }, { id: 'asc' }] },
            },
          })
          if (!known) throw new UserError('style/missing')
          if (known.disabledAt) throw disabled(known.disabledReason)
          if (known.pictures.length === 0) throw new UserError('style/pictures-few')
          const open = await within.learning.findMany({
            where: { state: { in: openStates } },
            select: { styleId: true, style: { select: { ownerId: true } } },
          })
          if (open.some(({ styleId }) => styleId === style)) throw new UserError('style/learning')
          if (open.length >= limits.learnings) throw new UserError('style/busy')
          const yours = open.filter(one => one.style?.ownerId === by)
          if (yours.length >= limits.learningsPerPerson) throw new UserError('style/busy-yours')
          await workers.heartbeat(within)
          const row = await within.learning.create({
            data: {
              ...{ id, styleId: style, state: 'queued', requestedAt, workerId: workers.id },
              ...{ modelHash: styleLayout.modelHash, pictures: known.pictures.map(picture => picture.id) },
              recipe: { ...(method && { method }), ...(steps !== undefined && { steps }) },
            },
          })
          if (chat) await within.learningReply.create({ data: { learningId: id, createdAt: requestedAt, ...chat } })
          return learningRow(row)
        }),
      )
      runner.start(row, by)
      changed(style)
      return learningOf(row, by)
    },

    async cancel(by, style) {
      await access.checkOwn(by, style)
      const open = await client.learning.findMany({ where: { styleId: style, state: { in: openStates } } })
      const ids = open.map(row => learningRow(row).id)
      const { count } = await client.learning.updateMany({
        where: { id: { in: ids }, state: { in: openStates } },
        data: { state: 'cancelled', finishedAt: now() },
      })
      if (count === 0) throw new UserError('style/not-learning')
      runner.stop(ids)
      for (const id of ids) {
        await folders.remove(style, stylePaths.checkpoint(id))
        const learning = await findLearning(id)
        if (learning?.state === 'cancelled') events.emit(learning.id, { type: 'ended', learning })
      }
      changed(style)
    },

    watch(learning, listener) {
      const early: LearningEvent[] = runner.progressOf(learning)
      let isTold = false
      let hasEnded = false
      const tell = (event: LearningEvent) => {
        if (hasEnded) return
        hasEnded = event.type === 'ended'
        listener(event)
      }
      const stop = events.on(learning, event => (isTold ? tell(event) : early.push(event)))
      // What is being learned here is known at once; what has ended, the rows know.
      void findLearning(learning)
        .then(known => {
          isTold = true
          for (const event of early) tell(event)
          if (known && !openStates.some(state => state === known.state)) tell({ type: 'ended', learning: known })
        })
        .catch(onBug)
      return () => {
        hasEnded = true
        stop()
      }
    },
  }
}
