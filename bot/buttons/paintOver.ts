import { UserError } from '../../protocol/errors.ts'
import { validatePrompt } from '../../studio/shared/text.ts'
import { runImagine } from '../commands/imagine.ts'
import type { Form } from '../interactions/button.ts'
import { readStrength } from '../interactions/formValues.ts'
import { optionsWith } from '../interactions/imagineOptions.ts'
import { findChosen } from '../interactions/messagePictures.ts'
import { checkAttach } from '../interactions/respond.ts'

/** The form of "Paint over this": paints over the picture that was chosen, as `/imagine` does with an image. */
export const paintOverForm: Form = {
  isPublic: true,
  check({ interaction }) {
    checkAttach(interaction)
    validatePrompt(interaction.fields.getTextInputValue('prompt'))
    readStrength(interaction.fields.getTextInputValue('strength'))
  },
  async submit(context) {
    const { fields } = context.interaction
    const { pictures } = await findChosen(context.bot, context.of)
    const [index = '0'] = fields.fields.has('picture') ? fields.getStringSelectValues('picture') : []
    const image = pictures[Number(index)]
    if (!image) throw new UserError('chat/no-pictures')
    const strength = readStrength(fields.getTextInputValue('strength'))
    await runImagine(context, optionsWith({ prompt: fields.getTextInputValue('prompt'), image, strength }))
  },
}
