import { z } from 'zod'
import { languages } from '../../language/languages.ts'
import { type ErrorCode, UserError } from '../../protocol/errors.ts'
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
  /** Of what everybody there reads; null: as the server has it in Discord. */
  language: z.enum(languages).nullable(),
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
  language: null,
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
  throw new UserError(errorCodes[error.issues[0]?.path[0] as keyof GuildSettings] ?? 'guild/setting')
}

/** What is said of settings that are typed. */
const errorCodes: Partial<Record<keyof GuildSettings, ErrorCode>> = {
  blockedWords: 'guild/setting-words',
  roles: 'guild/setting-budget',
  coolDownSeconds: 'guild/setting-cool-down',
  channels: 'guild/setting-channels',
}

/** The roles with this one's budget changed; a budget without limits is none. */
export function withRoleBudget(roles: readonly RoleBudget[], budget: RoleBudget): RoleBudget[] {
  const { picturesPerHour, concurrent, maxSide } = budget
  const isNone = picturesPerHour === null && concurrent === null && maxSide === null
  return [...roles.filter(({ role }) => role !== budget.role), ...(isNone ? [] : [budget])]
}

/** What differs, as it is now; blocked words are only counted. Empty if nothing does. */
export function changesOf(before: GuildSettings, after: GuildSettings): GuildSettingsChange {
  const names = Object.keys(after) as (keyof GuildSettings)[] // what the schema has
  const changed = names.filter(name => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
  return Object.fromEntries(changed.map(name => [name, name === 'blockedWords' ? after[name].length : after[name]]))
}

/** Settings that were changed, as the audit has them. */
export type GuildSettingsChange = z.infer<typeof changeSchema>

/** A change out of a row of the audit; null if an older program has written it in words. */
export function parseChange(detail: string): GuildSettingsChange | null {
  try {
    const { data } = changeSchema.safeParse(JSON.parse(detail))
    return data ?? null
  } catch {
    return null
  }
}
const changeSchema = schema.omit({ blockedWords: true }).extend({ blockedWords: z.int() }).partial()
