import type { APIModalInteractionResponseCallbackData } from 'discord.js'
import { limits } from '../../protocol/limits.ts'
import type { Sharing } from '../../studio/studio.ts'
import type { Translate } from '../text/translate.ts'
import type { ButtonId } from './buttonId.ts'
import { modal } from './modal.ts'

/** Who may use a style, as people choose it. */
export const sharings = ['private', 'server', 'everyone'] as const
export type SharingChoice = (typeof sharings)[number]

/** When a style is learned. */
export const times = ['now', 'later'] as const

export interface TeachFormOptions {
  readonly name: string
  readonly needsPictures: boolean
  readonly current: Sharing
  readonly guild: string | undefined
  /** The pictures are chosen already. */
  readonly hasPictures?: boolean
}

/** The form that teaches: name, pictures, who may use it, and when. */
export function teachForm(
  t: Translate,
  id: ButtonId,
  { name, needsPictures, current, guild, hasPictures = false }: TeachFormOptions,
): APIModalInteractionResponseCallbackData {
  const chosen: SharingChoice = current === 'private' || current === 'everyone' ? current : 'server'
  const offered = sharings.filter(one => one !== 'server' || guild !== undefined)
  return modal(id, t('teach.title'), [
    {
      ...{ id: 'name', label: t('teach.name.label'), value: name, isRequired: true },
      maxCharacters: limits.maxStyleNameCharacters,
    },
    ...(hasPictures
      ? []
      : [
          {
            ...{ id: 'pictures', label: t('teach.pictures.label'), description: t('teach.pictures.description') },
            ...{ isRequired: needsPictures, maxFiles: maxPictures },
          },
        ]),
    {
      ...{ id: 'sharing', label: t('teach.sharing.label') },
      options: offered.map(value => ({ value, label: t(`choice.with.${value}`), default: value === chosen })),
    },
    {
      ...{ id: 'when', label: t('teach.when.label') },
      options: times.map(value => ({ value, label: t(`teach.when.${value}`), default: value === 'now' })),
    },
  ])
}

/** Of one form; more come by a second one. */
const maxPictures = 10
