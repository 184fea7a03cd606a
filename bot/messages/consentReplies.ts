import { ButtonStyle, ComponentType } from 'discord.js'
import { escapeMarkdown } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'
import { accents } from './accents.ts'
import { writeButtonId } from './buttonId.ts'
import { createMessage, type Message } from './message.ts'

export interface AskedConsent {
  /** Whose pictures they are. */
  readonly author: { readonly id: string } | null
  /** Who would like to learn from them. */
  readonly name: string
  readonly style: string
  readonly count: number
  /** Of the message that the pictures stand in; null for the picture that the author has in Discord. */
  readonly link: string | null
  /** The interaction that holds what was chosen. */
  readonly of: string
}

/** Asks somebody whether a style may be learned from their pictures; nothing of these is stored before. */
export function consentMessage(t: Translate, { author, name, style, count, link, of }: AskedConsent): Message {
  const said = {
    ...{ author: `<@${author?.id}>`, person: `**${escapeMarkdown(name, 80)}**` },
    style: `**${escapeMarkdown(style, 80)}**`,
  }
  const question = link === null ? t('consent.avatar', said) : t('consent.question', { ...said, count, link })
  const button = (action: 'consent' | 'decline', kind: ButtonStyle.Success | ButtonStyle.Secondary) => ({
    ...{ type: ComponentType.Button as const, style: kind as ButtonStyle.Success },
    ...{ label: t(`button.${action}`), custom_id: writeButtonId({ action, of }) },
  })
  return createMessage(question, {
    accent: accents.notice,
    rows: [
      {
        type: ComponentType.ActionRow,
        components: [button('consent', ButtonStyle.Success), button('decline', ButtonStyle.Secondary)],
      },
    ],
    footer: [t('consent.promise')],
    ...(author && { pings: author.id }),
  })
}
