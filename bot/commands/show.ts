import { ApplicationCommandOptionType } from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import { asPictureId, type Picture } from '../../studio/studio.ts'
import { finalOptions } from '../delivery/pictureUpdater.ts'
import { anywhere } from '../interactions/anywhere.ts'
import type { InteractionContext, ReplyContext } from '../interactions/bot.ts'
import type { Command } from '../interactions/command.ts'
import { pictureAt } from '../interactions/pictureParts.ts'
import { checkAttach, respond } from '../interactions/respond.ts'
import { pictureLinks } from '../interactions/roomLinks.ts'
import { shownPicture } from '../messages/replies.ts'
import { truncate } from '../text/markdown.ts'

/** How many of their newest pictures, and of their favourites, somebody chooses from. */
const maxSuggested = 100

/** Shows a picture that is there, with everything that can be done with it. */
export const show = {
  data: {
    name: 'show',
    ...anywhere,
    options: [
      {
        name: 'picture',
        type: ApplicationCommandOptionType.String,
        required: true,
        max_length: 300,
        autocomplete: true,
      },
    ],
  },
  check: ({ interaction }) => checkAttach(interaction),
  async run(context) {
    const { interaction, target, bot, publicT } = context
    const picture = await pictureNamed(context, interaction.options.getString('picture', true))
    if (picture.state !== 'finished') throw new UserError('picture/unfinished')
    const options = finalOptions(publicT, bot.studio, pictureLinks(bot), await bot.isSpoiler(target))
    await respond(interaction, await shownPicture(picture, options))
  },
  async autocomplete(context) {
    const typed = context.interaction.options.getFocused().trim().toLowerCase()
    const found = (await suggested(context)).filter(({ recipe }) => recipe.prompt.toLowerCase().includes(typed))
    return found.map(({ id, recipe }) => ({ name: truncate(`${recipe.prompt} · ${recipe.seed}`, 100), value: id }))
  },
} satisfies Command

/** Their favourites and then their newest pictures, each once. */
async function suggested({ interaction, bot: { studio } }: InteractionContext<{ user: { id: string } }>) {
  const person = await studio.people.findDiscord(interaction.user.id)
  if (!person) return []
  const all = [
    ...(await studio.favorites.ofPerson(person.id, maxSuggested)),
    ...(await studio.pictures.ofPerson(person.id, maxSuggested, 'finished')),
  ]
  return all.filter(({ id }, index) => all.findIndex(one => one.id === id) === index)
}

/** One that was suggested, by its id, or whose link was given. @throws UserError for what they may not see */
async function pictureNamed({ caller, bot }: ReplyContext<unknown>, named: string): Promise<Picture> {
  if (named.includes('/')) return pictureAt(named, bot)
  const by = await caller.person()
  const id = asPictureId(named.trim()) // the studio looks it up
  const isFavorite = async () => (await bot.studio.favorites.ofPerson(by, maxSuggested)).find(one => one.id === id)
  const picture = (await bot.studio.pictures.see(by, id)) ?? (await isFavorite())
  if (!picture) throw new UserError('chat/picture-link')
  return picture
}
