import { type APIComponentInContainer, ButtonStyle, ComponentType } from 'discord.js'
import type { DataSummary, Picture, Style } from '../../studio/studio.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'
import { personalStrings } from '../text/personalStrings.ts'
import { accents } from './accents.ts'
import { type ButtonAction, writeButtonId } from './buttonId.ts'
import { menuRow } from './menuRow.ts'
import { type Attached, createMessage, type Message } from './message.ts'
import { linkRow } from './roomReplies.ts'
import { styleList } from './styleReplies.ts'

const { me: said } = personalStrings

/** What stands in chat about a person, for themselves alone: `/me`, a page for each part. */

export const personalPages = ['pictures', 'styles', 'defaults', 'data'] as const
export type PersonalPage = (typeof personalPages)[number]

/** Pictures on one page. */
export const picturesOnPage = 6

/** Their finished pictures from `offset` on, newest first. */
export interface PicturesPage {
  readonly name: string
  readonly pictures: readonly { readonly picture: Picture; readonly png: Uint8Array }[]
  readonly offset: number
  readonly total: number
}

export function picturesMessage({ name, pictures, offset, total }: PicturesPage): Message {
  const shown = pictures.map(({ picture: { recipe }, png }, index): Attached => {
    const description = truncate(said.picture(recipe.prompt), 1000)
    return { name: `${offset + index + 1}-${recipe.seed}.png`, bytes: png, contentType: 'image/png', description }
  })
  const prompts = pictures.map(
    ({ picture: { recipe } }, index) => `${offset + index + 1}. ${escapeMarkdown(recipe.prompt, 34)}`,
  )
  const turn = (label: string, to: number) => button('mine', String(to), label)
  const turns = [
    ...(offset > 0 ? [turn(said.newer, Math.max(0, offset - picturesOnPage))] : []),
    ...(offset + picturesOnPage < total ? [turn(said.older, offset + picturesOnPage)] : []),
  ]
  return createMessage(
    [said.title(escapeMarkdown(name, 80)), ...(shown.length ? prompts : [said.noPictures])].join('\n'),
    {
      accent: accents.house,
      galleries: shown.length ? [{ pictures: shown }] : [],
      rows: [...(turns.length ? [row(...turns)] : []), pageMenu('pictures')],
      footer: shown.length ? [said.pictures(offset + 1, offset + shown.length, total)] : [],
    },
  )
}

export function stylesMessage(name: string, styles: readonly Style[], guild?: string): Message {
  const content = `${said.title(escapeMarkdown(name, 80))}\n${styleList(styles, guild)}`
  return createMessage(content, { accent: accents.house, rows: [pageMenu('styles')] })
}

/** What is painted when nothing is named, and what there is to choose from. */
export interface Defaults {
  readonly size: string | null
  readonly style: string | null
  readonly sizes: readonly { readonly name: string; readonly value: string }[]
  readonly styles: readonly Pick<Style, 'id' | 'name'>[]
}

/** Of a menu: nothing of it. */
export const none = 'none'

export function defaultsMessage(name: string, { size, style, sizes, styles }: Defaults): Message {
  const named = styles.find(({ id }) => id === style)
  const content = [
    said.title(escapeMarkdown(name, 80)),
    said.size(size?.replace('x', ' × ') ?? said.modelSize),
    said.style(named ? `**${escapeMarkdown(named.name, 80)}**` : said.noStyle),
  ]
  return createMessage(content.join('\n'), {
    accent: accents.house,
    rows: [
      menuRow({ action: 'me', of: 'size' }, said.chooseSize, [
        { value: none, label: said.modelSize, default: size === null },
        ...sizes.map(one => ({ value: one.value, label: one.name, default: one.value === size })),
      ]),
      menuRow({ action: 'me', of: 'style' }, said.chooseStyle, [
        { value: none, label: said.noStyle, default: !named },
        ...styles.map(one => ({ value: one.id, label: truncate(one.name, 100), default: one.id === style })),
      ]),
      pageMenu('defaults'),
    ],
    footer: [said.defaultsNote],
  })
}

export function dataMessage(name: string, { pictures, styles, rooms, bytes, since }: DataSummary): Message {
  const stored = {
    pictures,
    styles,
    rooms,
    megabytes: (bytes / 1e6).toFixed(1),
    since: since.toISOString().slice(0, 10),
  }
  const content = [said.title(escapeMarkdown(name, 80)), said.stored(stored), ...said.what.map(line => `- ${line}`)]
  return createMessage(content.join('\n'), {
    accent: accents.house,
    rows: [row(button('export', 'me', said.export), button('eraseme', 'me', said.erase, 'danger')), pageMenu('data')],
    footer: [said.notStored],
  })
}

/** Asks once more before everything goes. */
export function eraseConfirmation(): Message {
  return createMessage(said.confirm, {
    accent: accents.danger,
    rows: [row(button('eraseall', 'me', said.eraseForGood, 'danger'), button('keep', 'me', said.keep))],
  })
}

export function exportMessage(url: string): Message {
  return createMessage(said.exported, { accent: accents.good, rows: [linkRow(said.download, url)] })
}

/** Where there is no address that a link could lead to. */
export function exportFileMessage(zip: Uint8Array): Message {
  const download = {
    name: 'fourstroke.zip',
    bytes: zip,
    contentType: 'application/zip',
    description: said.exportedFile,
  }
  return createMessage(said.exportedFile, { accent: accents.good, download })
}

function pageMenu(current: PersonalPage): APIComponentInContainer {
  const options = personalPages.map(value => ({ value, ...said.pages[value], default: value === current }))
  return menuRow({ action: 'me', of: 'page' }, said.choosePage, options)
}

function button(action: ButtonAction, of: string, label: string, kind: 'plain' | 'danger' = 'plain') {
  const style = kind === 'danger' ? ButtonStyle.Danger : ButtonStyle.Secondary
  const type = ComponentType.Button as const
  return {
    type,
    style: style as ButtonStyle.Danger | ButtonStyle.Secondary,
    label,
    custom_id: writeButtonId({ action, of }),
  }
}

function row(...components: ReturnType<typeof button>[]) {
  return { type: ComponentType.ActionRow as const, components }
}
