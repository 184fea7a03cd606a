import type { Log } from '../../logging.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Budgets } from '../budgets/budgets.ts'
import type { ChatReplyTarget } from '../chat/chatReplies.ts'
import type { Moderation } from '../moderation/moderation.ts'
import type { Emitter } from '../shared/emitter.ts'
import { asPersonId, type LearningId, type PersonId, type StyleId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import type { Access } from './access.ts'
import type { Learning, LearningEvent } from './learning.ts'
import type { LearningQueue, NewLearning } from './learningQueue.ts'
import { learningOf, learningRow } from './learningRow.ts'
import type { LearningRunner } from './learningRunner.ts'
import type { StyleFolders } from './styleFolders.ts'
import { stylePaths } from './styleFolders.ts'
import { createLearningWatch } from './watchLearning.ts'

/** What people do about learning: request it, follow it, cancel it. */
export interface LearningRequests {
  /**
   * Learns the next version from all of the style's pictures, as a durable job: its row is there before this resolves, it
   * survives restarts. It replaces the version in use only if it is no worse. `chat` is written in the same transaction.
   */
  learn(
    by: PersonId,
    style: StyleId,
    options?: Omit<NewLearning, 'chat'> & { guild?: string; chat?: ChatReplyTarget },
  ): Promise<Learning>
  /** The newest learning stops; what there was before stays. */
  cancel(by: PersonId, style: StyleId): Promise<void>
  /** Events of learning from now on, and first what is already true. Ends with `ended`. Returns what stops it. */
  watch(learning: LearningId, listener: (event: LearningEvent) => void): () => void
  findLearning(learning: LearningId): Promise<Learning | null>
}

/** What people do about learning: request it, follow it, cancel it. The work itself is in learningRunner.ts. */
export function createLearningRequests({
  client,
  folders,
  access,
  queue,
  runner,
  events,
  budgets,
  moderation,
  changed,
  now,
  log,
}: {
  readonly client: PrismaClient
  readonly folders: StyleFolders
  readonly access: Access
  readonly queue: LearningQueue
  readonly runner: LearningRunner
  readonly events: Emitter<LearningId, LearningEvent>
  readonly budgets: Budgets
  readonly moderation: Moderation
  readonly changed: (style: StyleId) => void
  readonly now: () => Date
  readonly log: Log
}): LearningRequests {
  async function findLearning(id: LearningId) {
    const row = await client.learning.findUnique({ where: { id }, include: { style: { select: { ownerId: true } } } })
    return row?.style ? learningOf(learningRow(row), asPersonId(row.style.ownerId)) : null
  }

  return {
    findLearning,
    watch: createLearningWatch({ runner, events, findLearning, log }),

    async learn(by, style, { guild, ...wanted } = {}) {
      await access.checkOwn(by, style)
      await access.checkLearningAllowed(guild)
      await moderation.checkAllowed(by, { guild })
      const taken = await budgets.take(by, { learnings: 1 })
      const row = await queue.add(by, style, wanted).catch(async error => {
        await taken.undo()
        throw error
      })
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
  }
}
