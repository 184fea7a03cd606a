import { UserError } from '../protocol/errors.ts'
import type { DiscordChannel, DiscordPlaces, FrameSend } from '../protocol/events.ts'
import type { Person, Picture, RoomId } from '../studio/studio.ts'
import { createBucket } from './bucket.ts'
import { pathOf } from './links.ts'
import type { Member } from './members.ts'
import { accept } from './replies.ts'
import type { RoomSession } from './roomSession.ts'

/** What sends pictures to Discord for people on our pages; any server can that has the bot's token. */
export interface FramePosts {
  places(person: Person, room: RoomId): Promise<DiscordPlaces>
  channels(person: Person, server: string): Promise<readonly DiscordChannel[]>
  /** Sends it once, however often the same `request` comes. */
  send(
    person: Person,
    post: {
      readonly room: { readonly id: RoomId; readonly name: string }
      readonly picture: Picture
      /** null: where the room came from. */
      readonly channel: string | null
      readonly request: string
      /** Path of the way back. */
      readonly path: string
      readonly mayDraw: boolean
    },
  ): Promise<{ readonly url: string }>
}

/** What one page asks about sending pictures; each of these asks Discord in turn. `hereToDraw`: refuses who may not draw. */
export function createPostMessages(
  hereToDraw: () => { readonly session: RoomSession; readonly member: Member },
  posts: FramePosts | null,
) {
  const bucket = createBucket(0.5, 8)

  /** Who asks whom. */
  function begin() {
    const here = hereToDraw()
    if (!posts) throw new UserError('post/off')
    if (!bucket.take()) throw new UserError('room/fast')
    return { ...here, posts }
  }

  return {
    async 'discord:places'() {
      const { posts, session, member } = begin()
      return accept(await posts.places(member.person, session.id))
    },
    async 'discord:channels'(server: string) {
      const { posts, member } = begin()
      return accept(await posts.channels(member.person, server))
    },
    async 'frame:send'({ frameId, picture: id, mayDraw, ...request }: FrameSend) {
      const { posts, session, member } = begin()
      const painter = await session.frames.find(frameId)
      const found = await painter.history.find(id)
      if (!found) throw new UserError('picture/missing')
      const path = `${pathOf(mayDraw ? member.links.edit : member.links.view)}?frame=${encodeURIComponent(frameId)}`
      const room = { id: session.id, name: session.name }
      const post = { ...request, room, picture: found.picture, path, mayDraw }
      return accept(await posts.send(member.person, post))
    },
  }
}
