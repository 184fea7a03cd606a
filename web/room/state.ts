import type { FrameResult, FrameState, ModelVocabulary, ServerToClient, Welcome } from '../../protocol/events.ts'
import type { FirstSceneFacts } from '../../protocol/http.ts'
import { limits } from '../../protocol/limits.ts'
import type { Person, Pointer } from '../../protocol/person.ts'
import type { Box } from '../../protocol/scene.ts'
import type { RoomStyle } from '../../protocol/styles.ts'
import { t } from '../text/t.ts'

/** How this page and the server stand to each other. */
export type Connection =
  /** `as`: whom the server knows by this browser's cookie, or whoever signs in first. */
  | { readonly type: 'connecting'; readonly as: 'known' | 'signedIn' }
  | { readonly type: 'online' }
  | { readonly type: 'offline' }
  /** The server turned this page away, for a reason that trying again does not mend: the `code` of an error, and its words. */
  | { readonly type: 'closed'; readonly code: string; readonly message: string }
  /** The person has gone to another page. */
  | { readonly type: 'left' }

/** What the welcome says that does not change while the page is open. */
export interface Entered {
  /** Of the room. */
  readonly id: string
  readonly you: Person
  readonly links: Welcome['links']
  readonly addresses: Welcome['addresses']
  readonly canSend: boolean
  readonly model: ModelVocabulary
}

export type Cursor = Pointer

/** Everything that this page knows of a room besides what is drawn: a plain value, to be printed and compared. */
export interface SessionState {
  readonly connection: Connection
  /** null until the first welcome. */
  readonly entered: Entered | null
  /** What is drawn is shown before the first welcome; null until then, or if it comes with the welcome. */
  readonly foreseen: FirstSceneFacts | null
  readonly name: string
  /** Only its owners change it. */
  readonly isLocked: boolean
  readonly people: readonly Person[]
  /** By person; not my own. */
  readonly cursors: ReadonlyMap<string, Cursor>
  /** Whose view this page follows, and what they look at as far as they have said. */
  readonly following: { readonly person: string; readonly view: Box | null } | null
  /** Who follows my view. */
  readonly followers: readonly string[]
  readonly frameStates: ReadonlyMap<string, FrameState>
  /** By frame, newest first. */
  readonly results: ReadonlyMap<string, readonly FrameResult[]>
  /** The styles of the room's frames, by id. */
  readonly styles: ReadonlyMap<string, RoomStyle>
  /** Colours that the people of the room have put aside for each other, oldest first. */
  readonly palette: readonly string[]
  /** By frame: which other person has typed in its prompt last, and when, in milliseconds since 1970. */
  readonly typed: ReadonlyMap<string, { readonly person: string; readonly at: number }>
  /** My operations that are not stored yet. */
  readonly unsent: number
  readonly undoable: { readonly undo: boolean; readonly redo: boolean }
}

export const initialState: SessionState = {
  connection: { type: 'connecting', as: 'signedIn' },
  entered: null,
  foreseen: null,
  name: '',
  isLocked: false,
  people: [],
  cursors: new Map(),
  following: null,
  followers: [],
  frameStates: new Map(),
  results: new Map(),
  styles: new Map(),
  palette: [],
  typed: new Map(),
  unsent: 0,
  undoable: { undo: false, redo: false },
}

type Moved = Parameters<ServerToClient['cursors:moved']>[0]

/** What can happen to a session. */
export type SessionEvent =
  /** `isKnown`: the server seems to know already who sits at this browser. */
  | { readonly type: 'opened'; readonly isKnown: boolean }
  /** The server knows who sits at this browser. */
  | { readonly type: 'signedIn' }
  /** This page may not enter, and trying again would not help. */
  | { readonly type: 'turnedAway'; readonly code: string; readonly message: string }
  /** What is drawn has come before the welcome. */
  | { readonly type: 'sceneForeseen'; readonly facts: FirstSceneFacts }
  | { readonly type: 'socketOpened' }
  /**
   * `willRetry`: the socket tries again by itself, as it does when the line broke, not when the server hung up.
   * `isStranger`: the server does not know who sits at this browser.
   */
  | { readonly type: 'socketLost'; readonly willRetry: boolean; readonly isStranger?: boolean }
  | { readonly type: 'retryDue' }
  /** `savedName`: what this browser's person was called last. */
  | { readonly type: 'welcomed'; readonly welcome: Welcome; readonly savedName: string }
  | { readonly type: 'roomClosed'; readonly code: string; readonly message: string }
  /** Stored operations are missing between those that have come. */
  | { readonly type: 'gapFound' }
  | { readonly type: 'peopleChanged'; readonly people: readonly Person[] }
  | { readonly type: 'cursorsMoved'; readonly moved: Moved }
  /** I follow somebody's view from now on, or nobody's. */
  | { readonly type: 'followed'; readonly person: string | null }
  | { readonly type: 'followersChanged'; readonly followers: readonly string[] }
  | { readonly type: 'viewMoved'; readonly person: string; readonly view: Box }
  | { readonly type: 'promptTyped'; readonly frameId: string; readonly person: string; readonly at: number }
  | { readonly type: 'roomRenamed'; readonly name: string }
  | { readonly type: 'roomLocked'; readonly isLocked: boolean }
  | { readonly type: 'linksChanged'; readonly links: Welcome['links'] }
  | { readonly type: 'paletteChanged'; readonly palette: readonly string[] }
  | { readonly type: 'stylesChanged'; readonly styles: readonly RoomStyle[] }
  | { readonly type: 'frameStateChanged'; readonly state: FrameState }
  | { readonly type: 'resultSaved'; readonly result: FrameResult }
  | { readonly type: 'historyLoaded'; readonly frameId: string; readonly results: readonly FrameResult[] }
  | { readonly type: 'sceneCounted'; readonly unsent: number; readonly undo: boolean; readonly redo: boolean }
  | { readonly type: 'left' }

/** What shall be done because of an event, in this order. */
export type Effect =
  | { readonly type: 'signIn' }
  | { readonly type: 'openSocket' }
  | { readonly type: 'closeSocket' }
  /** Signs in and connects anew, after a pause. */
  | { readonly type: 'retryLater' }
  | { readonly type: 'enter' }
  | { readonly type: 'sendOperations' }
  | { readonly type: 'loadHistories' }
  | { readonly type: 'rememberRoom'; readonly name: string }
  /** It is no more. */
  | { readonly type: 'forgetRoom' }
  /** The room has another link for this page. */
  | { readonly type: 'followLink'; readonly link: string; readonly name: string }
  | { readonly type: 'follow'; readonly person: string | null }
  | { readonly type: 'renameMe'; readonly name: string }
  | { readonly type: 'notify'; readonly message: string }

/** What a session becomes, and what is to be done about it. */
export interface Step {
  readonly state: SessionState
  readonly effects: readonly Effect[]
}

/** The whole behaviour of a session: no socket, no timer, no page. */
export function next(state: SessionState, event: SessionEvent): Step {
  const become = (change: Partial<SessionState>, ...effects: Effect[]): Step => ({
    state: { ...state, ...change },
    effects,
  })
  const isOver = state.connection.type === 'closed' || state.connection.type === 'left'
  switch (event.type) {
    case 'opened':
      return event.isKnown
        ? become({ connection: { type: 'connecting', as: 'known' } }, { type: 'openSocket' })
        : become({}, { type: 'signIn' })
    case 'signedIn':
      return isOver ? become({}) : become({}, { type: 'openSocket' })
    case 'sceneForeseen':
      return become({ foreseen: event.facts })
    case 'turnedAway':
      return close(state, event)
    case 'socketOpened':
    case 'gapFound':
      return isOver ? become({}) : become({}, { type: 'enter' })
    case 'socketLost': {
      const cursors = state.cursors.size === 0 ? state.cursors : new Map()
      if (isOver) return become({ cursors })
      if (event.isStranger && state.connection.type === 'connecting' && state.connection.as === 'known') {
        return become({ connection: { type: 'connecting', as: 'signedIn' } }, { type: 'signIn' })
      }
      const offline = become({ cursors, connection: { type: 'offline' } })
      return event.willRetry ? offline : { ...offline, effects: [{ type: 'retryLater' }] }
    }
    case 'retryDue':
      return isOver ? become({}) : become({}, { type: 'signIn' })
    case 'welcomed':
      return isOver ? become({}) : welcome(state, event.welcome, event.savedName)
    case 'roomClosed':
      // A server that stops comes back, and this page waits for it.
      return event.code === 'room/stopping' ? become({}) : close(state, event)
    case 'peopleChanged':
      return become(changePeople(state, event.people))
    case 'cursorsMoved':
      return become({ cursors: moveCursors(state, event.moved) })
    case 'followed': {
      if ((state.following?.person ?? null) === event.person) return become({})
      const following = event.person === null ? null : { person: event.person, view: null }
      return become({ following }, { type: 'follow', person: event.person })
    }
    case 'followersChanged':
      return become({ followers: event.followers })
    case 'viewMoved': {
      if (state.following?.person !== event.person) return become({})
      return become({ following: { person: event.person, view: event.view } })
    }
    case 'promptTyped': {
      const { frameId, person, at } = event
      if (person === state.entered?.you.id) return become({})
      return become({ typed: new Map(state.typed).set(frameId, { person, at }) })
    }
    case 'roomRenamed':
      return become({ name: event.name }, { type: 'rememberRoom', name: event.name })
    case 'roomLocked':
      return become({ isLocked: event.isLocked })
    case 'linksChanged': {
      if (!state.entered) return become({})
      const { links } = event
      const link = links.edit ?? links.view
      return become({ entered: { ...state.entered, links } }, { type: 'followLink', link, name: state.name })
    }
    case 'paletteChanged':
      return become({ palette: event.palette })
    case 'stylesChanged':
      return become({ styles: byId(event.styles) })
    case 'frameStateChanged':
      return become({ frameStates: new Map(state.frameStates).set(event.state.frameId, event.state) })
    case 'resultSaved': {
      const { result } = event
      const others = (state.results.get(result.frameId) ?? []).filter(one => one.picture !== result.picture)
      const newest = [result, ...others].slice(0, limits.maxResultsPerFrame)
      return become({ results: new Map(state.results).set(result.frameId, newest) })
    }
    case 'historyLoaded':
      return become({ results: new Map(state.results).set(event.frameId, event.results) })
    case 'sceneCounted':
      return become(countScene(state, event))
    case 'left':
      return become({ connection: { type: 'left' } }, { type: 'closeSocket' })
    default:
      return event satisfies never
  }
}

function close(state: SessionState, { code, message }: Readonly<Record<'code' | 'message', string>>): Step {
  if (state.connection.type === 'left') return { state, effects: [] }
  const effects: Effect[] = [{ type: 'closeSocket' }]
  if (code === 'room/deleted') effects.push({ type: 'forgetRoom' })
  return { state: { ...state, connection: { type: 'closed', code, message } }, effects }
}

function welcome(
  state: SessionState,
  { you, links, addresses, canSend, model, ...welcome }: Welcome,
  savedName: string,
): Step {
  const isFirst = state.entered === null
  const wanted = savedName.trim()
  const effects: Effect[] = [{ type: 'rememberRoom', name: welcome.room.name }]
  if (isFirst && welcome.isGuest && wanted && wanted !== you.name) effects.push({ type: 'renameMe', name: wanted })
  if (isFirst && !wanted) {
    const message = t('room.seenAs', { name: you.name })
    effects.push({ type: 'notify', message })
  }
  if (state.following) effects.push({ type: 'follow', person: state.following.person })
  effects.push({ type: 'sendOperations' }, { type: 'loadHistories' })
  return {
    state: {
      ...state,
      connection: { type: 'online' },
      entered: { id: welcome.room.id, you, links, addresses, canSend, model },
      name: welcome.room.name,
      isLocked: welcome.isLocked,
      people: welcome.people,
      frameStates: new Map(welcome.frames.map(frame => [frame.frameId, frame])),
      styles: byId(welcome.styles),
      palette: welcome.palette,
    },
    effects,
  }
}

/** Who is here now; a pointer leaves with its person, and my own name or role may be new. */
function changePeople(state: SessionState, people: readonly Person[]): Partial<SessionState> {
  const me = people.find(person => person.id === state.entered?.you.id)
  const here = new Set(people.map(person => person.id))
  return {
    people,
    following: state.following && here.has(state.following.person) ? state.following : null,
    entered: me && state.entered ? { ...state.entered, you: me } : state.entered,
    cursors: new Map([...state.cursors].filter(([person]) => here.has(person))),
  }
}

function moveCursors(state: SessionState, moved: Moved): SessionState['cursors'] {
  const cursors = new Map(state.cursors)
  for (const { person, at } of moved) {
    if (person === state.entered?.you.id) continue
    if (at) cursors.set(person, at)
    else cursors.delete(person)
  }
  return cursors
}

/** Counted after each operation: what has not changed stays the same object, and nobody is told. */
function countScene(
  { undoable }: SessionState,
  { unsent, undo, redo }: SessionEvent & { type: 'sceneCounted' },
): Partial<SessionState> {
  return { unsent, undoable: undoable.undo === undo && undoable.redo === redo ? undoable : { undo, redo } }
}

const byId = (styles: readonly RoomStyle[]): SessionState['styles'] => new Map(styles.map(style => [style.id, style]))

/** Whether I may draw here. */
export function canEdit({ entered, isLocked }: Pick<SessionState, 'entered' | 'isLocked'>): boolean {
  return entered?.you.role === 'owner' || (entered?.you.role === 'editor' && !isLocked)
}
