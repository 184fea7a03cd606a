import { createFramePosts, type FramePost, type FramePosts } from '../../bot/posts/framePosts.ts'
import type { Person, Picture, RoomId, RoomOrigin } from '../../studio/studio.ts'
import { type Actor, type Discord, type DiscordOptions, type Message, openDiscord } from './discord/index.ts'
import { type CollectedLog, collectLog } from './log.ts'
import { buildStudio, type TestStudio, untilEnded } from './studio.ts'

/** A studio that sends pictures to a loopback Discord, without a bot that hears of interactions. */
export interface TestFramePosts extends TestStudio {
  readonly discord: Discord
  readonly posts: FramePosts
  readonly lines: CollectedLog['lines']
  /** Whoever has used the bot in the guild of the loopback, or in these. */
  person(actor: Actor, guilds?: readonly string[]): Promise<Person>
  /** A room of theirs with a painted frame; `origin`: the guild's channel unless another is given. */
  room(by: Person, origin?: Partial<RoomOrigin> | null): Promise<PaintedRoom>
  /** Messages that were sent into channels and are there, oldest first. */
  sent(): Message[]
}

export interface PaintedRoom {
  readonly room: { readonly id: RoomId; readonly name: string }
  readonly picture: Picture
  /** To send its picture; each call is another act unless it says otherwise. */
  post(change?: Partial<FramePost>): FramePost
}

export async function buildFramePosts({
  discord: options = {},
  patienceMs = 12_000,
  ...overrides
}: Parameters<typeof buildStudio>[0] & {
  readonly discord?: DiscordOptions
  readonly patienceMs?: number
} = {}): Promise<TestFramePosts> {
  const discord = await openDiscord(options)
  const world = await buildStudio(overrides)
  const { log, lines } = collectLog({ secrets: [discord.token] })
  const { studio } = world
  const { token, api } = discord
  const posts = createFramePosts({ studio, token, api, publicUrl: 'https://paint.example.org', log, patienceMs })
  let acts = 0
  return {
    ...{ ...world, discord, posts, lines },
    async person({ user }, guilds = [discord.guild.id]) {
      const account = { discordId: user.id, name: user.globalName ?? user.username }
      for (const guildId of guilds) {
        const guildName = discord.world.guilds.get(guildId)?.name ?? null
        await studio.people.fromDiscord({ ...account, guildId, guildName })
      }
      return studio.people.fromDiscord(account)
    },
    async room(by, origin = {}) {
      const { guild, general } = discord
      const here = { guildId: guild.id, channelId: general.id, messageId: null, locale: 'en-US' }
      const made = await studio.rooms.create(by.id, {
        name: 'Sunday *club*',
        ...(origin && { origin: { ...here, ...origin } }),
      })
      const frame = { room: made.room.id, frameId: 'f1' }
      const { job } = await studio.pictures.request(by.id, 'canvas', { prompt: 'a red house', frame, seed: 7 })
      await untilEnded(studio, job)
      const [picture] = await studio.pictures.ofJob(job)
      const { id, name } = made.room
      return {
        room: { id, name },
        picture: picture!,
        post: change => ({
          ...{ room: { id, name }, picture: picture!, channel: null, request: `act-${acts++}` },
          ...{ path: `/r/${made.links.edit}?frame=f1`, mayDraw: true, ...change },
        }),
      }
    },
    sent: () =>
      [...discord.world.messages.values()].filter(
        ({ interactionId, author, deleted }) => interactionId === null && !author && !deleted,
      ),
    async close() {
      posts.close()
      await world.close()
      await discord.close()
      const leaked = lines.find(line => line.includes(discord.token))
      if (leaked) throw new Error(`A token was logged: ${leaked}`)
    },
  }
}
