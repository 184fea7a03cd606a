import type { Budgets, Taken } from '../budgets/budgets.ts'
import type { GuildPlace } from '../chat/chatReplies.ts'
import type { GuildGate } from '../guilds/guildGate.ts'
import { textsOf } from '../images/recipe.ts'
import type { Moderation } from '../moderation/moderation.ts'
import type { Picture } from '../pictures/picture.ts'
import type { PersonId, RoomId } from '../shared/ids.ts'
import { slowModeLimit } from './slowMode.ts'

/** A channel in chat that somebody sends a picture to. */
export interface PostPlace {
  readonly channelId: string
  /** null: a message with the bot. */
  readonly guildId: string | null
  /** What the rules of its server are asked with. */
  readonly place?: GuildPlace
  /** Seconds between two messages of this person there, as Discord has it for the channel; 0: none. */
  readonly slowModeSeconds: number
}

/** Pictures that people send from a room into chat. */
export interface Posts {
  /**
   * Takes what one costs: of the studio's budgets, and of those that the server has for pictures that are painted there.
   * @throws UserError when this person, the room, the picture or the server stands against it.
   */
  admit(by: PersonId, room: RoomId, picture: Picture, place: PostPlace): Promise<Taken>
}

/** The same rules as for a picture that is painted there. */
export function createPosts({
  budgets,
  moderation,
  gate,
}: {
  readonly budgets: Budgets
  readonly moderation: Moderation
  readonly gate: GuildGate
}): Posts {
  return {
    async admit(by, room, { recipe }, post) {
      const guild = post.guildId === null ? {} : { guild: post.guildId }
      await moderation.checkAllowed(by, { room, ...guild })
      // What is blocked may have been added since it was painted.
      await moderation.checkTexts(by, textsOf(recipe), guild.guild)
      const limits = await gate.admit(by, post, [recipe])
      return budgets.take(by, { posts: 1 }, [...limits.flat(), ...slowModeLimit(by, post)])
    },
  }
}
