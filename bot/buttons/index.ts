import type { APIModalInteractionResponseCallbackData, ModalSubmitInteraction } from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { validatePrompt } from '../../studio/shared/text.ts'
import { asJobId, asPictureId, type Picture } from '../../studio/studio.ts'
import { runImagine } from '../commands/imagine.ts'
import type { Button, ReplyButton } from '../interactions/button.ts'
import { readSeed, soon } from '../interactions/formValues.ts'
import { findPayload } from '../interactions/interactionPayload.ts'
import { findPicture, launchWithPicture, openOnCanvas, over, requestAgain } from '../interactions/pictureActions.ts'
import { checkAttach, respond } from '../interactions/respond.ts'
import { checkCanvas } from '../interactions/roomLinks.ts'
import type { ButtonAction } from '../messages/buttonId.ts'
import { modal } from '../messages/modal.ts'
import { originalMessage } from '../messages/replies.ts'
import type { Translate } from '../text/translate.ts'
import { confirmErasure, eraseAll, exportAll, morePictures } from './personal.ts'
import { pictureButtons } from './pictureButtons.ts'
import { stopMember, stopStyle } from './reports.ts'
import { settingForm, settingToggle } from './settings.ts'
import { styleButtons } from './styleButtons.ts'
import { consent, decline } from './teachForms.ts'

/** How much a variation may change. */
const varyStrength = 0.6
const attach: NonNullable<ReplyButton['check']> = ({ interaction }) => checkAttach(interaction)

export const buttons: Record<ButtonAction, Button> = {
  vary: {
    response: 'reply',
    check: attach,
    press: press => requestAgain(press, picture => over(picture, varyStrength)),
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
      const picture = await soon(bot.studio.pictures.find(asPictureId(of)), null)
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
    launch: launchWithPicture,
    press: context => openOnCanvas(context),
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
  ...pictureButtons,
  ...styleButtons,
  consent,
  decline,
  toggle: settingToggle,
  setting: settingForm,
  stopmember: stopMember,
  stopstyle: stopStyle,
  mine: morePictures,
  export: exportAll,
  eraseme: confirmErasure,
  eraseall: eraseAll,
}

function readEdit({ fields }: ModalSubmitInteraction): { prompt: string; seed?: number } {
  return { prompt: fields.getTextInputValue('prompt'), ...readSeed(fields.getTextInputValue('seed')) }
}

function editModal(t: Translate, of: string, picture: Picture | null): APIModalInteractionResponseCallbackData {
  const { prompt = '', seed = '' } = picture?.recipe ?? {}
  const { maxPromptCharacters: maxCharacters } = limits
  return modal({ action: 'edit', of }, t('edit.title'), [
    { id: 'prompt', label: t('edit.prompt.label'), value: prompt, maxCharacters, isLong: true, isRequired: true },
    { id: 'seed', label: t('edit.seed.label'), value: String(seed), maxCharacters: 10 },
  ])
}
