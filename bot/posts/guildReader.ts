import {
  type APIChannel,
  type APIGuild,
  type APIGuildChannel,
  type APIGuildMember,
  type APIThreadChannel,
  type APIUser,
  DiscordAPIError,
  type REST,
  Routes,
} from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import { insist } from './insist.ts'

/** A server as the bot sees it. */
export interface GuildView {
  readonly guild: APIGuild
  readonly channels: readonly APIGuildChannel[]
  /** Those that are not archived. */
  readonly threads: readonly APIThreadChannel[]
  /** The bot itself. */
  readonly me: APIGuildMember
}

/** What Discord says of servers and channels; whatever the bot may not see is null. */
export interface GuildReader {
  /** null: the bot is no member. As of at most half a minute ago, unless it is to be fresh. */
  guild(id: string, options?: { readonly isFresh?: boolean }): Promise<GuildView | null>
  /** As of now; null: this account is no member. */
  member(guild: string, user: string): Promise<APIGuildMember | null>
  /** As of now. */
  channel(id: string): Promise<APIChannel | null>
  /** Whether an account is in a private thread. */
  isInThread(thread: string, user: string): Promise<boolean>
}

const cachedMs = 30_000
const patienceMs = 6_000

export function createGuildReader(rest: REST): GuildReader {
  const views = new Map<string, { readonly at: number; readonly view: Promise<GuildView | null> }>()
  let myId: Promise<string> | null = null

  /** Its types are those of the route. */
  async function get<T>(route: `/${string}`): Promise<T> {
    try {
      return await insist(() => rest.get(route) as Promise<T>, { unanswered: 'post/unreachable', patienceMs })
    } catch (error) {
      const isStranger = error instanceof DiscordAPIError && error.status === 401
      throw isStranger ? new UserError('post/off', undefined, { cause: error }) : error
    }
  }

  /** null for what is not there, or not for the bot to see. */
  async function find<T>(route: `/${string}`): Promise<T | null> {
    try {
      return await get<T>(route)
    } catch (error) {
      if (error instanceof DiscordAPIError && [403, 404].includes(error.status)) return null
      throw error
    }
  }

  function me(): Promise<string> {
    myId ??= get<APIUser>(Routes.user()).then(({ id }) => id)
    myId.catch(() => {
      myId = null
    })
    return myId
  }

  const member = (guild: string, user: string) => find<APIGuildMember>(Routes.guildMember(guild, user))

  async function read(id: string): Promise<GuildView | null> {
    const guild = await find<APIGuild>(Routes.guild(id))
    if (!guild) return null
    const [channels, active, mine] = await Promise.all([
      find<APIGuildChannel[]>(Routes.guildChannels(id)),
      find<{ threads: APIThreadChannel[] }>(Routes.guildActiveThreads(id)),
      member(id, await me()),
    ])
    return channels && mine && { guild, channels, threads: active?.threads ?? [], me: mine }
  }

  return {
    async guild(id, { isFresh = false } = {}) {
      const known = views.get(id)
      if (known && !isFresh && performance.now() - known.at < cachedMs) return known.view
      const view = read(id)
      views.set(id, { at: performance.now(), view })
      // A failure is not remembered, nor is a server for ever.
      view.catch(() => views.delete(id))
      for (const [other, { at }] of views) if (performance.now() - at > cachedMs) views.delete(other)
      return view
    },
    member,
    channel: id => find<APIChannel>(Routes.channel(id)),
    isInThread: async (thread, user) => (await find(Routes.threadMembers(thread, user))) !== null,
  }
}
