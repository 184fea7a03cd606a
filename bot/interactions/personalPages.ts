import type { JobState } from '../../studio/shared/jobStates.ts'
import { enlarge } from '../messages/enlarge.ts'
import type { Message } from '../messages/message.ts'
import {
  dataMessage,
  defaultsMessage,
  type PersonalPage,
  type PictureList,
  picturesMessage,
  picturesOnPage,
  stylesMessage,
} from '../messages/personalReplies.ts'
import type { InteractionContext } from './bot.ts'
import { sizeChoices } from './sizes.ts'

type Context = Pick<InteractionContext<unknown>, 'caller' | 'bot' | 't'>

/** The pages of `/me`, as they are now. */
export const personalPage: Record<PersonalPage, (context: Context) => Promise<Message>> = {
  pictures: context => picturesPage(context, 'pictures', 0),
  favorites: context => picturesPage(context, 'favorites', 0),

  async styles({ caller, t, bot: { studio } }) {
    const own = await studio.styles.list(await caller.person(), { own: true })
    return stylesMessage(t, caller.name, own, caller.where.guild)
  },

  async defaults({ caller, t, bot: { studio } }) {
    const by = await caller.person()
    const styles = studio.styles.error ? [] : await studio.styles.list(by, { usable: true })
    return defaultsMessage(t, caller.name, {
      ...{ size: await studio.ownData.defaultSize(by), style: (await studio.styles.defaultOf(by))?.id ?? null },
      ...{ sizes: sizeChoices(t, studio.engine.model.sizes), styles: styles.slice(0, 24) },
    })
  },

  async data({ caller, t, bot: { studio } }) {
    return dataMessage(t, caller.name, await studio.ownData.summary(await caller.person()))
  },
}

const finished: JobState = 'finished'

/** Their finished pictures, or their favourites, from `offset` on. */
export async function picturesPage(
  { caller, t, bot: { studio } }: Context,
  list: PictureList,
  offset: number,
): Promise<Message> {
  const by = await caller.person()
  const { pictures } = studio
  // One more says whether there are more; how many there are in all, the rows do.
  const all =
    list === 'favorites'
      ? await studio.favorites.ofPerson(by, maxPictures)
      : await pictures.ofPerson(by, maxPictures, finished)
  const page = all.slice(offset, offset + picturesOnPage)
  const shown = await Promise.all(
    page.map(async picture => {
      const png = picture.file && (await pictures.files.read(picture.file))
      return png ? [{ picture, png: await enlarge(png) }] : []
    }),
  )
  return picturesMessage(t, { list, name: caller.name, pictures: shown.flat(), offset, total: all.length })
}

/** More than anybody turns pages through. */
const maxPictures = 300
