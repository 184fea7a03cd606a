import type { PrismaClient, ChatReply as ReplyRow } from '../../prisma/client/sqlite/client.ts'
import { json } from '../pictures/pictureRows.ts'
import type { Chat, ChatReply, JobId } from '../studio.ts'

/** How long what was refused can be tried again. */
const retryLifeMs = 24 * 60 * 60 * 1000

/**
 * Where jobs from chat are answered. The rows themselves are written with the job (pictures.ts); until then, a promise
 * stands for them.
 */
export function openChat({ client, now }: { client: PrismaClient; now: () => Date }): Chat {
  return {
    async addPendingReply({ messageId: _, ...target }, payload) {
      await client.pendingReply.create({ data: { ...target, payload: json(payload), createdAt: now() } })
    },
    async pendingReplies() {
      const rows = await client.pendingReply.findMany({
        where: { interactionToken: { not: null } },
        orderBy: { createdAt: 'asc' },
      })
      const ids = rows.map(({ interactionId }) => interactionId)
      const written = { where: { interactionId: { in: ids } }, select: { interactionId: true } }
      const replies = [...(await client.chatReply.findMany(written)), ...(await client.learningReply.findMany(written))]
      const answered = new Set(replies.map(({ interactionId }) => interactionId))
      await client.pendingReply.deleteMany({ where: { interactionId: { in: [...answered] } } })
      return rows
        .filter(({ interactionId }) => !answered.has(interactionId))
        .map(({ interactionToken, ...row }) => ({ ...row, interactionToken: interactionToken ?? '', messageId: null }))
    },
    async resolvePendingReply(interactionId, { retry = false } = {}) {
      const where = { interactionId }
      if (!retry) await client.pendingReply.deleteMany({ where })
      else {
        await client.pendingReply.updateMany({ where, data: { interactionToken: null } })
        const old = { lt: new Date(now().getTime() - retryLifeMs) }
        await client.pendingReply.deleteMany({ where: { interactionToken: null, createdAt: old } })
      }
    },
    async payloadOf(interactionId) {
      const row = await client.pendingReply.findUnique({ where: { interactionId } })
      return row?.payload ?? null
    },
    async undelivered() {
      const rows = await client.chatReply.findMany({ where: { deliveredAt: null }, orderBy: { createdAt: 'asc' } })
      return rows.map(replyOf)
    },
    async setMessage(job, messageId) {
      await client.chatReply.updateMany({ where: { jobId: job }, data: { messageId } })
    },
    async find(job) {
      const row = await client.chatReply.findUnique({ where: { jobId: job } })
      return row && replyOf(row)
    },
    async markDelivered(job) {
      await client.chatReply.updateMany({
        where: { jobId: job },
        data: { deliveredAt: now(), interactionToken: null },
      })
    },
  }
}

function replyOf({ jobId, deliveredAt: _, interactionToken, ...rest }: ReplyRow): ChatReply {
  return { job: jobId as JobId, interactionToken: interactionToken ?? '', ...rest }
}
