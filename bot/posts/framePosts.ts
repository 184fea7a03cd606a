import { REST } from 'discord.js'
import type { Log } from '../../logging.ts'
import { type ErrorPayload, UserError } from '../../protocol/errors.ts'
import { createGuard } from '../../protocol/guard.ts'
import type { Person, Picture, RoomId, RoomOrigin, Studio } from '../../studio/studio.ts'
import { maxFileBytes } from '../delivery/follow.ts'
import { finalOptions } from '../delivery/pictureUpdater.ts'
import { isDiscord } from '../interactions/attachments.ts'
import { createTranslateFor } from '../interactions/publicLanguage.ts'
import { createRoomLinks, pictureLinks } from '../interactions/roomLinks.ts'
import { withinBytes } from '../messages/grid.ts'
import { withPictures } from '../messages/message.ts'
import { sentPicture } from '../messages/roomReplies.ts'
import { createTranslations } from '../text/translate.ts'
import { channelsFor, type Destination, destinationOf, type PostChannel } from './destinations.ts'
import { createGuildReader, type GuildView } from './guildReader.ts'
import { writeMessage } from './writeMessage.ts'

/** Where a person may send a picture of a room. */
export interface PostPlaces {
  /** Whether nobody at Discord stands behind this person: then there is nothing else. */
  readonly isGuest: boolean
  /** Where the room came from; null: it was opened on the page. */
  readonly origin: PostOrigin | null
  /** Servers with the bot in them where this person has used it, by name. */
  readonly servers: readonly { readonly id: string; readonly name: string }[]
}
export interface PostOrigin {
  /** Empty: a message with the bot. */
  readonly channel: string
  /** Of its server; null where there is none, or the bot is no member. */
  readonly server: string | null
  /** Whether what is sent answers the message that the room came from. */
  readonly isReply: boolean
  /** Why this person cannot send there; null: they can. */
  readonly problem: ErrorPayload | null
}

/** A picture on its way into a channel. */
export interface FramePost {
  readonly room: { readonly id: RoomId; readonly name: string }
  readonly picture: Picture
  /** null: where the room came from. */
  readonly channel: string | null
  /** What a page calls this act: said twice, it is one message. */
  readonly request: string
  /** Path of the way back to the frame. */
  readonly path: string
  /** Whether whoever follows that may draw. */
  readonly mayDraw: boolean
}

/** Pictures of rooms, sent into chat by those who are in them, through the bot. */
export interface FramePosts {
  places(person: Person, room: RoomId): Promise<PostPlaces>
  /** @throws UserError where the person or the bot is no member */
  channels(person: Person, server: string): Promise<readonly PostChannel[]>
  /** Resolves with where the message is to be seen. @throws UserError in words of what is in the way */
  send(person: Person, post: FramePost): Promise<{ readonly url: string }>
  close(): void
}

export interface FramePostsOptions {
  readonly studio: Studio
  readonly token: string
  /** Base of the REST routes, without version. */
  readonly api: string
  /** Where people reach the canvas; null: nobody but this machine does. */
  readonly publicUrl: string | null
  readonly log: Log
  /** How long Discord may leave a message unanswered. Default: 12 s. */
  readonly patienceMs?: number
}

/** More servers than anybody looks through. */
const maxServers = 15
const requestTimeoutMs = 6_000
const rememberedMs = 10 * 60_000

/**
 * Speaks to Discord by its REST routes alone, so that every server of ours that has the bot's token can: it need not be the
 * program that hears of interactions.
 */
export function createFramePosts(options: FramePostsOptions): FramePosts {
  const { studio, api, publicUrl, log, patienceMs } = options
  const guard = createGuard((message, err) => log.error({ err }, message))
  const rest = new REST({
    ...{ version: '10', ...(isDiscord(api) ? {} : { api }) },
    // All waiting is done by `insist`, which knows for how long somebody waits.
    ...{ retries: 0, rejectOnRateLimit: () => true, timeout: requestTimeoutMs },
  })
  /** After a 401 it has forgotten the token, which may be good again. */
  const takeToken = () => rest.setToken(options.token.trim())
  const reader = createGuildReader(rest)
  const translations = createTranslations()
  const links = createRoomLinks(publicUrl)
  const { guildOffice, guilds, rooms } = studio

  /** Acts that are under way or done a while ago, so that what is said twice is done once. */
  const acts = new Map<string, Promise<{ readonly url: string }>>()

  async function originOf({ discordId }: { readonly discordId: string }, room: RoomId): Promise<PostOrigin | null> {
    const origin = await rooms.origin(room)
    if (!origin) return null
    const isReply = origin.messageId !== null
    try {
      const { channelName, view, canReply } = await destinationOf(reader, origin.channelId, discordId)
      return { channel: channelName, server: view?.guild.name ?? null, isReply: isReply && canReply, problem: null }
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      const view = origin.guildId === null ? null : await reader.guild(origin.guildId)
      const channel = [...(view?.channels ?? []), ...(view?.threads ?? [])].find(({ id }) => id === origin.channelId)
      const named = { channel: channel?.name ?? '', server: view?.guild.name ?? null }
      return { ...named, isReply, problem: error.payload }
    }
  }

  async function serversOf({ id }: Person): Promise<{ id: string; name: string }[]> {
    const known = (await guilds.ofPerson(id)).slice(0, maxServers)
    const views = await Promise.all(known.map(one => reader.guild(one.id)))
    return views.flatMap(view => (view ? [{ id: view.guild.id, name: view.guild.name }] : []))
  }

  async function sendNow(person: Known, post: FramePost, key: string): Promise<{ url: string }> {
    const { room, picture } = post
    const origin = await rooms.origin(room.id)
    const channelId = post.channel ?? origin?.channelId
    if (channelId === undefined) throw new UserError('post/gone')
    const destination = await destinationOf(reader, channelId, person.discordId)
    const isOrigin = channelId === origin?.channelId
    if (destination.isAgeRestricted && !isOrigin) throw new UserError('post/age-restricted')
    const taken = await studio.posts.admit(person.id, room.id, picture, destination).catch((error: unknown) => {
      throw inChannelNames(error, destination.view)
    })
    try {
      const message = await messageOf(person, post, destination, isOrigin ? origin : null)
      const id = await writeMessage(
        rest,
        {
          ...{ channelId, message, key, replyTo: isOrigin && destination.canReply ? origin.messageId : null },
          smaller: () => withPictures(message, one => withinBytes(one, maxFileBytes)),
        },
        patienceMs,
      )
      return { url: `https://discord.com/channels/${destination.guildId ?? '@me'}/${channelId}/${id}` }
    } catch (error) {
      await taken.undo()
      throw error
    } finally {
      await taken.release()
    }
  }

  async function messageOf(person: Known, post: FramePost, to: Destination, origin: RoomOrigin | null) {
    const { guildId, view, isAgeRestricted } = to
    const translateFor = createTranslateFor(studio, translations, () => view?.guild.preferred_locale)
    const t = await translateFor({ guildId, locale: guildId === null ? (origin?.locale ?? null) : null })
    const spoiler = guildId === null ? 'never' : (await guildOffice.settings.read(guildId)).spoiler
    const isSpoiler = spoiler === 'always' || (spoiler === 'unlessAgeRestricted' && !isAgeRestricted)
    return sentPicture(post.picture, finalOptions(t, studio, pictureLinks(links), isSpoiler), {
      ...{ room: post.room.name, by: person.discordId, mayDraw: post.mayDraw },
      link: links.hasCanvas ? `${publicUrl}${post.path}` : null,
    })
  }

  return {
    async places(person, room) {
      if (!isKnown(person)) return { isGuest: true, origin: null, servers: [] }
      takeToken()
      const [origin, servers] = await Promise.all([originOf(person, room), serversOf(person)])
      return { isGuest: false, origin, servers }
    },

    async channels(person, server) {
      if (!isKnown(person)) throw new UserError('post/guest')
      takeToken()
      const isTheirs = (await guilds.ofPerson(person.id)).some(({ id }) => id === server)
      const [view, member] = isTheirs
        ? await Promise.all([reader.guild(server, { isFresh: true }), reader.member(server, person.discordId)])
        : []
      if (!view || !member) throw new UserError('post/not-member')
      const { channels, ageRestrictedOnly } = await guildOffice.settings.read(server)
      const isPaintedIn = (ids: readonly string[]) => !channels.length || ids.some(id => channels.includes(id))
      return ageRestrictedOnly ? [] : channelsFor(view, member, isPaintedIn)
    },

    async send(person, post) {
      if (!isKnown(person)) throw new UserError('post/guest')
      const key = [person.id, post.room.id, post.picture.id, post.channel, post.request].join(' ')
      const known = acts.get(key)
      if (known) return known
      takeToken()
      const act = sendNow(person, post, key)
      acts.set(key, act)
      const forget = guard('A sent picture could not be forgotten', () => acts.delete(key))
      // What failed may be tried again; Discord knows by the nonce what it has taken already.
      act.then(() => setTimeout(forget, rememberedMs).unref(), forget)
      act.catch((error: unknown) => {
        // What a person can mend is theirs to read; what Discord said is for whoever runs this.
        const isOurs = error instanceof UserError && error.cause === undefined
        if (!isOurs) log.warn({ err: error }, 'A picture could not be sent to Discord')
      })
      return act
    },

    close() {
      rest.clearHashSweeper()
      rest.clearHandlerSweeper()
    },
  }
}

type Known = Person & { readonly discordId: string }
const isKnown = (person: Person): person is Known => person.discordId !== null

/** A refusal names channels as Discord shows them; elsewhere they have their names. */
function inChannelNames(error: unknown, view: GuildView | null): unknown {
  if (!(error instanceof UserError) || error.code !== 'guild/channel' || !view) return error
  const named = String(error.values?.['channels'] ?? '').replace(/<#(\d+)>/g, (_, id: string) => {
    return `#${view.channels.find(one => one.id === id)?.name ?? id}`
  })
  return new UserError(error.code, undefined, { values: { channels: named } })
}
