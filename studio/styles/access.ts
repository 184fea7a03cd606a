import type { Prisma, PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { guildsOf } from '../people/guilds.ts'
import type { PersonId, StyleId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import type { Sharing } from './style.ts'

/** Who may see, use and change which style: the table above `Styles` in styles.ts. */
export interface Access {
  /** What a query for everything that this person may use looks like. `guild`: without what other servers share. */
  usable(by: PersonId, guild?: string): Promise<Prisma.StyleWhereInput>
  /** Refuses as if it were absent, unless this person may use it, or is an operator. */
  checkSee(by: PersonId, style: StyleId): Promise<void>
  /** Refuses unless it is theirs or shared with them. */
  checkUse(by: PersonId, style: StyleId): Promise<void>
  /** Refuses unless it is theirs. */
  checkOwn(by: PersonId, style: StyleId): Promise<void>
  isOperator(by: PersonId): Promise<boolean>
  checkOperator(by: PersonId): Promise<void>
  /** Refuses unless this person may share with these. */
  checkSharing(by: PersonId, sharing: Sharing): Promise<void>
  /** Refuses where a Discord server has switched learning off. */
  checkLearningAllowed(guild: string | undefined): Promise<void>
  /** Refuses while a style is being learned: nothing is added to it or taken away then. */
  checkIdle(style: StyleId): Promise<void>
}

/** What access is decided by. */
export interface AccessOptions {
  readonly client: PrismaClient
  readonly now: () => Date
  /** Ids of people, here or in Discord. */
  readonly operators: readonly string[]
}

/** The rules over the rows of the database. */
export function createAccess({ client, now, operators }: AccessOptions): Access {
  /** The servers that share styles and know this person. */
  async function sharingGuildsOf(by: PersonId): Promise<string[]> {
    const guilds = await guildsOf({ client, now }, by)
    return guilds.filter(({ sharing }) => sharing).map(({ id }) => id)
  }

  const access: Access = {
    async usable(by, guild) {
      const guilds = (await sharingGuildsOf(by)).filter(one => guild === undefined || one === guild)
      const sharing = { in: ['everyone', ...guilds.map(one => `guild:${one}`)] }
      return { OR: [{ ownerId: by }, { sharing }] }
    },

    async checkUse(by, style) {
      const found = await client.style.count({ where: { id: style, ...(await access.usable(by)) } })
      if (found === 0) throw new UserError('style/missing')
    },

    async checkSee(by, style) {
      if (!(await access.isOperator(by))) return access.checkUse(by, style)
      if ((await client.style.count({ where: { id: style } })) === 0) throw new UserError('style/missing')
    },

    async checkOwn(by, style) {
      await access.checkSee(by, style)
      if ((await client.style.count({ where: { id: style, ownerId: by } })) === 0)
        throw new UserError('style/not-yours')
    },

    async isOperator(by) {
      if (operators.length === 0) return false
      if (operators.includes(by)) return true
      const row = await client.person.findUnique({ where: { id: by }, select: { discordId: true } })
      return row?.discordId ? operators.includes(row.discordId) : false
    },

    async checkOperator(by) {
      if (!(await access.isOperator(by))) throw new UserError('style/operator')
    },

    async checkSharing(by, sharing) {
      if (sharing === 'private' || sharing === 'everyone') return
      const guild = /^guild:([0-9]{1,20})$/.exec(sharing)?.[1]
      if (guild === undefined) throw new UserError('style/sharing')
      const switches = await client.guild.findUnique({ where: { id: guild } })
      if (switches?.sharing === false) throw new UserError('guild/sharing-off')
      if (!(await sharingGuildsOf(by)).includes(guild)) throw new UserError('style/sharing')
    },

    async checkLearningAllowed(guild) {
      if (guild === undefined) return
      const switches = await client.guild.findUnique({ where: { id: guild } })
      if (switches?.learning === false) throw new UserError('guild/learning-off')
    },

    async checkIdle(style) {
      const open = await client.learning.count({ where: { styleId: style, state: { in: openStates } } })
      if (open > 0) throw new UserError('style/learning')
    },
  }
  return access
}
