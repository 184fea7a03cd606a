import type { LearningReply as ReplyRow } from '../../prisma/client/sqlite/client.ts'
import { asLearningId, type LearningId } from '../shared/ids.ts'
import type { ChatOptions, ChatReplyTarget } from './chatReplies.ts'
import { createClaims, type Left } from './claims.ts'

/** Where the answer to a learning stands in chat. */
export interface LearningReply extends ChatReplyTarget {
  readonly learning: LearningId
  readonly createdAt: Date
}

/** Where learnings from chat are answered. */
export interface LearningChat {
  /** Learnings whose final message has not been delivered, oldest first. */
  undelivered(): Promise<LearningReply[]>
  /** Those of them that programs have left, which are this program's to deliver from now on. */
  claimUndelivered(left: Left, isWritten?: (learning: LearningId) => boolean): Promise<LearningReply[]>
  /** Whether its message is this program's to write; false once another one has taken it over. */
  isMine(learning: LearningId): Promise<boolean>
  setMessage(learning: LearningId, messageId: string): Promise<void>
  find(learning: LearningId): Promise<LearningReply | null>
  markDelivered(learning: LearningId): Promise<void>
}

/** Where learnings from chat are answered. The rows themselves are written with the learning (index.ts). */
export function createLearningChat({ client, now, workers }: ChatOptions): LearningChat {
  const { mine, isMine, claim } = createClaims(workers)
  const findUndelivered = () =>
    client.learningReply.findMany({ where: { deliveredAt: null }, orderBy: { createdAt: 'asc' } })

  return {
    undelivered: async () => (await findUndelivered()).map(replyOf),
    async claimUndelivered(left, isWritten) {
      const claimed = await claim(
        left,
        await findUndelivered(),
        ({ learningId, workerId }) =>
          client.learningReply.updateMany({ where: { learningId, workerId, deliveredAt: null }, data: mine }),
        isWritten && (({ learningId }) => isWritten(asLearningId(learningId))),
      )
      return claimed.map(replyOf)
    },
    isMine: async learning =>
      isMine(await client.learningReply.findUnique({ where: { learningId: learning }, select: { workerId: true } })),
    async setMessage(learning, messageId) {
      await client.learningReply.updateMany({ where: { learningId: learning }, data: { messageId } })
    },
    async find(learning) {
      const row = await client.learningReply.findUnique({ where: { learningId: learning } })
      return row && replyOf(row)
    },
    async markDelivered(learning) {
      const data = { deliveredAt: now(), interactionToken: null }
      await client.learningReply.updateMany({ where: { learningId: learning }, data })
    },
  }
}

function replyOf({
  learningId,
  deliveredAt: _,
  workerId: _worker,
  interactionToken,
  ...rest
}: ReplyRow): LearningReply {
  return { learning: asLearningId(learningId), interactionToken: interactionToken ?? '', ...rest }
}
