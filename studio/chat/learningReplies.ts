import type { PrismaClient, LearningReply as ReplyRow } from '../../prisma/client/sqlite/client.ts'
import { asLearningId, type LearningId } from '../shared/ids.ts'
import type { ChatReplyTarget } from './chatReplies.ts'

/** Where the answer to a learning stands in chat. */
export interface LearningReply extends ChatReplyTarget {
  readonly learning: LearningId
  readonly createdAt: Date
}

/** Where learnings from chat are answered. */
export interface LearningChat {
  /** Learnings whose final message has not been delivered, oldest first. */
  undelivered(): Promise<LearningReply[]>
  setMessage(learning: LearningId, messageId: string): Promise<void>
  find(learning: LearningId): Promise<LearningReply | null>
  markDelivered(learning: LearningId): Promise<void>
}

/** Where learnings from chat are answered. The rows themselves are written with the learning (index.ts). */
export function createLearningChat({ client, now }: { client: PrismaClient; now: () => Date }): LearningChat {
  return {
    async undelivered() {
      const rows = await client.learningReply.findMany({ where: { deliveredAt: null }, orderBy: { createdAt: 'asc' } })
      return rows.map(replyOf)
    },
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

function replyOf({ learningId, deliveredAt: _, interactionToken, ...rest }: ReplyRow): LearningReply {
  return { learning: asLearningId(learningId), interactionToken: interactionToken ?? '', ...rest }
}
