import { z } from 'zod'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { foldText } from '../moderation/blockedWords.ts'
import { objectIn } from '../shared/rowJson.ts'

/** Ids of Discord. */
const id = z.string().regex(/^\d{1,20}$/)
/** What is left out is not limited. */
const atMost = (max: number) => z.int().min(1).max(max).nullable()

const roleBudget = z.object({
  role: id,
  picturesPerHour: atMost(10_000),
  /** Pictures of one person that wait or are painted. */
  concurrent: atMost(1_000),
  /** Pixels of a picture's longer side. */
  maxSide: atMost(8_192),
})

/** No regular expressions: one of a stranger's could keep the program busy for ever. And letters: else all is blocked. */
const blockedWord = z
  .string()
  .max(limits.maxBlockedWordCharacters)
  .refine(entry => !entry.trim().startsWith('/') && foldText(entry) !== '')

const schema = z.object({
  /** Where pictures are painted; none: everywhere. */
  channels: z.array(id).max(25),
  ageRestrictedOnly: z.boolean(),
  roles: z.array(roleBudget).max(25),
  /** Between two requests of one person; 0: none. */
  coolDownSeconds: z
    .int()
    .min(0)
    .max(24 * 60 * 60),
  /** As in moderation/blockedWords.ts, but no regular expressions. */
  blockedWords: z.array(blockedWord).max(limits.maxBlockedWords),
  /** Whether to paint only where the studio looks at finished pictures before anybody sees them. */
  needsImageCheck: z.boolean(),
  spoiler: z.enum(['never', 'unlessAgeRestricted', 'always']),
  /** Of a picture when neither the request nor the person names one: `128x96`. */
  defaultSize: z
    .string()
    .regex(/^\d{1,5}x\d{1,5}$/)
    .nullable(),
  defaultStyle: z.string().max(64).nullable(),
  /** Where reports and changes are told. */
  logChannel: id.nullable(),
})

/** What those who manage a Discord server have set for it. */
export type GuildSettings = z.infer<typeof schema>
/** What members who have this role may take; whoever has several roles has the most generous of each. */
export type RoleBudget = z.infer<typeof roleBudget>

/** What a server has that nobody has set anything for: no limits of its own. */
export const defaultGuildSettings: GuildSettings = {
  channels: [],
  ageRestrictedOnly: false,
  roles: [],
  coolDownSeconds: 0,
  blockedWords: [],
  needsImageCheck: false,
  spoiler: 'never',
  defaultSize: null,
  defaultStyle: null,
  logChannel: null,
}

/** Settings out of a row; what an older program did not know, or what cannot be read, has its default. */
export function parseGuildSettings(content: unknown): GuildSettings {
  const stored = objectIn(content)
  const readable = Object.entries(schema.shape).flatMap(([name, setting]) => {
    const { success, data } = setting.safeParse(stored[name])
    return success ? [[name, data]] : []
  })
  return { ...defaultGuildSettings, ...Object.fromEntries(readable) }
}

/** The same settings changed. @throws UserError that names the first setting that cannot be like this. */
export function changeGuildSettings(settings: GuildSettings, change: Partial<GuildSettings>): GuildSettings {
  const { data, error } = schema.safeParse({ ...settings, ...change })
  if (data) return data
  const hint = hints[error.issues[0]?.path[0] as keyof GuildSettings]
  throw new UserError('guild/setting', undefined, { hint })
}

/** What is expected of settings that are typed. */
const hints: Partial<Record<keyof GuildSettings, string>> = {
  blockedWords: `Blocked words are at most ${limits.maxBlockedWords} words or phrases of up to ${limits.maxBlockedWordCharacters} characters, one in each line; a * at the end stands for any ending.`,
  roles:
    'Write whole numbers: 1 to 10000 pictures per hour, 1 to 1000 at once, 1 to 8192 pixels; empty is no limit. At most 25 roles can have a budget.',
  coolDownSeconds: 'The cool-down is a whole number of seconds from 0 to 86400.',
  channels: 'Choose at most 25 channels.',
}

/** The roles with this one's budget changed; a budget without limits is none. */
export function withRoleBudget(roles: readonly RoleBudget[], budget: RoleBudget): RoleBudget[] {
  const { picturesPerHour, concurrent, maxSide } = budget
  const isNone = picturesPerHour === null && concurrent === null && maxSide === null
  return [...roles.filter(({ role }) => role !== budget.role), ...(isNone ? [] : [budget])]
}

/** What differs and how it is now, in words for the audit, with Discord's mentions. Blocked words are only counted. */
export function describeChange(before: GuildSettings, after: GuildSettings): string {
  const names = Object.keys(inWords) as (keyof GuildSettings)[] // of a literal type
  return names
    .filter(name => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map(name => inWords[name](after))
    .join('; ')
}

const inWords: Readonly<Record<keyof GuildSettings, (settings: GuildSettings) => string>> = {
  channels: ({ channels }) =>
    channels.length ? `paints in ${channels.map(channel => `<#${channel}>`).join(', ')}` : 'paints in all channels',
  ageRestrictedOnly: ({ ageRestrictedOnly: only }) => `age-restricted channels only: ${only ? 'yes' : 'no'}`,
  roles: ({ roles }) => {
    const each = roles.map(({ role, picturesPerHour, concurrent, maxSide }) => {
      return `<@&${role}> ${picturesPerHour ?? '∞'} per hour, ${concurrent ?? '∞'} at once, ${maxSide ?? '∞'} pixels`
    })
    return `budgets of roles: ${each.length ? each.join(' / ') : 'none'}`
  },
  coolDownSeconds: ({ coolDownSeconds }) => `cool-down: ${coolDownSeconds} s`,
  blockedWords: ({ blockedWords }) => `blocked words: ${blockedWords.length}`,
  needsImageCheck: ({ needsImageCheck: needs }) => `image check needed: ${needs ? 'yes' : 'no'}`,
  spoiler: ({ spoiler }) => `spoilers: ${spoiler}`,
  defaultSize: ({ defaultSize }) => `default size: ${defaultSize ?? "the model's"}`,
  defaultStyle: ({ defaultStyle }) => `default style: ${defaultStyle ?? 'none'}`,
  logChannel: ({ logChannel }) => `log channel: ${logChannel === null ? 'none' : `<#${logChannel}>`}`,
}
