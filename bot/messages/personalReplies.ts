import { type APIComponentInContainer, ButtonStyle, ComponentType } from 'discord.js'
import type { DataSummary, Picture, Style } from '../../studio/studio.ts'
import { byteSize, pictureSize, timestamp } from '../text/figures.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'
import { accents } from './accents.ts'
import { type ButtonAction, writeButtonId } from './buttonId.ts'
import { menuRow } from './menuRow.ts'
import { type Attached, createMessage, type Message } from './message.ts'
import { linkRow } from './roomReplies.ts'
import { styleList } from './styleReplies.ts'

/** What stands in chat about a person, for themselves alone: `/me`, a page for each part. */

export const personalPages = ['pictures', 'favorites', 'styles', 'defaults', 'data'] as const
export type PersonalPage = (typeof personalPages)[number]

/** Pictures on one page. */
export const picturesOnPage = 6

/** Which of their pictures: all that they painted, or their favourites. */
export type PictureList = 'pictures' | 'favorites'

/** Where a page of them begins, as the id of a button holds it. */
export const writeOffset = (list: PictureList, offset: number): string => `${list}-${offset}`
export function readOffset(of: string): { list: PictureList; offset: number } {
  // Buttons of before there were favourites hold a number alone.
  const [, list = 'pictures', offset = '0'] = /^(?:(favorites|pictures)-)?(\d{1,6})$/.exec(of) ?? []
  return { list: list === 'favorites' ? list : 'pictures', offset: Number(offset) }
}

/** Finished pictures from `offset` on, newest first. */
export interface PicturesPage {
  readonly list: PictureList
  readonly name: string
  readonly pictures: readonly { readonly picture: Picture; readonly png: Uint8Array }[]
  readonly offset: number
  readonly total: number
}

export function picturesMessage(t: Translate, { list, name, pictures, offset, total }: PicturesPage): Message {
  const shown = pictures.map(({ picture: { recipe }, png }, index): Attached => {
    const description = truncate(t('picture.alt', { prompt: recipe.prompt }), 1000)
    return { name: `${offset + index + 1}-${recipe.seed}.png`, bytes: png, contentType: 'image/png', description }
  })
  const prompts = pictures.map(
    ({ picture: { recipe } }, index) => `${offset + index + 1}. ${escapeMarkdown(recipe.prompt, 34)}`,
  )
  const turn = (label: string, to: number) => button('mine', writeOffset(list, to), label)
  const turns = [
    ...(offset > 0 ? [turn(t('button.newer'), Math.max(0, offset - picturesOnPage))] : []),
    ...(offset + picturesOnPage < total ? [turn(t('button.older'), offset + picturesOnPage)] : []),
  ]
  return createMessage(
    [title(t, name), ...(shown.length ? prompts : [t(list === 'favorites' ? 'me.noFavorites' : 'me.noPictures')])].join(
      '\n',
    ),
    {
      accent: accents.house,
      galleries: shown.length ? [{ pictures: shown }] : [],
      rows: [...(turns.length ? [row(...turns)] : []), pageMenu(t, list)],
      footer: shown.length ? [t('me.shown', { first: offset + 1, last: offset + shown.length, total })] : [],
    },
  )
}

export function stylesMessage(t: Translate, name: string, styles: readonly Style[], guild?: string): Message {
  const content = `${title(t, name)}\n${styleList(t, styles, guild)}`
  return createMessage(content, { accent: accents.house, rows: [pageMenu(t, 'styles')] })
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

export function defaultsMessage(t: Translate, name: string, { size, style, sizes, styles }: Defaults): Message {
  const named = styles.find(({ id }) => id === style)
  const content = [
    title(t, name),
    t('me.size', { size: size === null ? t('settings.modelSize') : pictureSize(t, size) }),
    t('me.style', { style: named ? `**${escapeMarkdown(named.name, 80)}**` : t('settings.noStyle') }),
  ]
  return createMessage(content.join('\n'), {
    accent: accents.house,
    rows: [
      menuRow({ action: 'me', of: 'size' }, t('menu.mySize'), [
        { value: none, label: t('menu.modelSize'), default: size === null },
        ...sizes.map(one => ({ value: one.value, label: one.name, default: one.value === size })),
      ]),
      menuRow({ action: 'me', of: 'style' }, t('menu.myStyle'), [
        { value: none, label: t('menu.noStyle'), default: !named },
        ...styles.map(one => ({ value: one.id, label: truncate(one.name, 100), default: one.id === style })),
      ]),
      pageMenu(t, 'defaults'),
    ],
    footer: [t('me.defaultsNote')],
  })
}

export function dataMessage(t: Translate, name: string, summary: DataSummary): Message {
  const { pictures, styles, rooms, bytes, since } = summary
  const figures = { pictures, styles, rooms, size: byteSize(t, bytes), since: timestamp(since, 'D') }
  const kinds = ['person', 'pictures', 'styles', 'audit'] as const
  const content = [title(t, name), t('me.stored', figures), ...kinds.map(kind => `- ${t(`me.stored.${kind}`)}`)]
  return createMessage(content.join('\n'), {
    accent: accents.house,
    rows: [
      row(button('export', 'me', t('button.export')), button('eraseme', 'me', t('button.eraseme'), 'danger')),
      pageMenu(t, 'data'),
    ],
    footer: [t('me.notStored')],
  })
}

/** Asks once more before everything goes. */
export function eraseConfirmation(t: Translate): Message {
  return createMessage(t('me.confirm'), {
    accent: accents.danger,
    rows: [row(button('eraseall', 'me', t('button.forget'), 'danger'), button('keep', 'me', t('button.keep')))],
  })
}

export function exportMessage(t: Translate, url: string): Message {
  return createMessage(t('me.exported'), { accent: accents.good, rows: [linkRow(t('button.download'), url)] })
}

/** Where there is no address that a link could lead to. */
export function exportFileMessage(t: Translate, zip: Uint8Array): Message {
  const description = t('me.exportedFile')
  const download = { name: 'fourstroke.zip', bytes: zip, contentType: 'application/zip', description }
  return createMessage(description, { accent: accents.good, download })
}

const title = (t: Translate, name: string) => t('me.title', { name: escapeMarkdown(name, 80) })

function pageMenu(t: Translate, current: PersonalPage): APIComponentInContainer {
  const options = personalPages.map(value => ({
    ...{ value, label: t(`me.${value}.label`), description: t(`me.${value}.description`) },
    default: value === current,
  }))
  return menuRow({ action: 'me', of: 'page' }, t('me.menu'), options)
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
