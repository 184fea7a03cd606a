import type { Message } from '../messages/message.ts'
import { strings } from '../text/strings.ts'
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

/** Whether we may attach here; if not, that is said. */
export async function checkAttach(interaction: RepliableInteraction): Promise<boolean> {
  if (mayAttach(interaction)) return true
  await respondText(interaction, strings.cannotAttach)
  return false
}
