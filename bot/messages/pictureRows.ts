import { ButtonStyle, ComponentType } from 'discord.js'
import type { Picture } from '../../studio/studio.ts'
import type { Translate } from '../text/translate.ts'
import { type ButtonAction, writeButtonId } from './buttonId.ts'
import { isEnlarged } from './enlarge.ts'
import { menuRow } from './menuRow.ts'
import type { Message } from './message.ts'

/** What can be done with a picture: at most five buttons, and a menu of everything else. */

/** What this studio can do with pictures. */
export interface PictureAbilities {
  readonly t: Translate
  /** Whether the model can paint over pictures. */
  readonly canVary: boolean
  /** Whether there is a canvas that others can open. */
  readonly canOpen: boolean
}

/** `isOwnMessage`: it stands in the message of its job, where that is painted anew and deleted. */
export function rowsOfPicture(
  picture: Picture,
  abilities: PictureAbilities,
  { isOwnMessage }: { readonly isOwnMessage: boolean },
): Message['rows'] {
  const { t, canVary } = abilities
  const { id, job } = picture
  return [
    ...rows([
      ...(canVary ? [button(t, 'vary', id)] : []),
      ...(isOwnMessage ? [button(t, 'reroll', id)] : []),
      ...(hasSteps(picture) ? [button(t, 'steps', id)] : []),
      ...canvasButton(picture, abilities),
      ...(isOwnMessage ? [button(t, 'delete', job)] : []),
    ]),
    moreMenu(picture, abilities),
  ]
}

const hasSteps = ({ output }: Picture) => (output?.timesteps.length ?? 0) > 1

/** Where there is no canvas, the link to the original leads nowhere either: a button sends it. */
function canvasButton({ id, recipe }: Picture, { t, canOpen }: PictureAbilities): Button[] {
  if (canOpen) return [button(t, 'canvas', id)]
  return isEnlarged(recipe) ? [button(t, 'original', id)] : []
}

const extensions = ['extendleft', 'extendright', 'extendup', 'extenddown'] as const
type MoreAction =
  | 'edit'
  | 'remix'
  | 'subtle'
  | 'strong'
  | 'region'
  | 'upscale'
  | 'seeds'
  | 'star'
  | (typeof extensions)[number]

/** Each entry is the id of a button. */
function moreMenu({ id, recipe }: Picture, { t, canVary, canOpen }: PictureAbilities): Message['rows'][number] {
  const actions: MoreAction[] = [
    'edit',
    ...(canVary ? (['remix', 'subtle', 'strong'] as const) : []),
    ...(canVary && canOpen ? (['region'] as const) : []),
    'seeds',
    ...(recipe.upscale ? [] : (['upscale'] as const)),
    ...(canVary ? extensions : []),
    'star',
  ]
  const options = actions.map(action => ({
    ...{ value: writeButtonId({ action, of: id }), label: t(`more.${action}.label`) },
    description: t(`more.${action}.description`),
  }))
  return menuRow({ action: 'more', of: id }, t('menu.more'), options)
}

type Button = ReturnType<typeof button>
type PictureAction = Extract<
  ButtonAction,
  'vary' | 'reroll' | 'edit' | 'canvas' | 'cancel' | 'delete' | 'retry' | 'original' | 'steps'
>
export function button(t: Translate, action: PictureAction, of: string) {
  return {
    type: ComponentType.Button as const,
    style:
      action === 'delete' || action === 'cancel' ? (ButtonStyle.Danger as const) : (ButtonStyle.Secondary as const),
    label: t(`button.${action}`),
    custom_id: writeButtonId({ action, of }),
  }
}

/** A row for each list of buttons that is not empty. */
export function rows(...buttons: readonly (readonly Button[])[]) {
  return buttons
    .filter(row => row.length > 0)
    .map(row => ({ type: ComponentType.ActionRow as const, components: [...row] }))
}
