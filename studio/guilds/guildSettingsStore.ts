import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Audit } from '../moderation/audit.ts'
import type { PersonId } from '../shared/ids.ts'
import { json } from '../shared/rowJson.ts'
import { changeGuildSettings, changesOf, type GuildSettings, parseGuildSettings } from './guildSettings.ts'

/** A Discord server in which somebody acts. */
export interface ManagedGuild {
  readonly id: string
  /** Whether Discord lets this person manage it. */
  readonly isManager: boolean
}

/** What those who manage a Discord server have set for it. */
export interface GuildSettingsStore {
  read(guild: string): Promise<GuildSettings>
  /** Only for those who manage it, and operators; takes effect at once, in every program on this database. */
  change(
    by: PersonId,
    guild: ManagedGuild,
    change: (settings: GuildSettings) => Partial<GuildSettings>,
  ): Promise<GuildSettings>
}

/** Settings as rows of the database. */
export function createGuildSettingsStore({
  client,
  audit,
  checkManager,
  now,
}: {
  readonly client: PrismaClient
  readonly audit: Audit
  readonly checkManager: CheckManager
  readonly now: () => Date
}): GuildSettingsStore {
  const read = async (guild: string) => {
    const row = await client.guildSettings.findUnique({ where: { guildId: guild } })
    return parseGuildSettings(row?.content ?? {})
  }
  return {
    read,
    async change(by, guild, change) {
      await checkManager(by, guild)
      const before = await read(guild.id)
      const after = changeGuildSettings(before, change(before))
      const row = { content: json(after), changedAt: now() }
      await client.guildSettings.upsert({
        where: { guildId: guild.id },
        create: { guildId: guild.id, ...row },
        update: row,
      })
      const changes = changesOf(before, after)
      if (Object.keys(changes).length > 0) {
        const detail = JSON.stringify(changes)
        await audit.note({ actor: by, action: 'set', kind: 'guild', subject: guild.id, detail, guild: guild.id })
      }
      return after
    },
  }
}

/** Refuses unless this person manages the server or is an operator. */
export type CheckManager = (by: PersonId, guild: ManagedGuild) => Promise<void>

/** Asks Discord's word first, then the list of operators. */
export function managerCheck(isOperator: (by: PersonId) => Promise<boolean>): CheckManager {
  return async (by, { isManager }) => {
    if (!isManager && !(await isOperator(by))) throw new UserError('guild/manager')
  }
}
