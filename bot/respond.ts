import type { Replying } from './command.ts'
import type { Message } from './messageTarget.ts'
import { words } from './strings.ts'

/** Puts a message where an answer was promised, without its file where we may not attach one. */
export async function present(interaction: Replying, { content, rows, file }: Message): Promise<void> {
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
export async function say(interaction: Replying, content: string): Promise<void> {
  await present(interaction, { content, rows: [], file: null })
}

export function mayAttach(interaction: Replying): boolean {
  return interaction.appPermissions.has('AttachFiles')
}

/** Whether we may attach here; if not, that is said. */
export async function checkAttach(interaction: Replying): Promise<boolean> {
  if (mayAttach(interaction)) return true
  await say(interaction, words.cannotAttach)
  return false
}
