import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { BudgetLimit } from '../budgets/budgets.ts'
import type { ChatReplyTarget, GuildPlace } from '../chat/chatReplies.ts'
import { paintedSize, type Recipe, stylesOf, textsOf } from '../images/recipe.ts'
import type { Audit } from '../moderation/audit.ts'
import { createBlockedWords } from '../moderation/blockedWords.ts'
import type { PersonId, StyleId } from '../shared/ids.ts'
import { guildLimits, ruleError } from './guildRules.ts'
import type { GuildSettings } from './guildSettings.ts'
import type { GuildSettingsStore } from './guildSettingsStore.ts'

/** Where in chat something is to stand. */
export type ChatPlace = Pick<ChatReplyTarget, 'guildId' | 'channelId' | 'place'>

/** What a Discord server has to say to a request from it. */
export interface GuildGate {
  /**
   * Resolves with what the picture of each recipe takes of budgets there; with nothing outside of servers.
   * @throws UserError when the server does not paint this, there, for them.
   */
  admit(by: PersonId, chat: ChatPlace | undefined, recipes: readonly Recipe[]): Promise<readonly BudgetLimit[][]>
}

/** The rules of a server over its settings and stops. */
export function createGuildGate({
  client,
  settings: store,
  audit,
  isChecked,
}: {
  readonly client: PrismaClient
  readonly settings: Pick<GuildSettingsStore, 'read'>
  readonly audit: Audit
  readonly isChecked: boolean
}): GuildGate {
  async function checkBlockedWords(by: PersonId, guild: string, { blockedWords }: GuildSettings, recipe: Recipe) {
    const blocked = createBlockedWords(blockedWords)
    const found = textsOf(recipe)
      .map(text => blocked.find(text))
      .find(entry => entry !== null)
    if (!found) return
    // The entry that it met, never what the person wrote.
    await audit.note({ actor: by, action: 'refused', kind: 'prompt', subject: found, guild })
    throw new UserError('prompt/blocked')
  }

  async function checkStyles(guild: string, recipe: Recipe): Promise<void> {
    const styles = stylesOf(recipe)
    if (!styles.length) return
    const subjects = styles.map(({ style }) => guildSubject(guild, style))
    const stop = await client.stop.findFirst({ where: { kind: 'guildStyle', subject: { in: subjects } } })
    if (!stop) return
    throw new UserError('guild/style-stopped', undefined, { values: { reason: stop.reason } })
  }

  return {
    async admit(by, chat, recipes) {
      const guild = chat?.guildId
      const first = recipes[0]
      if (!chat || !guild || !first) return recipes.map(() => [])
      const place: GuildPlace = chat.place ?? { channels: [chat.channelId], roles: [], isAgeRestricted: false }
      const settings = await store.read(guild)
      const broken = ruleError(settings, place, { ...paintedSize(first), isChecked })
      if (broken) {
        const { code } = broken
        await audit.note({ actor: by, action: 'refused', kind: 'request', subject: code, guild })
        throw broken
      }
      await checkBlockedWords(by, guild, settings, first)
      await checkStyles(guild, first)
      return recipes.map((_, index) => guildLimits(settings, { guild, by, roles: place.roles, index }))
    },
  }
}

/** A person or a style as what is stopped in one server. */
export function guildSubject(guild: string, id: PersonId | StyleId): string {
  return `${guild}:${id}`
}
