import type { PrismaClient, ChatReply as ReplyRow } from '../prisma/client/sqlite/client.ts'
import { json } from './rows.ts'
import type { Chat, ChatReply, JobId } from './studio.ts'

/** How long what was refused can be tried again. */
const retryLifeMs = 24 * 60 * 60 * 1000

/**
 * Where asks from chat are answered. The rows themselves are written with the ask (pictures.ts); until then, a promise
 * stands for them.
 */
export function openChat({ client, now }: { client: PrismaClient; now: () => Date }): Chat {
  return {
    async promise({ messageId: _, ...target }, said) {
      await client.chatPromise.create({ data: { ...target, said: json(said), createdAt: now() } })
    },
    async unkept() {
      const rows = await client.chatPromise.findMany({
        where: { interactionToken: { not: null } },
        orderBy: { createdAt: 'asc' },
      })
      const ids = rows.map(({ interactionId }) => interactionId)
      const written = { where: { interactionId: { in: ids } }, select: { interactionId: true } }
      const replies = [...(await client.chatReply.findMany(written)), ...(await client.learningReply.findMany(written))]
      const answered = new Set(replies.map(({ interactionId }) => interactionId))
      await client.chatPromise.deleteMany({ where: { interactionId: { in: [...answered] } } })
      return rows
        .filter(({ interactionId }) => !answered.has(interactionId))
        .map(({ interactionToken, ...row }) => ({ ...row, interactionToken: interactionToken ?? '', messageId: null }))
    },
    async settle(interactionId, { retry = false } = {}) {
      const where = { interactionId }
      if (!retry) await client.chatPromise.deleteMany({ where })
      else {
        await client.chatPromise.updateMany({ where, data: { interactionToken: null } })
        const old = { lt: new Date(now().getTime() - retryLifeMs) }
        await client.chatPromise.deleteMany({ where: { interactionToken: null, createdAt: old } })
      }
    },
    async said(interactionId) {
      const row = await client.chatPromise.findUnique({ where: { interactionId } })
      return row?.said ?? null
    },
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
  return { job: askId as JobId, interactionToken: interactionToken ?? '', ...rest }
}
