import { MessageFlags, type RepliableInteraction as Repliable, Routes } from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import { createMessage, type Message } from '../messages/message.ts'
import { bodyOf, uploadsOf } from '../messages/messageBody.ts'

/** Edits the acknowledged reply into this message, without its files where we may not attach any. */
export async function respond(interaction: Repliable, message: Message): Promise<void> {
  const shown = mayAttach(interaction) ? message : { ...message, galleries: [], download: null }
  const { applicationId, token, client } = interaction
  await client.rest.patch(Routes.webhookMessage(applicationId, token, '@original'), {
    body: { content: null, ...bodyOf(shown) },
    files: uploadsOf(shown),
    auth: false,
  })
}

/** Words alone. */
export async function respondText(interaction: Repliable, content: string, accent?: number): Promise<void> {
  await respond(interaction, createMessage(content, accent === undefined ? {} : { accent }))
}

/** Says something more, to the one who asked alone. */
export async function followPrivately(interaction: Repliable, message: Message): Promise<void> {
  const { applicationId, token, client } = interaction
  const body = bodyOf(message)
  await client.rest.post(Routes.webhook(applicationId, token), {
    body: { ...body, flags: body.flags | MessageFlags.Ephemeral },
    auth: false,
  })
}

export function mayAttach(interaction: Repliable): boolean {
  return interaction.appPermissions.has('AttachFiles')
}

/** Refuses where we may not attach files. */
export function checkAttach(interaction: Repliable): void {
  if (!mayAttach(interaction)) throw new UserError('chat/attach')
}
