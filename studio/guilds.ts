import type { PrismaClient } from '../prisma/client/sqlite/client.ts'
import { Refusal } from './refusals.ts'
import type { Guilds, PersonId } from './studio.ts'

export interface GuildsOptions {
  readonly client: PrismaClient
  readonly isOperator: (by: PersonId) => Promise<boolean>
}

/** What Discord servers have switched off for themselves; everything is on until somebody says otherwise. */
export function openGuilds({ client, isOperator }: GuildsOptions): Guilds {
  return {
    async switches(guild) {
      const row = await client.guild.findUnique({ where: { id: guild } })
      return { learning: row?.learning ?? true, sharing: row?.sharing ?? true }
    },
    async setSwitches(by, { id, isManager }, change) {
      if (!isManager && !(await isOperator(by))) throw new Refusal('guild/manager')
      const { learning, sharing } = await client.guild.upsert({
        where: { id },
        create: { id, ...change },
        update: change,
      })
      return { learning, sharing }
    },
  }
}
