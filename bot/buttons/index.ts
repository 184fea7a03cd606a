import type { APIModalInteractionResponseCallbackData, ModalSubmitInteraction } from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { validatePrompt } from '../../studio/shared/text.ts'
import { asJobId, asPictureId, type Picture, type Pictures, type Studio } from '../../studio/studio.ts'
import { runImagine } from '../commands/imagine.ts'
import type { Button, PressReplyContext, ReplyButton, SubmitContext } from '../interactions/button.ts'
import { findPayload } from '../interactions/interactionPayload.ts'
import { openRoom } from '../interactions/openRoom.ts'
import { paint } from '../interactions/paint.ts'
import { checkAttach, respond } from '../interactions/respond.ts'
import { checkCanvas } from '../interactions/roomLinks.ts'
import type { ButtonAction } from '../messages/buttonId.ts'
import { modal } from '../messages/modal.ts'
import { heading, originalMessage } from '../messages/replies.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'
import { confirmErasure, eraseAll, exportAll, morePictures } from './personal.ts'
import { stopMember, stopStyle } from './reports.ts'
import { settingForm, settingToggle } from './settings.ts'
import { styleButtons } from './styleButtons.ts'

/** How much a variation may change. */
const varyStrength = 0.6
/** A modal must be the first answer, within 3 s; if the studio takes longer than this, it opens empty. */
const modalPatienceMs = 1_500

const attach: NonNullable<ReplyButton['check']> = ({ interaction }) => checkAttach(interaction)

export const buttons: Record<ButtonAction, Button> = {
  vary: {
    response: 'reply',
    check: attach,
    press: press =>
      requestAgain(press, ({ file }) => {
        if (!file) throw new UserError('picture/unfinished')
        return { image: file, strength: varyStrength }
      }),
  },
  reroll: { response: 'reply', check: attach, press: press => requestAgain(press, () => ({})) },
  retry: { response: 'reply', check: attach, press: press => requestAgain(press, () => ({ sameSeed: true })) },
  again: {
    response: 'reply',
    check: attach,
    async press(context) {
      const options = await findPayload(context.of, context.bot.studio)
      if (!options) throw new UserError('chat/button')
      await runImagine(context, options)
    },
  },
  edit: {
    response: 'modal',
    async press({ interaction, of, bot, t }) {
      const late = new Promise<null>(resolve => setTimeout(resolve, modalPatienceMs, null).unref())
      const picture = await Promise.race([bot.studio.pictures.find(asPictureId(of)), late])
      await interaction.showModal(editModal(t, of, picture))
    },
    checkSubmit({ interaction }) {
      checkAttach(interaction)
      validatePrompt(readEdit(interaction).prompt)
    },
    submit: press => requestAgain(press, () => readEdit(press.interaction)),
  },
  canvas: {
    response: 'reply',
    check: ({ bot }) => checkCanvas(bot),
    async press(context) {
      const { interaction, of, caller, bot, publicT } = context
      const picture = await findPicture(of, bot.studio)
      if (picture.state !== 'finished') throw new UserError('picture/unfinished')
      const name = truncate(picture.recipe.prompt, limits.maxRoomNameCharacters)
      const by = await caller.person()
      const { links } = await bot.studio.rooms.create(by, { name, opening: picture.id, ...caller.where })
      const content = publicT('room.opened', { prompt: heading(picture.recipe.prompt) })
      await openRoom(interaction, by, context, { link: bot.roomUrl(links.edit), content })
    },
  },
  original: {
    response: 'ephemeral',
    check: attach,
    async press({ interaction, of, bot, t }) {
      const picture = await findPicture(of, bot.studio)
      await respond(interaction, await originalMessage(t, picture, bot.studio.pictures.files))
    },
  },
  cancel: {
    response: 'update',
    press: async ({ of, caller, bot }) => bot.studio.pictures.cancel(asJobId(of), await caller.person()),
  },
  delete: {
    response: 'update',
    async press({ interaction, of, caller, bot }) {
      const person = await caller.person()
      await bot.studio.pictures.remove(asJobId(of), person).catch(error => {
        // Pictures that are gone already must not keep their message here, if it was made for this person.
        const isTheirs = interaction.message.interactionMetadata?.user.id === interaction.user.id
        if (!(error instanceof UserError && error.code === 'picture/missing' && isTheirs)) throw error
      })
      await interaction.deleteReply()
    },
  },
  ...styleButtons,
  toggle: settingToggle,
  setting: settingForm,
  stopmember: stopMember,
  stopstyle: stopStyle,
  mine: morePictures,
  export: exportAll,
  eraseme: confirmErasure,
  eraseall: eraseAll,
}

type RequestChange = NonNullable<Parameters<Pictures['again']>[2]>

/** Requests a picture once more, changed, in the name of whoever pressed. */
async function requestAgain(
  context: PressReplyContext | SubmitContext,
  change: (picture: Picture) => RequestChange,
): Promise<void> {
  const { of, bot } = context
  await paint(context, async (by, chat) => {
    const picture = await findPicture(of, bot.studio)
    return bot.studio.pictures.again(by, picture.id, change(picture), chat)
  })
}

/** The id came from a button, so it may be anything; the studio knows. */
async function findPicture(of: string, studio: Studio): Promise<Picture> {
  const picture = await studio.pictures.find(asPictureId(of))
  if (!picture) throw new UserError('picture/missing')
  return picture
}

/** Refuses what is no seed. */
function readEdit({ fields }: ModalSubmitInteraction): { prompt: string; seed?: number } {
  const prompt = fields.getTextInputValue('prompt')
  const seed = fields.getTextInputValue('seed').trim()
  if (seed === '') return { prompt }
  if (!/^\d{1,10}$/.test(seed) || Number(seed) > limits.maxSeed) {
    throw new UserError('chat/seed', undefined, { values: { value: escapeMarkdown(seed, 20) } })
  }
  return { prompt, seed: Number(seed) }
}

function editModal(t: Translate, of: string, picture: Picture | null): APIModalInteractionResponseCallbackData {
  const { prompt = '', seed = '' } = picture?.recipe ?? {}
  const { maxPromptCharacters: maxCharacters } = limits
  return modal({ action: 'edit', of }, t('edit.title'), [
    { id: 'prompt', label: t('edit.prompt.label'), value: prompt, maxCharacters, isLong: true, isRequired: true },
    { id: 'seed', label: t('edit.seed.label'), value: String(seed), maxCharacters: 10 },
  ])
}
