import {
  type APIComponentInContainer,
  ButtonStyle,
  ChannelType,
  ComponentType,
  SelectMenuDefaultValueType,
} from 'discord.js'
import { type Language, languageNames, languages } from '../../language/languages.ts'
import type { GuildSettings, GuildSettingsChange, RoleBudget, Style } from '../../studio/studio.ts'
import { pictureSize } from '../text/figures.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'
import { accents } from './accents.ts'
import { writeButtonId } from './buttonId.ts'
import { type MenuOption, menuRow } from './menuRow.ts'
import { createMessage, type Message } from './message.ts'

/** What stands in chat about a server's settings: an overview, and a page for each part with what changes it. */

export const settingsPages = ['home', 'where', 'budgets', 'content', 'look', 'language', 'log'] as const
export type SettingsPage = (typeof settingsPages)[number]

/** What the pages show beside the settings. */
export interface SettingsContext {
  readonly t: Translate
  /** The server's name. */
  readonly server: string
  readonly sizes: readonly { readonly name: string; readonly value: string }[]
  /** Styles that everybody there may use. */
  readonly styles: readonly Pick<Style, 'id' | 'name'>[]
  /** Whether the studio looks at finished pictures before anybody sees them. */
  readonly isChecked: boolean
  /** That of the server in Discord. */
  readonly serverLanguage: Language
  /** What went wrong with the last change. */
  readonly problem?: string
}

/** One page, with what changes it and the way to the others: at most three rows. */
export function settingsMessage(page: SettingsPage, settings: GuildSettings, context: SettingsContext): Message {
  const { t, server, problem } = context
  const lines =
    page === 'home' ? settingsPages.flatMap(one => linesOf[one](settings, context)) : linesOf[page](settings, context)
  const content = [
    t('settings.title', { server: escapeMarkdown(server, 80) }),
    ...lines,
    ...(problem ? [`⚠️ ${problem}`] : []),
  ]
  return createMessage(content.join('\n'), {
    accent: problem ? accents.refused : accents.house,
    rows: [...controlsOf[page](settings, context), pageMenu(t, page)],
    footer: footerOf[page](context),
  })
}

const linesOf: Record<SettingsPage, (settings: GuildSettings, context: SettingsContext) => string[]> = {
  home: () => [],
  where({ channels, ageRestrictedOnly }, { t }) {
    const named = channelsText(t, channels)
    return [t('settings.where', { channels: ageRestrictedOnly ? `${named}, ${t('settings.ageRestricted')}` : named })]
  },
  budgets({ roles, coolDownSeconds }, { t }) {
    const each = roles.map(budget => roleText(t, budget))
    const parts = [...(each.length ? each : [t('settings.noBudgets')]), coolDownText(t, coolDownSeconds)]
    return [t('settings.budgets', { roles: parts.join(' · ') })]
  },
  content({ blockedWords, needsImageCheck, spoiler }, { t }) {
    const count = blockedWords.length
    const words = count ? t('settings.blockedWords', { count }) : t('settings.noBlockedWords')
    return [
      t('settings.content', { content: [words, checkText(t, needsImageCheck), t(`spoiler.${spoiler}`)].join(' · ') }),
    ]
  },
  look({ defaultSize, defaultStyle }, { t, styles }) {
    const size = defaultSize === null ? t('settings.modelSize') : pictureSize(t, defaultSize)
    const style = styles.find(({ id }) => id === defaultStyle)
    const missing = defaultStyle === null ? t('settings.noStyle') : t('settings.missingStyle')
    return [t('settings.look', { size, style: style ? `**${escapeMarkdown(style.name, 80)}**` : missing })]
  },
  language({ language }, { t, serverLanguage }) {
    const ofServer = t('settings.serverLanguage', { language: languageNames[serverLanguage] })
    return [t('settings.language', { language: language === null ? ofServer : languageNames[language] })]
  },
  log: ({ logChannel }, { t }) => [
    t('settings.log', { channel: logChannel === null ? t('settings.noLog') : channelMention(logChannel) }),
  ],
}

const channelMention = (id: string) => `<#${id}>`

function channelsText(t: Translate, channels: readonly string[]): string {
  return channels.length ? channels.map(channelMention).join(', ') : t('settings.everywhere')
}

function roleText(t: Translate, { role, picturesPerHour, concurrent, maxSide }: RoleBudget): string {
  const limits = [
    ...(picturesPerHour === null ? [] : [t('settings.perHour', { count: picturesPerHour })]),
    ...(concurrent === null ? [] : [t('settings.concurrent', { count: concurrent })]),
    ...(maxSide === null ? [] : [t('settings.maxSide', { pixels: maxSide })]),
  ]
  return t('settings.role', { role: `<@&${role}>`, limits: limits.join(', ') })
}

const ageText = (t: Translate, only: boolean) => t(only ? 'button.age.on' : 'button.age.off')
const checkText = (t: Translate, needs: boolean) => t(needs ? 'button.check.on' : 'button.check.off')
const coolDownText = (t: Translate, seconds: number) =>
  seconds ? t('button.coolDown', { seconds }) : t('button.noCoolDown')

/** Settings that were changed, as they are since then. */
export function changeText(t: Translate, change: GuildSettingsChange): string {
  const { channels, ageRestrictedOnly, roles, coolDownSeconds, blockedWords, needsImageCheck, spoiler } = change
  const { defaultSize, defaultStyle, language, logChannel } = change
  return [
    ...(channels ? [t('audit.change.channels', { channels: channelsText(t, channels) })] : []),
    ...(ageRestrictedOnly === undefined ? [] : [ageText(t, ageRestrictedOnly)]),
    ...(roles ? [budgetsText(t, roles)] : []),
    ...(coolDownSeconds === undefined ? [] : [coolDownText(t, coolDownSeconds)]),
    ...(blockedWords === undefined ? [] : [t('button.blockedWords', { count: blockedWords })]),
    ...(needsImageCheck === undefined ? [] : [checkText(t, needsImageCheck)]),
    ...(spoiler ? [t(`spoiler.${spoiler}`)] : []),
    ...(defaultSize === undefined
      ? []
      : [defaultSize === null ? t('settings.modelSize') : pictureSize(t, defaultSize)]),
    ...(defaultStyle === undefined ? [] : [t(defaultStyle === null ? 'settings.noStyle' : 'settings.someStyle')]),
    ...(language === undefined ? [] : [languageText(t, language)]),
    ...(logChannel === undefined ? [] : [logText(t, logChannel)]),
  ].join('; ')
}

function budgetsText(t: Translate, roles: readonly RoleBudget[]): string {
  const each = roles.map(budget => roleText(t, budget))
  return each.length ? each.join(' / ') : t('audit.change.noBudgets')
}
const languageText = (t: Translate, language: Language | null) =>
  language === null ? t('audit.change.serverLanguage') : languageNames[language]
const logText = (t: Translate, channel: string | null) =>
  channel === null ? t('audit.change.noLog') : t('audit.change.log', { channel: channelMention(channel) })

const footerOf: Record<SettingsPage, (context: SettingsContext) => string[]> = {
  home: () => [],
  where: () => [],
  budgets: ({ t }) => [t('settings.severalRoles')],
  content: ({ t, isChecked }) => [
    t('settings.studioBlockedWords'),
    t(isChecked ? 'settings.checked' : 'settings.unchecked'),
  ],
  look: ({ t }) => [t('settings.ownFirst')],
  language: ({ t }) => [t('settings.privateLanguage')],
  log: ({ t }) => [t('settings.logHint')],
}

type Row = APIComponentInContainer
const controlsOf: Record<SettingsPage, (settings: GuildSettings, context: SettingsContext) => Row[]> = {
  home: () => [],
  where: ({ channels, ageRestrictedOnly }, { t }) => [
    row({
      ...{ type: ComponentType.ChannelSelect as const, custom_id: settingId('channels') },
      ...{ placeholder: t('menu.channels'), channel_types: textChannels, min_values: 0, max_values: 25 },
      default_values: channels.map(channelValue),
    }),
    row(button('toggle', 'age', ageText(t, ageRestrictedOnly))),
  ],
  budgets: ({ coolDownSeconds }, { t }) => [
    row({
      type: ComponentType.RoleSelect as const,
      custom_id: writeButtonId({ action: 'budget', of: 'role' }),
      placeholder: t('menu.role'),
    }),
    row(button('setting', 'cooldown', coolDownText(t, coolDownSeconds))),
  ],
  content: ({ blockedWords, needsImageCheck, spoiler }, { t }) => [
    row(
      button('setting', 'blockedWords', t('button.blockedWords', { count: blockedWords.length })),
      button('toggle', 'check', checkText(t, needsImageCheck)),
    ),
    stringMenu(
      'spoiler',
      '',
      spoilerRules.map(value => ({ value, label: t(`spoiler.${value}`), default: value === spoiler })),
    ),
  ],
  look: ({ defaultSize, defaultStyle }, { t, sizes, styles }) => [
    stringMenu('size', t('menu.size'), [
      { value: none, label: t('menu.modelSize'), default: defaultSize === null },
      ...sizes.map(({ name, value }) => ({ value, label: name, default: value === defaultSize })),
    ]),
    stringMenu('style', t('menu.style'), [
      { value: none, label: t('menu.noStyle'), default: defaultStyle === null },
      ...styles
        .slice(0, 24)
        .map(({ id, name }) => ({ value: id, label: truncate(name, 100), default: id === defaultStyle })),
    ]),
  ],
  language: ({ language }, { t, serverLanguage }) => [
    stringMenu('language', t('menu.language'), [
      {
        ...{ value: none, default: language === null },
        label: t('menu.serverLanguage', { language: languageNames[serverLanguage] }),
      },
      ...languages.map(value => ({ value, label: languageNames[value], default: value === language })),
    ]),
  ],
  log: ({ logChannel }, { t }) => [
    row({
      ...{ type: ComponentType.ChannelSelect as const, custom_id: settingId('log'), placeholder: t('menu.log') },
      ...{ channel_types: textChannels, min_values: 0, max_values: 1 },
      default_values: logChannel === null ? [] : [channelValue(logChannel)],
    }),
  ],
}

/** Of a menu: nothing of it. */
export const none = 'none'
export const spoilerRules = ['never', 'unlessAgeRestricted', 'always'] as const satisfies GuildSettings['spoiler'][]
const textChannels = [
  ChannelType.GuildText as const,
  ChannelType.GuildAnnouncement as const,
  ChannelType.GuildForum as const,
]

const channelValue = (id: string) => ({ id, type: SelectMenuDefaultValueType.Channel as const })
const settingId = (of: string) => writeButtonId({ action: 'settings', of })

function pageMenu(t: Translate, current: SettingsPage): Row {
  const options = settingsPages.map(value => ({
    ...{ value, label: t(`settings.${value}.label`), description: t(`settings.${value}.description`) },
    default: value === current,
  }))
  return stringMenu('page', t('settings.menu'), options)
}

const stringMenu = (of: string, placeholder: string, options: readonly MenuOption[]) =>
  menuRow({ action: 'settings', of }, placeholder, options)

function button(action: 'toggle' | 'setting', of: string, label: string) {
  return {
    ...{ type: ComponentType.Button as const, style: ButtonStyle.Secondary as const, label },
    custom_id: writeButtonId({ action, of }),
  }
}

type RowComponents = Extract<Row, { type: ComponentType.ActionRow }>['components']
function row(...components: RowComponents): Row {
  return { type: ComponentType.ActionRow, components }
}
