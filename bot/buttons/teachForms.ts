import { UserError } from '../../protocol/errors.ts'
import { asPersonId, objectIn } from '../../studio/studio.ts'
import type { Button, Form, PressContext, SubmitContext } from '../interactions/button.ts'
import { type ChosenPictures, findChosen, targetOf } from '../interactions/messagePictures.ts'
import { checkAttach, respond, respondText } from '../interactions/respond.ts'
import { readTeachRequest, type TeachRequest, teach } from '../interactions/teach.ts'
import { consentMessage } from '../messages/consentReplies.ts'
import { sharings } from '../messages/teachForm.ts'
import { escapeMarkdown } from '../text/markdown.ts'

/** What the forms that teach do, and whoever is asked whether their pictures may be learned from. */

export const teachStyle: Form = {
  isPublic: true,
  check: ({ interaction }) => checkAttach(interaction),
  async submit(context) {
    const { interaction, caller, of } = context
    const by = await caller.person()
    const teachRequest = readTeachRequest(interaction)
    const files = [...(interaction.fields.getUploadedFiles('pictures')?.values() ?? [])]
    const pictures = files.map(({ url, size, description }) => ({ url, size, description }))
    // The form showed who may use it, unless another name was typed.
    const reshares = of !== 'new' && (await isNamed(context, teachRequest.name))
    await teach(context, by, teachRequest, pictures, { reshares })
  },
}

async function isNamed({ caller, bot, of }: SubmitContext, name: string): Promise<boolean> {
  const own = await bot.studio.styles.list(await caller.person(), { own: true })
  return own.some(style => style.id === of && style.name.toLowerCase() === name.trim().toLowerCase())
}

/** Learns from one's own pictures at once; whoever else sent them is asked. */
export const teachThese: Form = {
  isPublic: true,
  check: ({ interaction }) => checkAttach(interaction),
  async submit(context) {
    const { interaction, caller, bot, publicT } = context
    const { pictures, author, link } = await findChosen(bot, context.of)
    const by = await caller.person()
    const teachRequest = readTeachRequest(interaction)
    if (author?.id === interaction.user.id) return teach(context, by, teachRequest, pictures, { reshares: false })
    if (!author) throw new UserError('chat/no-author')
    const asked: Asked = { pictures, author, link, teachRequest, by, name: caller.name }
    await bot.studio.chat.replacePayload(context.of, asked)
    const count = pictures.length
    await respond(interaction, consentMessage(publicT, { ...asked, count, of: context.of, style: teachRequest.name }))
  },
}

/** What somebody would like to learn from pictures of somebody else. */
interface Asked extends ChosenPictures {
  readonly teachRequest: TeachRequest
  readonly by: string
  readonly name: string
}

export const consent: Button = {
  response: 'update',
  async press(context) {
    const { interaction, bot } = context
    const { pictures, teachRequest, by } = await readAsked(context)
    const target = { ...targetOf(interaction), messageId: interaction.message.id }
    const publicT = await bot.translateFor(target)
    const requester = asPersonId(by) // the studio checks who they are and what they may
    const caller = { ...context.caller, person: async () => requester }
    // One consent is for one style.
    await bot.studio.chat.resolvePendingReply(context.of)
    await teach({ interaction, caller, bot, target, publicT }, requester, teachRequest, pictures, { reshares: false })
  },
}

export const decline: Button = {
  response: 'update',
  async press(context) {
    const { interaction, bot } = context
    const { teachRequest, author } = await readAsked(context)
    await bot.studio.chat.resolvePendingReply(context.of)
    const publicT = await bot.translateFor(targetOf(interaction))
    const names = {
      author: `**${escapeMarkdown(author?.name ?? '', 80)}**`,
      style: escapeMarkdown(teachRequest.name, 80),
    }
    await respondText(interaction, publicT('consent.declined', names))
  },
}

/** @throws UserError unless it is the one who was asked that answers, within a day */
async function readAsked({ interaction, bot, of }: PressContext): Promise<Asked> {
  const { pictures, author, link, teachRequest, by, name } = await findChosen(bot, of)
  if (author?.id !== interaction.user.id) throw new UserError('chat/not-asked')
  const said = objectIn(teachRequest)
  return {
    ...{ pictures, author, link, by: String(by), name: String(name) },
    teachRequest: {
      name: String(said['name'] ?? ''),
      sharing: sharings.find(one => one === said['sharing']) ?? 'private',
      isLater: said['isLater'] === true,
    },
  }
}
