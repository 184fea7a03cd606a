import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { limits } from '../../protocol/limits.ts'
import type { Audit, AuditEntry } from '../moderation/audit.ts'
import type { GuildStopKind } from '../moderation/moderation.ts'
import { type Report, readReports } from '../moderation/reports.ts'
import { asPersonId, type PersonId, type StyleId } from '../shared/ids.ts'
import { plain } from '../shared/text.ts'
import { guildSubject } from './guildGate.ts'
import type { CheckManager, ManagedGuild } from './guildSettingsStore.ts'

/** What is stopped in one server. */
export type GuildStop =
  | { readonly kind: 'member'; readonly id: PersonId }
  | { readonly kind: 'guildStyle'; readonly id: StyleId }

/** A stop as those who manage the server read it. */
export interface ShownGuildStop {
  readonly kind: GuildStopKind
  readonly id: string
  /** Of the person or style; null if they are no more. */
  readonly name: string | null
  readonly reason: string
  readonly stoppedAt: Date
}

/** What those who manage a Discord server do there about people, styles and reports; each act is a row of the audit. */
export interface GuildModeration {
  stop(by: PersonId, guild: ManagedGuild, stop: GuildStop, reason: string): Promise<void>
  /** Resolves with whether it was stopped. */
  resume(by: PersonId, guild: ManagedGuild, stop: GuildStop): Promise<boolean>
  stops(by: PersonId, guild: ManagedGuild): Promise<ShownGuildStop[]>
  /** What a report of a style is told with; null if it is gone. */
  reportedStyle(style: StyleId): Promise<ReportedStyle | null>
  /** Open ones that were reported there, oldest first. */
  reports(by: PersonId, guild: ManagedGuild): Promise<Report[]>
  /** Resolves with whether it was open. */
  closeReport(by: PersonId, guild: ManagedGuild, id: string): Promise<boolean>
  /** Of what happened there; newest first. */
  audit(by: PersonId, guild: ManagedGuild, limit: number): Promise<AuditEntry[]>
}

/** A style as those who manage a server are told of it, whether or not it is shared with them. */
export interface ReportedStyle {
  readonly id: StyleId
  readonly name: string
  readonly owner: { readonly id: PersonId; readonly name: string }
}

/** Over the rows of the database. */
export function createGuildModeration({
  client,
  audit,
  checkManager,
  now,
}: {
  readonly client: PrismaClient
  readonly audit: Audit
  readonly checkManager: CheckManager
  readonly now: () => Date
}): GuildModeration {
  return {
    async stop(by, guild, { kind, id }, reason) {
      await checkManager(by, guild)
      const place = { kind, subject: guildSubject(guild.id, id) }
      const content = { reason: clip(reason), stoppedAt: now() }
      await client.stop.upsert({ where: { kind_subject: place }, create: { ...place, ...content }, update: content })
      const detail = content.reason
      await audit.note({ actor: by, action: 'stopped', kind, subject: id, detail, guild: guild.id })
    },

    async resume(by, guild, { kind, id }) {
      await checkManager(by, guild)
      const { count } = await client.stop.deleteMany({ where: { kind, subject: guildSubject(guild.id, id) } })
      if (count > 0) await audit.note({ actor: by, action: 'resumed', kind, subject: id, guild: guild.id })
      return count > 0
    },

    async stops(by, guild) {
      await checkManager(by, guild)
      const rows = await client.stop.findMany({
        where: { kind: { in: ['member', 'guildStyle'] }, subject: { startsWith: `${guild.id}:` } },
        orderBy: { stoppedAt: 'desc' },
        take: 50,
      })
      const found = rows.map(row => ({ ...row, id: row.subject.slice(guild.id.length + 1) }))
      const ids = { where: { id: { in: found.map(({ id }) => id) } }, select: { id: true, name: true } }
      const named = [...(await client.person.findMany(ids)), ...(await client.style.findMany(ids))]
      const names = new Map(named.map(({ id, name }) => [id, name]))
      return found.map(({ kind, id, reason, stoppedAt }) => ({
        // Only these kinds were asked for.
        ...{ kind: kind as GuildStopKind, id, name: names.get(id) ?? null, reason, stoppedAt },
      }))
    },

    async reportedStyle(style) {
      const owner = { select: { id: true, name: true } }
      const row = await client.style.findUnique({ where: { id: style }, select: { name: true, owner } })
      return row && { id: style, name: row.name, owner: { id: asPersonId(row.owner.id), name: row.owner.name } }
    },

    async reports(by, guild) {
      await checkManager(by, guild)
      return readReports(client, guild.id)
    },

    async closeReport(by, guild, id) {
      await checkManager(by, guild)
      const where = { id, guildId: guild.id, closedAt: null }
      const { count } = await client.report.updateMany({ where, data: { closedAt: now() } })
      if (count > 0) await audit.note({ actor: by, action: 'closed', kind: 'report', subject: id, guild: guild.id })
      return count > 0
    },

    async audit(by, guild, limit) {
      await checkManager(by, guild)
      return audit.read(limit, guild.id)
    },
  }
}

function clip(reason: string): string {
  return [...plain(reason)].slice(0, limits.maxCaptionCharacters).join('').trim()
}
