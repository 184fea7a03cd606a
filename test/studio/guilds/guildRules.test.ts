import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../../protocol/errors.ts'
import { budgetOf, guildLimits, ruleError } from '../../../studio/guilds/guildRules.ts'
import {
  changeGuildSettings,
  changesOf,
  defaultGuildSettings,
  type GuildSettings,
  parseChange,
  parseGuildSettings,
  type RoleBudget,
  withRoleBudget,
} from '../../../studio/guilds/guildSettings.ts'
import type { PersonId } from '../../../studio/studio.ts'

const settings = (change: Partial<GuildSettings> = {}) => changeGuildSettings(defaultGuildSettings, change)
const role = (id: string, budget: Partial<RoleBudget> = {}): RoleBudget => ({
  ...{ role: id, picturesPerHour: null, concurrent: null, maxSide: null, ...budget },
})
const place = { channels: ['7'], roles: ['1'], isAgeRestricted: false }
const request = { width: 128, height: 96, isChecked: false }
const codeOf = (change: Partial<GuildSettings>, where = {}, asked = {}) =>
  ruleError(settings(change), { ...place, ...where }, { ...request, ...asked })?.code ?? null

describe('settings', () => {
  it('that nobody has changed refuse nothing', () => expect(codeOf({})).toBeNull())

  it('that an older program has written get the defaults of what it did not know', () => {
    expect(parseGuildSettings({ coolDownSeconds: 5 })).toEqual({ ...defaultGuildSettings, coolDownSeconds: 5 })
  })

  it.each<[string, ErrorCode, object]>([
    ['a regular expression of a stranger', 'guild/setting-words', { blockedWords: ['/(a+)+$/'] }],
    ['an entry that would block everything', 'guild/setting-words', { blockedWords: ['***'] }],
    ['a channel that is none', 'guild/setting-channels', { channels: ['general'] }],
    ['26 channels', 'guild/setting-channels', { channels: Array.from({ length: 26 }, (_, index) => String(index)) }],
    ['no pictures at all', 'guild/setting-budget', { roles: [role('1', { picturesPerHour: 0 })] }],
    ['half a picture', 'guild/setting-budget', { roles: [role('1', { picturesPerHour: 0.5 })] }],
    ['a negative cool-down', 'guild/setting-cool-down', { coolDownSeconds: -1 }],
    ['a size without a height', 'guild/setting', { defaultSize: '128' }],
    ['a language that is not spoken', 'guild/setting', { language: 'tlh' }],
  ])('refuse %s', (_what, code, change) => {
    expect(() => settings(change as Partial<GuildSettings>)).toThrow(expect.objectContaining({ code }))
  })

  it('say what was changed, and of blocked words only how many', () => {
    const after = settings({ coolDownSeconds: 30, blockedWords: ['blood'] })
    const changes = changesOf(defaultGuildSettings, after)
    expect(changes).toEqual({ coolDownSeconds: 30, blockedWords: 1 })
    expect(parseChange(JSON.stringify(changes))).toEqual(changes)
    expect(parseChange('cool-down: 30 s')).toBeNull()
  })

  it('forget a role whose budget has no limits', () => {
    const one = withRoleBudget([], role('1', { concurrent: 2 }))
    expect(withRoleBudget(one, role('1', { concurrent: 3 }))).toEqual([role('1', { concurrent: 3 })])
    expect(withRoleBudget(one, role('1'))).toEqual([])
  })
})

describe('a request', () => {
  it('is refused in other channels, and accepted in threads of those that are named', () => {
    expect(codeOf({ channels: ['8'] })).toBe('guild/channel')
    expect(codeOf({ channels: ['8'] }, { channels: ['9', '8'] })).toBeNull()
  })
  it('is refused outside age-restricted channels where only these are painted in', () => {
    expect(codeOf({ ageRestrictedOnly: true })).toBe('guild/age-restricted')
    expect(codeOf({ ageRestrictedOnly: true }, { isAgeRestricted: true })).toBeNull()
  })
  it('is refused without an image check where one is wanted', () => {
    expect(codeOf({ needsImageCheck: true })).toBe('guild/image-check')
    expect(codeOf({ needsImageCheck: true }, {}, { isChecked: true })).toBeNull()
  })
  it('is refused when it is larger than all of its roles allow', () => {
    const roles = [role('1', { maxSide: 64 }), role('2', { maxSide: 128 })]
    expect(codeOf({ roles })).toBe('guild/size')
    expect(codeOf({ roles }, { roles: ['1', '2'] })).toBeNull()
  })
})

describe('budgets of roles', () => {
  const roles = [role('1', { picturesPerHour: 4, concurrent: 1 }), role('2', { picturesPerHour: 9 })]
  it('are the most generous of each, and none where one of the roles has none', () => {
    expect(budgetOf({ roles }, ['1', '2'])).toEqual({ picturesPerHour: 9, concurrent: null, maxSide: null })
    expect(budgetOf({ roles }, ['1', '3'])).toEqual({ picturesPerHour: 4, concurrent: 1, maxSide: null })
    expect(budgetOf({ roles }, [])).toEqual({ picturesPerHour: null, concurrent: null, maxSide: null })
  })
  it('count pictures, and the cool-down once for a request', () => {
    const of = (index: number) =>
      guildLimits(settings({ roles, coolDownSeconds: 60 }), {
        ...{ guild: '5', by: 'ada' as PersonId, roles: ['1'], index },
      }).map(({ key, allowance }) => [key, allowance.atOnce, allowance.perSecond])
    const each = [
      ['guildPictures:5:ada', 4, 4 / 3600],
      ['guildConcurrent:5:ada', 1, undefined],
    ]
    expect(of(0)).toEqual([...each, ['guildCoolDown:5:ada', 1, 1 / 60]])
    expect(of(1)).toEqual(each)
  })
})
