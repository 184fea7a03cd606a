import { UserError } from '../../protocol/errors.ts'
import type { BudgetLimit } from '../budgets/budgets.ts'
import type { GuildPlace } from '../chat/chatReplies.ts'
import type { PersonId } from '../shared/ids.ts'
import type { GuildSettings, RoleBudget } from './guildSettings.ts'

/** What is asked of a server's settings. */
export interface GuildRequest {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** Whether finished pictures are looked at before anybody sees them. */
  readonly isChecked: boolean
}

/** What somebody with these roles may take: the most generous limit of each, and null where one of them has none. */
export function budgetOf({ roles }: Pick<GuildSettings, 'roles'>, mine: readonly string[]): Omit<RoleBudget, 'role'> {
  const own = roles.filter(({ role }) => mine.includes(role))
  const most = (limit: (budget: RoleBudget) => number | null): number | null => {
    const all = own.map(limit)
    return all.length === 0 || all.includes(null) ? null : Math.max(...all.map(Number))
  }
  return {
    picturesPerHour: most(({ picturesPerHour }) => picturesPerHour),
    concurrent: most(({ concurrent }) => concurrent),
    maxSide: most(({ maxSide }) => maxSide),
  }
}

/** Why this server does not paint that there, or null. */
export function ruleError(settings: GuildSettings, place: GuildPlace, request: GuildRequest): UserError | null {
  const { channels, ageRestrictedOnly, needsImageCheck } = settings
  if (channels.length && !place.channels.some(one => channels.includes(one))) {
    const where = channels.slice(0, channelsShown).map(one => `<#${one}>`)
    if (channels.length > where.length) where.push('…')
    return new UserError('guild/channel', undefined, { values: { channels: where.join(', ') } })
  }
  if (ageRestrictedOnly && !place.isAgeRestricted) return new UserError('guild/age-restricted')
  if (needsImageCheck && !request.isChecked) return new UserError('guild/image-check')
  const { maxSide } = budgetOf(settings, place.roles)
  if (maxSide !== null && Math.max(request.width, request.height) > maxSide) {
    return new UserError('guild/size', undefined, { values: { maxSide } })
  }
  return null
}

const hour = 60 * 60
/** Of a refusal. */
const channelsShown = 5

/** What the `index`-th picture of a request takes of a person's budgets in this server. */
export function guildLimits(
  settings: GuildSettings,
  { guild, by, roles, index }: { guild: string; by: PersonId; roles: readonly string[]; index: number },
): BudgetLimit[] {
  const { picturesPerHour, concurrent } = budgetOf(settings, roles)
  const { coolDownSeconds } = settings
  const limit = (name: string, allowance: BudgetLimit['allowance'], error: BudgetLimit['error']): BudgetLimit => ({
    ...{ key: `${name}:${guild}:${by}`, cost: 1, allowance, error },
  })
  return [
    ...(picturesPerHour === null
      ? []
      : [
          limit(
            'guildPictures',
            { atOnce: picturesPerHour, perSecond: picturesPerHour / hour },
            () => new UserError('guild/hourly', undefined, { values: { count: picturesPerHour } }),
          ),
        ]),
    ...(concurrent === null
      ? []
      : [
          limit(
            'guildConcurrent',
            { atOnce: concurrent },
            () => new UserError('guild/concurrent', undefined, { values: { count: concurrent } }),
          ),
        ]),
    ...(coolDownSeconds === 0 || index > 0
      ? []
      : [
          limit(
            'guildCoolDown',
            { atOnce: 1, perSecond: 1 / coolDownSeconds },
            () => new UserError('guild/cool-down', undefined, { values: { seconds: coolDownSeconds } }),
          ),
        ]),
  ]
}
