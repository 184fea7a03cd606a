import { setTimeout as sleep } from 'node:timers/promises'
import { countInk } from '../protocol/apply.ts'
import { errorPayload, UserError } from '../protocol/errors.ts'
import {
  type ClientToServer,
  type EnterRequest,
  type OperationBatch,
  protocolVersion,
  type Reply,
  type Welcome,
} from '../protocol/events.ts'
import { limits } from '../protocol/limits.ts'
import { visibleName } from '../protocol/names.ts'
import type { FrameElement, Operation } from '../protocol/scene.ts'
import { asLearningId, asPersonId, asPictureId, checkMayDraw, type Studio } from '../studio/studio.ts'
import { createBucket } from './bucket.ts'
import { createPostMessages, type FramePosts } from './framePosts.ts'
import type { LearningWatch } from './learningWatch.ts'
import { type Member, personOf } from './members.ts'
import type { Metrics } from './metrics.ts'
import type { PreviewWindow } from './previews.ts'
import type { Relay } from './relay.ts'
import { accept, reject } from './replies.ts'
import { RoomElsewhere } from './roomHolders.ts'
import type { RoomSession } from './roomSession.ts'
import type { Rooms } from './rooms.ts'
import type { RoomSocket } from './socketTypes.ts'

/** What a message is answered with; undefined for messages that have no reply. */
export type Value<E extends keyof ClientToServer> =
  Parameters<ClientToServer[E]> extends [unknown, (answer: Reply<infer T>) => void] ? T : undefined

/**
 * One for each message of the protocol. What they get is checked already. `answerNow`: for an answer that no event may
 * overtake; what is returned is then not sent again.
 */
export type MessageHandlers = {
  [E in keyof ClientToServer]: (
    message: Parameters<ClientToServer[E]>[0],
    answerNow: (reply: Reply<Value<E>>) => void,
  ) => Reply<Value<E>> | Promise<Reply<Value<E>>>
}

/** Where one page is. */
export interface PagePlace {
  readonly session: RoomSession | null
  /** To the server that has the room of this page, where another one has. */
  readonly relay: Relay | null
  /** One after the other. `welcomed` is called before any event of the room can follow. */
  enter(request: EnterRequest, welcomed: (welcome: Welcome) => void): Promise<Welcome>
  leave(): void
  /** Sees one frame of a room, which it need not enter. */
  watch(request: Parameters<Rooms['watch']>[1]): Promise<Pick<FrameElement, 'width' | 'height'>>
  /** Where pictures to this page are counted. */
  readonly window: PreviewWindow
  /** The room that this page is in; refuses a page that is in none. */
  here(): { readonly session: RoomSession; readonly member: Member }
  /** The same, for those who may draw. */
  hereToDraw(): { readonly session: RoomSession; readonly member: Member }
}

/** How a page gets to a room that another server has. */
export type OpenRelay = (url: string) => Relay
type AskRelay<T> = (there: Relay) => Promise<Reply<T> | null>

/** `openRelay`: null where this server is alone, and for pages that another server has passed on. */
export function createPagePlace(socket: RoomSocket, rooms: Rooms, openRelay: OpenRelay | null): PagePlace {
  let session: RoomSession | null = null
  let watched: Awaited<ReturnType<Rooms['watch']>> | null = null
  let relay: Relay | null = null
  let entering: Promise<unknown> = Promise.resolve()
  function unwatch() {
    if (watched) rooms.unwatch(watched.session, socket)
    watched = null
  }
  function leave() {
    if (session) rooms.leave(session, socket)
    session = null
    unwatch()
    relay?.close()
    relay = null
  }

  async function enterHere(request: EnterRequest, welcomed: (welcome: Welcome) => void): Promise<Welcome> {
    const entered = await rooms.enter(socket, request, welcomed)
    if (relay || (session && session !== entered.session)) leave()
    session = entered.session
    return entered.welcome
  }

  async function watchHere(request: Parameters<Rooms['watch']>[1]): Promise<Pick<FrameElement, 'width' | 'height'>> {
    unwatch()
    watched = await rooms.watch(socket, request)
    return watched.frame
  }

  /** null: the other server is gone, or has the room no more. */
  async function askThere<T>(there: Relay, ask: AskRelay<T>): Promise<T | null> {
    const answer = await ask(there)
    if (there !== relay) {
      if (answer?.ok) leave()
      else there.close()
    }
    if (!answer) return null
    if (!answer.ok) throw UserError.from(answer.error)
    relay = there
    return answer.value
  }

  /** Where the room is, here or at another server, as soon as one of them has it. */
  async function whereItIs<T>(here: () => Promise<T>, there: AskRelay<T>): Promise<T> {
    const endsAt = performance.now() + movingMs
    for (;;) {
      try {
        return await here()
      } catch (error) {
        if (!(error instanceof RoomElsewhere)) throw error
        const near = relay?.url === error.url ? relay : openRelay?.(error.url)
        const value = near && (await askThere(near, there))
        if (value) return value
        if (near?.isRefused) rooms.suspect(error.url)
        if (!openRelay || performance.now() > endsAt) throw new UserError('room/moving')
        await sleep(movingPauseMs)
      } finally {
        // It may have gone while the room was being opened.
        if (socket.disconnected) leave()
      }
    }
  }

  function here() {
    const member = session?.members.get(socket)
    if (!session || !member) throw new UserError('room/not-entered')
    return { session, member }
  }
  return {
    get session() {
      return session
    },
    leave,
    here,
    get relay() {
      return relay
    },
    get window() {
      return watched ? watched.viewer.window : here().member.window
    },
    watch: request =>
      whereItIs(
        () => watchHere(request),
        there => there.ask('frame:watch', request),
      ),
    enter(request, welcomed) {
      const enter = () =>
        whereItIs(
          () => enterHere(request, welcomed),
          there => there.ask('room:enter', request, welcomed),
        )
      const entered = entering.then(enter)
      entering = entered.catch(() => undefined)
      return entered
    },
    hereToDraw() {
      const place = here()
      checkMayDraw(place.member.role, place.session)
      return place
    },
  }
}

/** A server that has died is known to be dead within three seconds. */
const movingMs = 8_000
const movingPauseMs = 200

/** Stroke points and arranged elements count too: a pen brings 240 points a second, so this leaves room for twenty pens and none for a flood. */
const pointsPerOperation = 50
function costOf({ operations }: OperationBatch): number {
  const countWork = (one: Operation) => (one.type === 'arrange' ? one.changes.length : countInk(one))
  return operations.reduce((cost, operation) => cost + 1 + countWork(operation) / pointsPerOperation, 0)
}

/**
 * How much one page may bring. What is numbered behind a batch that was put off waits for it: smaller ones that went ahead
 * would leave it without room for ever, and could not be stored before it anyway.
 */
function createAllowance() {
  const bucket = createBucket(limits.operationsPerSecond, limits.operationsPerSecond * 4)
  let putOff = Number.POSITIVE_INFINITY
  return {
    take(batch: OperationBatch): boolean {
      const isTaken = batch.seq <= putOff && bucket.take(costOf(batch))
      putOff = isTaken ? Number.POSITIVE_INFINITY : Math.min(putOff, batch.seq)
      return isTaken
    },
    /** The page numbers what is left anew. */
    beginAnew() {
      putOff = Number.POSITIVE_INFINITY
    },
  }
}

/** What each message of one page does: one function of the room or the studio, and the answer. */
export function createMessageHandlers(
  socket: RoomSocket,
  place: PagePlace,
  tools: {
    readonly studio: Studio
    readonly rooms: Rooms
    readonly metrics: Metrics
    readonly learnings: LearningWatch
    readonly framePosts: FramePosts | null
  },
): MessageHandlers {
  const { studio, rooms, metrics, learnings, framePosts } = tools
  const { here, hereToDraw } = place
  const allowance = createAllowance()
  const entries = createBucket(0.5, 10)

  return {
    async 'room:enter'(request, answerNow) {
      if (request.protocol !== protocolVersion) return reject('protocol/version')
      if (!entries.take()) return reject('room/fast')
      allowance.beginAnew()
      return accept(await place.enter(request, welcome => answerNow(accept(welcome))))
    },
    async 'scene:operate'(batch) {
      const { session, member } = hereToDraw()
      if (!allowance.take(batch)) return reject('room/fast')
      const startedAt = performance.now()
      const reply = await session.room.operate(member.person.id, member.client, batch)
      metrics.operateMs.observe(performance.now() - startedAt)
      return reply
    },
    'cursor:move'(at) {
      const { session, member } = here()
      session.presence.move(member.person.id, at)
      return accept(undefined)
    },
    'person:follow'(person) {
      const { session, member } = here()
      session.following.follow(member, person)
      return accept(null)
    },
    'view:show'(view) {
      const { session, member } = here()
      session.following.show(member, view)
      return accept(undefined)
    },
    async 'people:find'(ids) {
      const found = await studio.rooms.peopleOf(here().session.id, ids)
      return accept(found.map(({ name, ...look }) => ({ ...look, name: visibleName(name) })))
    },
    async 'person:rename'(name) {
      const { role, person } = here().member
      const renamed = await studio.people.rename(person.id, name)
      rooms.renamed(renamed)
      return accept(personOf({ person: renamed, role }))
    },
    async 'room:rename'(name) {
      const { session, member } = hereToDraw()
      await studio.rooms.rename(session.id, name, member.person.id)
      session.name = name
      for (const other of session.members.keys()) other.emit('room:renamed', name)
      return accept(null)
    },
    async 'room:members'() {
      const { session, member } = here()
      return accept(await studio.rooms.members(session.id, member.person.id))
    },
    async 'member:role'({ person, role }) {
      const { session, member } = here()
      await studio.rooms.setRole(session.id, asPersonId(person), role, member.person.id)
      session.setRole(person, role, member.links)
      return accept(null)
    },
    async 'member:remove'({ person }) {
      const { session, member } = here()
      await studio.rooms.removeMember(session.id, asPersonId(person), member.person.id)
      session.turnOut(one => one.person.id === person, errorPayload('room/removed'))
      return accept(null)
    },
    async 'room:lock'(isLocked) {
      const { session, member } = here()
      await studio.rooms.setLocked(session.id, isLocked, member.person.id)
      session.setLocked(isLocked)
      return accept(null)
    },
    async 'room:renew-links'() {
      const { session, member } = here()
      session.setLinks(await studio.rooms.renewLinks(session.id, member.person.id))
      return accept(null)
    },
    async 'room:delete'() {
      const { session, member } = here()
      // Its own page is told and ended with the others, before the answer could come.
      await studio.rooms.delete(session.id, member.person.id)
      return accept(null)
    },
    async 'palette:add'(color) {
      const { session, member } = hereToDraw()
      session.showPalette(await studio.rooms.addColor(session.id, color, member.person.id))
      return accept(null)
    },
    async 'palette:remove'(color) {
      const { session, member } = hereToDraw()
      session.showPalette(await studio.rooms.removeColor(session.id, color, member.person.id))
      return accept(null)
    },
    async 'frame:paint'({ frameId, options }) {
      const { session, member } = hereToDraw()
      const painter = await session.frames.find(frameId)
      return accept({ job: await painter.paint(member.person.id, options) })
    },
    async 'frame:link'({ frameId }) {
      const { session, member } = here()
      await session.frames.find(frameId)
      const key = await studio.rooms.frameKey(session.id, frameId, member.person.id)
      return accept(`/f/${session.id}/${frameId}/${key}`)
    },
    async 'frame:watch'(request) {
      if (!entries.take()) return reject('room/fast')
      const { width, height } = await place.watch(request)
      return accept({ width, height })
    },
    async 'frame:cancel'({ frameId }) {
      const { session, member } = hereToDraw()
      const painter = await session.frames.find(frameId)
      await painter.cancel(member.person.id)
      return accept(null)
    },
    async 'frame:history'({ frameId }) {
      const painter = await here().session.frames.find(frameId)
      return accept(await painter.history.results())
    },
    async 'frame:save'({ frameId }) {
      const painter = await hereToDraw().session.frames.find(frameId)
      return accept(await painter.save())
    },
    async 'frame:restore'({ frameId, picture }) {
      const { session, member } = hereToDraw()
      const painter = await session.frames.find(frameId)
      await painter.restore(asPictureId(picture), member.person.id)
      return accept(null)
    },
    async 'style:watch'(learning) {
      await learnings.watch(asLearningId(learning), socket.data.person)
      return accept(null)
    },
    'style:unwatch'(learning) {
      learnings.unwatch(asLearningId(learning))
      return accept(undefined)
    },
    ...createPostMessages(hereToDraw, framePosts),
    'preview:shown'(id) {
      place.window.open(id)
      return accept(undefined)
    },
  }
}
