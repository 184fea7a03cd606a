import type { ModalSubmitInteraction } from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import type { NewStylePicture, PersonId } from '../../studio/studio.ts'
import { findOwn } from '../../studio/styles/styleNames.ts'
import { accents } from '../messages/accents.ts'
import { createMessage } from '../messages/message.ts'
import { type SharingChoice, sharings } from '../messages/teachForm.ts'
import { escapeMarkdown } from '../text/markdown.ts'
import type { Attachment, Bot, ReplyContext } from './bot.ts'
import { respond } from './respond.ts'
import { startLearning } from './startLearning.ts'

/** A picture to learn from, where Discord has it, with what its author says it shows. */
export interface OfferedPicture extends Attachment {
  readonly description: string | null
}

/** What is taught, as a form says it. */
export interface TeachRequest {
  readonly name: string
  readonly sharing: SharingChoice
  readonly isLater: boolean
}

export function readTeachRequest({ fields }: ModalSubmitInteraction): TeachRequest {
  const [sharing] = fields.getStringSelectValues('sharing')
  const [when] = fields.getStringSelectValues('when')
  return {
    name: fields.getTextInputValue('name'),
    sharing: sharings.find(one => one === sharing) ?? 'private',
    isLater: when === 'later',
  }
}

/**
 * Makes a style out of pictures, or gives them to one that is there, and learns it in the message that was promised.
 * `reshares`: whether who may use it changes where the style is there already.
 */
export async function teach(
  context: Omit<ReplyContext<Parameters<typeof respond>[0]>, 't'>,
  by: PersonId,
  { name, sharing, isLater }: TeachRequest,
  offered: readonly OfferedPicture[],
  { reshares }: { readonly reshares: boolean },
): Promise<void> {
  const { interaction, caller, bot, publicT } = context
  const { styles } = bot.studio
  const known = await findOwn(styles, by, name)
  if (!known && !offered.length) throw new UserError('chat/style-pictures')
  const pictures = await fetchAll(offered, bot)
  if (known && pictures.length) await styles.addPictures(by, known.id, pictures)
  const { id, name: itsName } = known ?? (await styles.create(by, { name, pictures, ...caller.where }))
  const { guild } = caller.where
  if (!known || reshares) {
    const isHere = sharing === 'server' && guild !== undefined
    const wanted = isHere ? (`guild:${guild}` as const) : sharing === 'everyone' ? sharing : 'private'
    const now = known?.sharing ?? 'private'
    if (wanted !== now) await styles.share(by, id, wanted)
  }
  if (!isLater) return startLearning(context, id, by)
  const { pictures: count } = await styles.show(by, id)
  const named = { name: `**${escapeMarkdown(itsName, 80)}**`, pictures: count }
  await respond(interaction, createMessage(publicT('style.collected', named), { accent: accents.good }))
}

async function fetchAll(offered: readonly OfferedPicture[], bot: Bot): Promise<NewStylePicture[]> {
  const pictures: NewStylePicture[] = []
  for (const { description, ...attachment } of offered) {
    pictures.push({ bytes: await bot.fetchImage(attachment), ...(description ? { caption: description } : {}) })
  }
  return pictures
}
