import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { PersonId } from '../shared/ids.ts'

/** Discord servers: who has been seen in which, and what each may switch off for itself. */
export interface Guilds {
  /** Where this person has used the bot in the last 30 days, by name. Signing in does not tell us any others. */
  ofPerson(by: PersonId): Promise<KnownGuild[]>
  switches(guild: string): Promise<GuildSwitches>
  /** `isManager`: whether Discord lets this person manage the server; operators may as well. */
  setSwitches(
    by: PersonId,
    guild: { id: string; isManager: boolean },
    change: Partial<GuildSwitches>,
  ): Promise<GuildSwitches>
}

/** A Discord server where a person has used the bot. */
export interface KnownGuild {
  readonly id: string
  /** null if the bot, brought along by somebody, was never told. */
  readonly name: string | null
  /** Its switch: whether styles may be shared with it. */
  readonly sharing: boolean
}

/** What a Discord server allows. */
export interface GuildSwitches {
  /** Whether styles may be made and learned there. */
  readonly learning: boolean
  /** Whether styles may be shared with the whole server, and those that are can be used. */
  readonly sharing: boolean
}

/** What guilds are built on. */
export interface GuildsOptions {
  readonly client: PrismaClient
  readonly now: () => Date
  readonly isOperator: (by: PersonId) => Promise<boolean>
}

/** Who is where, and what Discord servers have switched off for themselves: nothing, until somebody says so. */
export function createGuilds({ client, now, isOperator }: GuildsOptions): Guilds {
  return {
    ofPerson: by => guildsOf({ client, now }, by),
    async switches(guild) {
      const row = await client.guild.findUnique({ where: { id: guild } })
      return { learning: row?.learning ?? true, sharing: row?.sharing ?? true }
    },
    async setSwitches(by, { id, isManager }, change) {
      if (!isManager && !(await isOperator(by))) throw new UserError('guild/manager')
      const { learning, sharing } = await client.guild.upsert({
        where: { id },
        create: { id, ...change },
        update: change,
      })
      return { learning, sharing }
    },
  }
}

/** Someone who has not spoken to the bot in a server for so long may have left it. */
const memberMs = 30 * 24 * 60 * 60 * 1000

/** The servers of a person, as far as the bot has seen; by name, those without one last. */
export async function guildsOf(
  { client, now }: Pick<GuildsOptions, 'client' | 'now'>,
  by: PersonId,
): Promise<KnownGuild[]> {
  const seenAt = { gt: new Date(now().getTime() - memberMs) }
  const places = await client.guildMember.findMany({ where: { personId: by, seenAt } })
  const ids = places.map(({ guildId }) => guildId)
  const rows = new Map((await client.guild.findMany({ where: { id: { in: ids } } })).map(row => [row.id, row]))
  return ids
    .map(id => ({ id, name: rows.get(id)?.name ?? null, sharing: rows.get(id)?.sharing ?? true }))
    .sort((a, b) => Number(a.name === null) - Number(b.name === null) || (a.name ?? a.id).localeCompare(b.name ?? b.id))
}
