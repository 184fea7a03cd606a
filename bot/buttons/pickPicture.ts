import { UserError } from '../../protocol/errors.ts'
import { asJobId } from '../../studio/studio.ts'
import { finalOptions } from '../delivery/pictureUpdater.ts'
import type { Menu } from '../interactions/button.ts'
import { respond } from '../interactions/respond.ts'
import { pictureLinks } from '../interactions/roomLinks.ts'
import { pickedMessage } from '../messages/replies.ts'

/** The menu beneath several pictures: shows the one that was chosen, to whoever chose it. */
export const pickPicture: Menu = {
  response: 'ephemeral',
  async choose({ interaction, of, bot, t }) {
    const { pictures } = bot.studio
    const [chosen] = interaction.values
    // Both ids came from Discord, so they may be anything; the studio knows.
    const picture = (await pictures.ofJob(asJobId(of))).find(({ id }) => id === chosen)
    if (picture?.state !== 'finished') throw new UserError('picture/missing')
    const { channelId, guildId } = interaction
    const isSpoiler = await bot.isSpoiler({ channelId, guildId })
    const options = finalOptions(t, bot.studio, pictureLinks(bot), isSpoiler)
    await respond(interaction, await pickedMessage(picture, options))
  },
}
