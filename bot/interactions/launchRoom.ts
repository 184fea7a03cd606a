import {
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  type PrimaryEntryPointCommandInteraction,
  Routes,
  type StringSelectMenuInteraction,
} from 'discord.js'
import type { PictureId } from '../../studio/studio.ts'
import { bodyOf } from '../messages/messageBody.ts'
import { roomMessage } from '../messages/roomReplies.ts'
import type { Translate } from '../text/translate.ts'
import type { InteractionContext } from './bot.ts'
import { targetOf } from './messagePictures.ts'
import { originOf } from './roomOrigin.ts'

type Launching =
  | ChatInputCommandInteraction
  | ButtonInteraction
  | StringSelectMenuInteraction
  | PrimaryEntryPointCommandInteraction

/**
 * Opens a new room inside Discord, as the first response, and says so in the channel: the message has the link for those
 * who would rather draw in a browser, and later what came of it.
 */
export async function launchRoom(
  { interaction, caller, bot }: InteractionContext<Launching>,
  room: (t: Translate) => { readonly name: string; readonly opening?: PictureId; readonly content: string },
): Promise<void> {
  const target = targetOf(interaction)
  const { channelId, guildId, locale } = target
  const publicT = await bot.translateFor(target)
  const { content, ...wanted } = room(publicT)
  const by = await caller.person()
  const { activities } = bot.studio
  const { instance, links } = await activities.launch(
    by,
    { ...wanted, ...caller.where, origin: originOf(interaction, target) },
    async () => {
      const id = await bot.launch(interaction)
      interaction.replied = true
      return id === null ? null : { instance: id, channelId, guildId, locale }
    },
  )
  const body = bodyOf(roomMessage(publicT, content, bot.roomUrl(links.edit)))
  const { applicationId, token, client } = interaction
  const message = await client.rest.post(Routes.webhook(applicationId, token), { body, auth: false })
  // What this route answers with.
  if (instance !== null) await activities.setMessage(instance, (message as { id: string }).id)
}
