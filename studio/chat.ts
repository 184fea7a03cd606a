import type { PrismaClient, ChatReply as ReplyRow } from '../prisma/client/sqlite/client.ts'
import type { AskId, Chat, ChatReply } from './studio.ts'

/** Where asks from chat are answered. The rows themselves are written with the ask (pictures.ts). */
export function openChat({ client, now }: { client: PrismaClient; now: () => Date }): Chat {
  return {
    async undelivered() {
      const rows = await client.chatReply.findMany({ where: { deliveredAt: null }, orderBy: { createdAt: 'asc' } })
      return rows.map(replyOf)
    },
    async setMessage(ask, messageId) {
      await client.chatReply.updateMany({ where: { askId: ask }, data: { messageId } })
    },
    async find(ask) {
      const row = await client.chatReply.findUnique({ where: { askId: ask } })
      return row && replyOf(row)
    },
    async markDelivered(ask) {
      await client.chatReply.updateMany({
        where: { askId: ask },
        data: { deliveredAt: now(), interactionToken: null },
      })
    },
  }
}

function replyOf({ askId, deliveredAt: _, interactionToken, ...rest }: ReplyRow): ChatReply {
  return { ask: askId as AskId, interactionToken: interactionToken ?? '', ...rest }
}
