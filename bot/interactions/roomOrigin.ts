import { type Interaction, MessageFlags } from 'discord.js'
import type { ChatReplyTarget, RoomOrigin } from '../../studio/studio.ts'

/** Where a room comes from: the message whose button was pressed, if others can see that, or else the one that answers. */
export function originOf(
  interaction: Interaction,
  { channelId, guildId, messageId, locale }: ChatReplyTarget,
): RoomOrigin {
  const pressed = interaction.isMessageComponent() ? interaction.message : null
  const isPublic = pressed !== null && !pressed.flags.has(MessageFlags.Ephemeral)
  return { channelId, guildId, locale, messageId: isPublic ? pressed.id : messageId }
}
