import { UserError } from '../../protocol/errors.ts'
import type { Message } from '../messages/message.ts'
import type { RepliableInteraction } from './command.ts'

/** Edits the acknowledged reply into this message, without its file where we may not attach one. */
export async function respond(interaction: RepliableInteraction, { content, rows, file }: Message): Promise<void> {
  const attached = file && mayAttach(interaction) ? file : null
  await interaction.editReply({
    content,
    components: rows,
    attachments: [],
    files: attached
      ? [{ attachment: Buffer.from(attached.bytes), name: attached.name, description: attached.description }]
      : [],
  })
}

/** Words alone. */
export async function respondText(interaction: RepliableInteraction, content: string): Promise<void> {
  await respond(interaction, { content, rows: [], file: null })
}

export function mayAttach(interaction: RepliableInteraction): boolean {
  return interaction.appPermissions.has('AttachFiles')
}

/** Refuses where we may not attach files. */
export function checkAttach(interaction: RepliableInteraction): void {
  if (!mayAttach(interaction)) throw new UserError('chat/attach')
}
