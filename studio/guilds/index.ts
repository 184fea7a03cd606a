import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import type { Audit } from '../moderation/audit.ts'
import type { PersonId } from '../shared/ids.ts'
import { createGuildGate, type GuildGate } from './guildGate.ts'
import { createGuildModeration, type GuildModeration } from './guildModeration.ts'
import {
  type CheckManager,
  createGuildSettingsStore,
  type GuildSettingsStore,
  type ManagedGuild,
  managerCheck,
} from './guildSettingsStore.ts'
import { type GuildStatistics, readGuildStatistics } from './guildStatistics.ts'

/** What those who manage a Discord server decide for it. */
export interface GuildOffice {
  /** Refuses unless this person manages the server or is an operator. */
  readonly checkManager: CheckManager
  readonly settings: GuildSettingsStore
  readonly moderation: GuildModeration
  /** Only for those who manage it, and operators. */
  statistics(by: PersonId, guild: ManagedGuild): Promise<GuildStatistics>
}

/** Settings, moderation and statistics of servers, and the gate that requests from them pass. */
export function createGuildOffice(options: {
  readonly client: PrismaClient
  readonly audit: Audit
  readonly isOperator: (by: PersonId) => Promise<boolean>
  /** Whether finished pictures are looked at before anybody sees them. */
  readonly isChecked: boolean
  readonly now: () => Date
}): { readonly guildOffice: GuildOffice; readonly gate: GuildGate } {
  const { client, audit, isChecked, now } = options
  const checkManager = managerCheck(options.isOperator)
  const settings = createGuildSettingsStore({ client, audit, checkManager, now })
  const guildOffice: GuildOffice = {
    checkManager,
    settings,
    moderation: createGuildModeration({ client, audit, checkManager, now }),
    async statistics(by, guild) {
      await checkManager(by, guild)
      return readGuildStatistics(client, guild.id, now())
    },
  }
  return { guildOffice, gate: createGuildGate({ client, settings, audit, isChecked }) }
}
