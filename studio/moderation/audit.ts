import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { asPersonId, type PersonId } from '../shared/ids.ts'
import { newId, type Random } from '../shared/secrets.ts'

/** One line of the audit. */
export interface AuditEntry {
  readonly at: Date
  readonly actor: PersonId | null
  /** Null where they are nobody any more. */
  readonly actorName: string | null
  readonly action: string
  readonly kind: string
  readonly subject: string
  readonly detail: string
  /** The Discord server that it happened in. */
  readonly guildId: string | null
}

/** What is to be written down: who, what, about what, where. */
export interface NewAuditEntry {
  readonly actor: PersonId | null
  readonly action: string
  readonly kind: string
  readonly subject: string
  readonly detail?: string
  readonly guild?: string | undefined
}

/** Who did or tried what, as rows. */
export interface Audit {
  note(entry: NewAuditEntry): Promise<void>
  /** Newest first; of one Discord server, or all. */
  read(limit: number, guild?: string): Promise<AuditEntry[]>
}

/** The audit over the rows of the database. */
export function createAudit({
  client,
  now,
  random,
}: {
  readonly client: PrismaClient
  readonly now: () => Date
  readonly random: Random
}): Audit {
  return {
    async note({ actor, action, kind, subject, detail = '', guild }) {
      const isKnown = actor !== null && (await client.person.count({ where: { id: actor } })) > 0
      await client.auditEntry.create({
        data: {
          ...{ id: newId<string>(random), at: now(), actorId: isKnown ? actor : null },
          ...{ action, kind, subject, detail, guildId: guild ?? null },
        },
      })
    },
    async read(limit, guild) {
      const rows = await client.auditEntry.findMany({
        where: guild === undefined ? {} : { guildId: guild },
        include: { actor: { select: { name: true } } },
        orderBy: { at: 'desc' },
        take: limit,
      })
      return rows.map(({ actorId, actor, ...row }) => ({
        ...{ ...row, actor: actorId === null ? null : asPersonId(actorId), actorName: actor?.name ?? null },
      }))
    },
  }
}
