import type {
  PendingReply as PendingRow,
  PrismaClient,
  ChatReply as ReplyRow,
} from '../../prisma/client/sqlite/client.ts'
import { asJobId, type JobId } from '../shared/ids.ts'
import { json } from '../shared/rowJson.ts'
import type { WorkerRegistry } from '../shared/workers.ts'
import { createClaims, type Left } from './claims.ts'

/** Where in a Discord server somebody speaks, and as who. */
export interface GuildPlace {
  /** The channel, and of a thread the one that it belongs to as well. */
  readonly channels: readonly string[]
  /** Ids of their roles, and the server's own id, which is the role of everyone. */
  readonly roles: readonly string[]
  readonly isAgeRestricted: boolean
}

/** Where in chat a job is to be answered, stored until it has been, so that a restart can still answer. */
export interface ChatReplyTarget {
  readonly applicationId: string
  readonly interactionId: string
  /** Good for 15 minutes; forgotten (then empty) as soon as the final message is delivered. */
  readonly interactionToken: string
  readonly channelId: string
  readonly guildId: string | null
  readonly messageId: string | null
  /** As Discord has it for the server, or else for the person. */
  readonly locale: string | null
  /** What the rules of its server are asked with; not stored. */
  readonly place?: GuildPlace
}

/** Where the answer to a job stands in chat. */
export interface ChatReply extends ChatReplyTarget {
  readonly job: JobId
  readonly createdAt: Date
}

/** An answer that somebody was promised, before anything else was written about it. */
export interface PendingReply extends ChatReplyTarget {
  /** The interaction, in the bot's own form. */
  readonly payload: unknown
  readonly createdAt: Date
}

/** Where jobs from chat are answered, and what chat has been told to wait for. */
export interface Chat {
  /** Writes down that an interaction is about to be answered, and what was said in it (JSON). */
  addPendingReply(target: ChatReplyTarget, payload: object): Promise<void>
  /** Promises that led to nothing, no answer and no job, oldest first: whoever made them was killed, or is at it now. */
  pendingReplies(): Promise<PendingReply[]>
  /** Those of them that programs have left, which are this program's to answer from now on. */
  claimPendingReplies(left: Left): Promise<PendingReply[]>
  /** Whether a pending reply is this program's to answer; false once another one has taken it over. */
  isMyPendingReply(interactionId: string): Promise<boolean>
  /** A pending reply has been answered. `retry`: its payload is stored for a day, so that it can be tried again. */
  resolvePendingReply(interactionId: string, options?: { retry?: boolean }): Promise<void>
  /** Stores what was said in an interaction that is answered already, for a day: something in the answer asks for it. */
  keepPayload(target: ChatReplyTarget, said: object): Promise<void>
  /** Stores something else for an interaction whose payload is kept. */
  replacePayload(interactionId: string, said: object): Promise<void>
  /** The payload of an interaction, if it is still stored. */
  payloadOf(interactionId: string): Promise<unknown>
  /** Jobs whose final message has not been delivered, oldest first. */
  undelivered(): Promise<ChatReply[]>
  /**
   * Those of them that programs have left, which are this program's to deliver from now on. `isWritten`: whether this program
   * is writing one of its own; what it is not, it has lost over an error.
   */
  claimUndelivered(left: Left, isWritten?: (job: JobId) => boolean): Promise<ChatReply[]>
  /** Whether its message is this program's to write; false once another one has taken it over. */
  isMine(job: JobId): Promise<boolean>
  setMessage(job: JobId, messageId: string): Promise<void>
  /** Where a job was answered (buttons need it after a restart). */
  find(job: JobId): Promise<ChatReply | null>
  markDelivered(job: JobId): Promise<void>
}

/** How long what was refused can be tried again. */
const retryLifeMs = 24 * 60 * 60 * 1000

/**
 * Where jobs from chat are answered. The rows themselves are written with the job (pictures.ts); until then, a promise
 * stands for them.
 */
export function createChat({ client, now, workers }: ChatOptions): Chat {
  const { mine, isMine, claim } = createClaims(workers)

  /** Promises that led to nothing; those that led to something are forgotten. */
  async function findPending() {
    const rows = await client.pendingReply.findMany({
      where: { interactionToken: { not: null } },
      orderBy: { createdAt: 'asc' },
    })
    const ids = rows.map(({ interactionId }) => interactionId)
    const written = { where: { interactionId: { in: ids } }, select: { interactionId: true } }
    const replies = [...(await client.chatReply.findMany(written)), ...(await client.learningReply.findMany(written))]
    const answered = new Set(replies.map(({ interactionId }) => interactionId))
    await client.pendingReply.deleteMany({ where: { interactionId: { in: [...answered] } } })
    return rows.filter(({ interactionId }) => !answered.has(interactionId))
  }
  const findUndelivered = () =>
    client.chatReply.findMany({ where: { deliveredAt: null }, orderBy: { createdAt: 'asc' } })

  return {
    async addPendingReply({ messageId: _, place: _place, ...target }, payload) {
      await client.pendingReply.create({ data: { ...target, ...mine, payload: json(payload), createdAt: now() } })
    },
    pendingReplies: async () => (await findPending()).map(pendingOf),
    async claimPendingReplies(left) {
      const claimed = await claim(left, await findPending(), ({ interactionId, workerId }) =>
        client.pendingReply.updateMany({
          where: { interactionId, workerId, interactionToken: { not: null } },
          data: mine,
        }),
      )
      return claimed.map(pendingOf)
    },
    isMyPendingReply: async interactionId =>
      isMine(await client.pendingReply.findUnique({ where: { interactionId }, select: { workerId: true } })),
    async resolvePendingReply(interactionId, { retry = false } = {}) {
      const where = { interactionId }
      if (!retry) await client.pendingReply.deleteMany({ where })
      else {
        await client.pendingReply.updateMany({ where, data: { interactionToken: null } })
        const old = { lt: new Date(now().getTime() - retryLifeMs) }
        await client.pendingReply.deleteMany({ where: { interactionToken: null, createdAt: old } })
      }
    },
    async keepPayload({ messageId: _, place: _place, ...target }, payload) {
      const data = { ...target, interactionToken: null, payload: json(payload), createdAt: now() }
      await client.pendingReply.create({ data })
    },
    async replacePayload(interactionId, payload) {
      await client.pendingReply.updateMany({ where: { interactionId }, data: { payload: json(payload) } })
    },
    async payloadOf(interactionId) {
      const row = await client.pendingReply.findUnique({ where: { interactionId } })
      return row?.payload ?? null
    },
    undelivered: async () => (await findUndelivered()).map(replyOf),
    async claimUndelivered(left, isWritten) {
      const claimed = await claim(
        left,
        await findUndelivered(),
        ({ jobId, workerId }) =>
          client.chatReply.updateMany({ where: { jobId, workerId, deliveredAt: null }, data: mine }),
        isWritten && (({ jobId }) => isWritten(asJobId(jobId))),
      )
      return claimed.map(replyOf)
    },
    isMine: async job =>
      isMine(await client.chatReply.findUnique({ where: { jobId: job }, select: { workerId: true } })),
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

/** What chat is built on. */
export interface ChatOptions {
  readonly client: PrismaClient
  readonly now: () => Date
  readonly workers: WorkerRegistry
}

/** The columns of a target. */
export function targetColumns({ place: _place, ...columns }: ChatReplyTarget): Omit<ChatReplyTarget, 'place'> {
  return columns
}

function replyOf({ jobId, deliveredAt: _, workerId: _worker, interactionToken, ...rest }: ReplyRow): ChatReply {
  return { job: asJobId(jobId), interactionToken: interactionToken ?? '', ...rest }
}

function pendingOf({ workerId: _, interactionToken, ...row }: PendingRow): PendingReply {
  return { ...row, interactionToken: interactionToken ?? '', messageId: null }
}
