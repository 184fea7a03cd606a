import {
  type APIComponentInContainer,
  ButtonStyle,
  ChannelType,
  ComponentType,
  SelectMenuDefaultValueType,
} from 'discord.js'
import type { GuildSettings, RoleBudget, Style } from '../../studio/studio.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'
import { settingsStrings as said } from '../text/settingsStrings.ts'
import { accents } from './accents.ts'
import { writeButtonId } from './buttonId.ts'
import { type MenuOption, menuRow } from './menuRow.ts'
import { createMessage, type Message } from './message.ts'

/** What stands in chat about a server's settings: an overview, and a page for each part with what changes it. */

export const settingsPages = ['home', 'where', 'budgets', 'words', 'look', 'log'] as const
export type SettingsPage = (typeof settingsPages)[number]

/** What the pages show beside the settings. */
export interface SettingsContext {
  /** The server's name. */
  readonly server: string
  readonly sizes: readonly { readonly name: string; readonly value: string }[]
  /** Styles that everybody there may use. */
  readonly styles: readonly Pick<Style, 'id' | 'name'>[]
  /** Whether the studio looks at finished pictures before anybody sees them. */
  readonly isChecked: boolean
  /** What went wrong with the last change. */
  readonly problem?: string
}

/** One page, with what changes it and the way to the others: at most three rows. */
export function settingsMessage(page: SettingsPage, settings: GuildSettings, context: SettingsContext): Message {
  const lines =
    page === 'home' ? settingsPages.flatMap(one => linesOf[one](settings, context)) : linesOf[page](settings, context)
  const content = [
    said.title(escapeMarkdown(context.server, 80)),
    ...lines,
    ...(context.problem ? [`⚠️ ${context.problem}`] : []),
  ]
  return createMessage(content.join('\n'), {
    accent: context.problem ? accents.refused : accents.house,
    rows: [...controlsOf[page](settings, context), pageMenu(page)],
    footer: footerOf[page](context),
  })
}

const linesOf: Record<SettingsPage, (settings: GuildSettings, context: SettingsContext) => string[]> = {
  home: () => [],
  where({ channels, ageRestrictedOnly }) {
    const named = channels.length ? channels.map(id => `<#${id}>`).join(', ') : said.everywhere
    return [said.where(ageRestrictedOnly ? `${named}, ${said.ageRestricted}` : named)]
  },
  budgets({ roles, coolDownSeconds }) {
    const each = roles.map(role => said.role(role.role, budgetText(role)))
    return [said.budgets([...(each.length ? each : [said.noBudgets]), said.coolDown(coolDownSeconds)].join(' · '))]
  },
  words: ({ blockedWords, needsImageCheck, spoiler }) => [
    [said.words(blockedWords.length), said.check(needsImageCheck), said.spoilers[spoiler]].join(' · '),
  ],
  look({ defaultSize, defaultStyle }, { styles }) {
    const size = defaultSize?.replace('x', ' × ') ?? said.modelSize
    const style = styles.find(({ id }) => id === defaultStyle)
    const styleText = style ? `**${escapeMarkdown(style.name, 80)}**` : defaultStyle ? said.missingStyle : said.noStyle
    return [said.look(size, styleText)]
  },
  log: ({ logChannel }) => [said.log(logChannel ? `<#${logChannel}>` : said.noLog)],
}

function budgetText({ picturesPerHour, concurrent, maxSide }: RoleBudget): string {
  return [
    ...(picturesPerHour === null ? [] : [said.perHour(picturesPerHour)]),
    ...(concurrent === null ? [] : [said.concurrent(concurrent)]),
    ...(maxSide === null ? [] : [said.maxSide(maxSide)]),
  ].join(', ')
}

const footerOf: Record<SettingsPage, (context: SettingsContext) => string[]> = {
  home: () => [],
  where: () => [],
  budgets: () => [said.severalRoles],
  words: ({ isChecked }) => [said.studioWords, said.checks(isChecked)],
  look: () => [said.ownFirst],
  log: () => [said.logHint],
}

type Row = APIComponentInContainer
const controlsOf: Record<SettingsPage, (settings: GuildSettings, context: SettingsContext) => Row[]> = {
  home: () => [],
  where: ({ channels, ageRestrictedOnly }) => [
    row({
      ...{
        type: ComponentType.ChannelSelect as const,
        custom_id: settingId('channels'),
        placeholder: said.chooseChannels,
      },
      ...{ channel_types: textChannels, min_values: 0, max_values: 25, default_values: channels.map(channelValue) },
    }),
    row(button('toggle', 'age', said.age(ageRestrictedOnly))),
  ],
  budgets: ({ coolDownSeconds }) => [
    row({
      type: ComponentType.RoleSelect as const,
      custom_id: writeButtonId({ action: 'budget', of: 'role' }),
      placeholder: said.chooseRole,
    }),
    row(button('setting', 'cooldown', said.coolDown(coolDownSeconds))),
  ],
  words: ({ blockedWords, needsImageCheck, spoiler }) => [
    row(
      button('setting', 'words', said.wordsButton(blockedWords.length)),
      button('toggle', 'check', said.check(needsImageCheck)),
    ),
    stringMenu(
      'spoiler',
      '',
      spoilerRules.map(value => ({ value, label: said.spoilers[value], default: value === spoiler })),
    ),
  ],
  look: ({ defaultSize, defaultStyle }, { sizes, styles }) => [
    stringMenu('size', said.chooseSize, [
      { value: none, label: capital(said.modelSize), default: defaultSize === null },
      ...sizes.map(({ name, value }) => ({ value, label: name, default: value === defaultSize })),
    ]),
    stringMenu('style', said.chooseStyle, [
      { value: none, label: capital(said.noStyle), default: defaultStyle === null },
      ...styles
        .slice(0, 24)
        .map(({ id, name }) => ({ value: id, label: truncate(name, 100), default: id === defaultStyle })),
    ]),
  ],
  log: ({ logChannel }) => [
    row({
      ...{ type: ComponentType.ChannelSelect as const, custom_id: settingId('log'), placeholder: said.chooseLog },
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
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function pageMenu(current: SettingsPage): Row {
  const options = settingsPages.map(value => ({ value, ...said.pages[value], default: value === current }))
  return stringMenu('page', said.choosePage, options)
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
