import type { PrismaClient, LearningReply as ReplyRow } from '../../prisma/client/sqlite/client.ts'
import type { LearningChat, LearningId, LearningReply } from '../studio.ts'

/** Where learnings from chat are answered. The rows themselves are written with the learning (index.ts). */
export function openLearningChat({ client, now }: { client: PrismaClient; now: () => Date }): LearningChat {
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
  return { learning: learningId as LearningId, interactionToken: interactionToken ?? '', ...rest }
}
