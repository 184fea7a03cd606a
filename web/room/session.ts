import { io } from 'socket.io-client'
import { type ErrorPayload, UserError } from '../../protocol/errors.ts'
import type { Welcome, WelcomeScene } from '../../protocol/events.ts'
import { protocolVersion } from '../../protocol/events.ts'
import type { Box, Element, FrameElement, LayerElement, Operation, Scene } from '../../protocol/scene.ts'
import type { InflatedScene } from '../../protocol/sync.ts'
import { newId } from '../browser/ids.ts'
import { inflate } from '../browser/inflate.ts'
import { forgetRoom, isKnownHere, myName, rememberRoom } from '../store/preferences.ts'
import { createStore, fieldOf, type Readable } from '../store/store.ts'
import { createThrottle } from '../store/throttle.ts'
import { notify } from '../store/toasts.ts'
import { errorMessage } from '../text/t.ts'
import { followCode, hasCode } from './account.ts'
import { type FirstScene, fetchFirstScene } from './firstScene.ts'
import { becomeGuest } from './http.ts'
import { createInbox, type Inbox } from './inbox.ts'
import { named, withNames } from './names.ts'
import { createOutbox } from './outbox.ts'
import { createPaintings, type Paintings } from './paintings.ts'
import { isFinal } from './refusals.ts'
import { createRequests, type Requests, type RoomSocket, waitForReply } from './requests.ts'
import { createRoomScene, type RoomScene } from './roomScene.ts'
import { type Cursor, canEdit, type Effect, initialState, next, type SessionEvent, type SessionState } from './state.ts'

/** One room, as one page holds it: what is in it, and what can be done in it. */
export interface RoomSession extends SessionFields, Requests {
  /** Of the link that this page came by, or of the one that has taken its place. */
  readonly secret: string
  readonly scene: Scene
  /** What lies on the canvas, on hidden layers too, from back to front. */
  readonly elements: readonly Element[]
  readonly frames: Readable<readonly FrameElement[]>
  /** Of all frames, from the lowest to the highest. */
  readonly layers: Readable<readonly LayerElement[]>
  readonly paintings: Paintings
  readonly onChange: RoomScene['onChange']
  readonly isNewerThan: RoomScene['isNewerThan']

  canEdit(): boolean
  /** Shows it at once and sends it soon. Operations of one `gesture` are undone together. */
  operate(operations: readonly Operation[], gesture?: string): void
  undo(): void
  redo(): void
  moveCursor(at: Cursor | null): void
  /** Follows what somebody looks at; null: nobody any more. */
  follow(person: string | null): void
  /** Says what I look at, to those who follow me. */
  showView(view: Box): void
  leave(): void
}

/** Everything but the drawing, as one value and as a store for each of its fields. */
type SessionFields = { readonly state: Readable<SessionState> } & {
  readonly [K in keyof SessionState]: Readable<SessionState[K]>
}

/** What a session needs from outside; tests hand in their own. */
export interface SessionServices {
  readonly socket: RoomSocket
  /** Whether the server has known this browser before, so that nobody has to wait for it to say so again. */
  isKnown(): boolean
  /** What is drawn, as soon as it can be had; null: with the welcome. */
  firstScene(secret: string): Promise<FirstScene | null>
  /** Resolves when the server knows who sits at this browser. */
  signIn(): Promise<void>
  /** The room has another link: the page's address names it from now on. */
  showLink(link: string): void
}

const isKnown = () => isKnownHere.get() && !hasCode()

const browserServices = (): SessionServices => ({
  socket: io({ autoConnect: false, transports: ['websocket'], reconnectionDelay: 400, reconnectionDelayMax: 4_000 }),
  isKnown,
  // Who is not known yet would be refused, and who comes with a code may be somebody else.
  firstScene: async secret => (isKnown() ? fetchFirstScene(secret) : null),
  async signIn() {
    await followCode()
    await becomeGuest()
  },
  showLink: link => history.replaceState(history.state, '', link + location.search),
})

const cursorEveryMs = 40
const viewEveryMs = 80
const hangUpPauseMs = 1_500
/** What comes first is drawn before the rest is unpacked, unless that takes longer, as on a page that nobody sees. */
const longestDrawingMs = 300

export function openSession(link: string, services: SessionServices = browserServices()): RoomSession {
  let secret = link
  const { socket, signIn } = services
  const client = newId()
  const room = createRoomScene(client)
  const paintings = createPaintings()
  const inbox = createInbox()
  const state = createStore(initialState)
  const { dispose: disposeLooks, ...looks } = createLooks(socket)
  const outbox = createOutbox(room.sync, {
    isConnected: () => socket.connected,
    emit: (batch, reply) => socket.emit('scene:operate', batch, reply),
    onRejected: message => notify(message, 'bad'),
    onAnswered: () => countScene(),
  })
  const requests = createRequests(socket, state, outbox.send)
  let retryTimer: ReturnType<typeof setTimeout> | undefined

  function dispatch(event: SessionEvent): void {
    const step = next(state.get(), event)
    state.set(step.state)
    for (const effect of step.effects) run(effect)
  }

  function run(effect: Effect): void {
    switch (effect.type) {
      case 'signIn':
        void signIn().then(
          () => dispatch({ type: 'signedIn' }),
          (error: unknown) => dispatch(signInFailed(error, socket, state.get())),
        )
        break
      case 'openSocket':
        socket.connect()
        break
      case 'closeSocket':
        socket.disconnect()
        break
      case 'retryLater':
        clearTimeout(retryTimer)
        retryTimer = setTimeout(() => dispatch({ type: 'retryDue' }), hangUpPauseMs)
        break
      case 'enter':
        void enter()
        break
      case 'sendOperations':
        outbox.send()
        break
      case 'loadHistories':
        loadHistories(room, requests, dispatch)
        break
      case 'rememberRoom':
      case 'forgetRoom':
      case 'followLink':
        secret = keepRoom(effect, secret, services)
        break
      case 'follow':
        void waitForReply(reply => socket.emit('person:follow', effect.person, reply))
        break
      case 'renameMe':
        void requests.renameMe(effect.name)
        break
      case 'notify':
        notify(effect.message)
        break
      default:
        effect satisfies never
    }
  }

  const foreseen = foresee(services.firstScene(secret), room, dispatch)

  async function enter(): Promise<void> {
    // With it, the welcome brings only what has come since.
    const clock = room.sync.clock ?? (await foreseen.clock())
    if (!socket.connected) return
    const hello = { protocol: protocolVersion, secret, client, clock }
    const answer = await waitForReply<Welcome>(reply => socket.emit('room:enter', hello, reply))
    // What the welcome says is true until the next message.
    if (answer.ok) return inbox.during(takeIn(answer.value))
    const waitMs = waitAfter(answer.error, state.get())
    if (waitMs === null) return dispatch(turnedAway(answer.error))
    clearTimeout(retryTimer)
    retryTimer = setTimeout(() => void enter(), waitMs)
  }

  async function takeIn(welcome: Welcome): Promise<void> {
    await foreseen.whole
    // It broke off on its way here, and this welcome counts on it.
    if (welcome.scene.type === 'since' && room.sync.clock === null) return void enter()
    room.entered({ ...welcome, scene: await inflateScene(welcome.scene) })
    countScene()
    dispatch({ type: 'welcomed', welcome: withNames(welcome), savedName: myName.get() })
  }

  const countScene = () => dispatch({ type: 'sceneCounted', ...room.counts })

  /** After operations of mine: says what could not be applied, and sends the rest soon. */
  function sendChanges(problems: readonly string[]): void {
    for (const problem of problems) notify(problem, 'bad')
    countScene()
    outbox.sendSoon()
  }

  listen(socket, inbox, dispatch)
  listenToScene(socket, inbox, { room, paintings, dispatch, countScene })
  dispatch({ type: 'opened', isKnown: services.isKnown() })

  return {
    ...fieldsOf(state),
    ...requests,
    get secret() {
      return secret
    },
    ...shownOf(room),
    ...looks,
    paintings,
    canEdit: () => canEdit(state.get()),
    operate: (operations, gesture) => sendChanges(room.operate(operations, gesture)),
    undo: () => sendChanges(room.undo()),
    redo: () => sendChanges(room.redo()),
    follow: person => dispatch({ type: 'followed', person }),
    leave() {
      dispatch({ type: 'left' })
      clearTimeout(retryTimer)
      outbox.dispose()
      disposeLooks()
      paintings.clear()
    },
  }
}

/**
 * How long a page that was not let in waits before it asks again; null: it is turned away. What lies on an open page is not
 * lost over what passes by itself.
 */
function waitAfter(error: ErrorPayload, { entered }: SessionState): number | null {
  if (error.code === 'reply/late') return 0
  if (error.code === 'room/moving') notify(errorMessage(error))
  else if (entered === null || isFinal(UserError.from(error))) return null
  return hangUpPauseMs
}

type KeepEffect = Extract<Effect, { type: 'rememberRoom' | 'forgetRoom' | 'followLink' }>

/** Keeps the room of the secret `known` among those that this browser has been in, or drops it; returns its secret, which may be new. */
function keepRoom(effect: KeepEffect, known: string, { showLink }: SessionServices): string {
  if (effect.type === 'rememberRoom') rememberRoom(known, effect.name)
  if (effect.type === 'forgetRoom') forgetRoom(known)
  if (effect.type !== 'followLink') return known
  const renewed = secretOf(effect.link)
  if (renewed === known) return known
  forgetRoom(known)
  rememberRoom(renewed, effect.name)
  showLink(effect.link)
  return renewed
}

/** Of what is drawn, what a session shows as its own. */
const shownOf = ({ scene, elements, frames, layers, onChange, isNewerThan }: RoomScene) => ({
  ...{ scene, elements, frames, layers, onChange, isNewerThan },
})

/** Where I point and what I look at, said no more often than anybody sees. */
function createLooks(socket: RoomSocket) {
  const cursor = createThrottle<Cursor | null>(cursorEveryMs, at => {
    if (socket.connected) socket.emit('cursor:move', at)
  })
  const view = createThrottle<Box>(viewEveryMs, box => {
    if (socket.connected) socket.emit('view:show', box)
  })
  return {
    moveCursor: cursor.push,
    showView: view.push,
    dispose() {
      cursor.dispose()
      view.dispose()
    },
  }
}

/** Links are paths: `/r/<secret>`. */
const secretOf = (link: string): string => link.split('/').at(-1)!

/** Resolves when the page has been there for a frame, and its ink in the next one. */
function firstDrawing(): Promise<void> {
  const nextFrame = () => new Promise(resolve => globalThis.requestAnimationFrame?.(resolve))
  const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))
  const drawn = nextFrame()
    .then(nextFrame)
    .then(() => pause(0))
  return Promise.race([drawn, pause(longestDrawingMs)])
}

/** What is drawn, on its way here before the room has been entered. */
interface Foreseen {
  /** What it is true of, known before all of it is here; null: there is none, or it broke off. */
  clock(): Promise<number | null>
  /** Resolves when it is all here or will not come. */
  readonly whole: Promise<void>
}

/** Shows what is drawn, as it comes. */
function foresee(
  fetched: Promise<FirstScene | null>,
  { sync }: RoomScene,
  dispatch: (event: SessionEvent) => void,
): Foreseen {
  let coming = fetched

  async function show(): Promise<void> {
    const scene = await fetched
    if (!scene) return
    const { facts, parts } = scene
    let isFirst = true
    for await (const elements of parts) {
      sync.foresee(elements)
      dispatch({ type: 'sceneForeseen', facts })
      if (isFirst) await firstDrawing()
      isFirst = false
    }
    sync.foreseen(facts.clock)
  }

  const whole = show().catch((error: unknown) => {
    console.info('What is drawn broke off on its way, and comes with the welcome.', error)
    coming = Promise.resolve(null)
  })
  return { whole, clock: async () => (await coming)?.facts.clock ?? null }
}

async function inflateScene(scene: WelcomeScene): Promise<InflatedScene> {
  if (scene.type !== 'packed') return scene
  const { elements, ...rest } = scene
  return { ...rest, type: 'inflated', packed: await inflate(new Uint8Array(elements)) }
}

/** What each frame of the room has shown before. */
function loadHistories(room: RoomScene, requests: Requests, dispatch: (event: SessionEvent) => void): void {
  for (const { id, kind } of room.elements) {
    if (kind !== 'frame') continue
    void requests.history(id).then(answer => {
      if (answer.ok) dispatch({ type: 'historyLoaded', frameId: id, results: answer.value })
    })
  }
}

const turnedAway = (error: ErrorPayload | UserError): SessionEvent => ({
  ...{ type: 'turnedAway', code: error.code, message: errorMessage(error) },
})

/** A stranger is turned away for good; when the server could not be reached, or has a fault for a while, this page tries again. */
function signInFailed(error: unknown, socket: RoomSocket, { entered }: SessionState): SessionEvent {
  const isRefused = error instanceof UserError && (entered === null || isFinal(error))
  if (isRefused) return turnedAway(error)
  return { type: 'socketLost', willRetry: socket.active }
}

/** A refused handshake carries the payload of its error (server/sockets.ts). */
function isStranger(reason: unknown): boolean {
  return reason instanceof Error && (reason as { data?: Partial<ErrorPayload> }).data?.code === 'guest/missing'
}

/** What the server says about the room and its people. */
function listen(socket: RoomSocket, { inTurn }: Inbox, dispatch: (event: SessionEvent) => void): void {
  const lost = inTurn((reason: unknown) =>
    dispatch({ type: 'socketLost', willRetry: socket.active, isStranger: isStranger(reason) }),
  )
  socket.on(
    'connect',
    inTurn(() => dispatch({ type: 'socketOpened' })),
  )
  socket.on('disconnect', lost)
  socket.on('connect_error', lost)
  socket.on(
    'room:closed',
    inTurn(error => dispatch({ type: 'roomClosed', code: error.code, message: errorMessage(error) })),
  )
  socket.on(
    'room:renamed',
    inTurn(name => dispatch({ type: 'roomRenamed', name })),
  )
  socket.on(
    'room:locked',
    inTurn(isLocked => dispatch({ type: 'roomLocked', isLocked })),
  )
  socket.on(
    'links:changed',
    inTurn(links => dispatch({ type: 'linksChanged', links })),
  )
  socket.on(
    'palette:changed',
    inTurn(palette => dispatch({ type: 'paletteChanged', palette })),
  )
  socket.on(
    'people:changed',
    inTurn(people => dispatch({ type: 'peopleChanged', people: people.map(named) })),
  )
  socket.on(
    'cursors:moved',
    inTurn(moved => dispatch({ type: 'cursorsMoved', moved })),
  )
  socket.on(
    'followers:changed',
    inTurn(followers => dispatch({ type: 'followersChanged', followers })),
  )
  socket.on(
    'view:moved',
    inTurn(({ person, view }) => dispatch({ type: 'viewMoved', person, view })),
  )
  socket.on(
    'styles:changed',
    inTurn(styles => dispatch({ type: 'stylesChanged', styles })),
  )
  socket.on(
    'frame:state',
    inTurn(state => dispatch({ type: 'frameStateChanged', state })),
  )
  socket.on(
    'frame:saved',
    inTurn(result => dispatch({ type: 'resultSaved', result })),
  )
}

interface SceneParts {
  readonly room: RoomScene
  readonly paintings: Paintings
  readonly dispatch: (event: SessionEvent) => void
  readonly countScene: () => void
}

/** What the server says about what is drawn and painted. */
function listenToScene(socket: RoomSocket, { inTurn }: Inbox, parts: SceneParts): void {
  const { room, paintings, dispatch, countScene } = parts
  socket.on(
    'disconnect',
    inTurn(() => room.sync.disconnected()),
  )
  socket.on(
    'scene:operated',
    inTurn(stored => {
      if (!room.received(stored)) dispatch({ type: 'gapFound' })
      for (const { operation, author } of stored.operations) {
        if (operation.type !== 'edit') continue
        dispatch({ type: 'promptTyped', frameId: operation.id, person: author, at: Date.now() })
      }
      countScene()
    }),
  )
  socket.on(
    'frame:state',
    inTurn(({ frameId, state, painted }) => {
      if (painted === null && state !== 'rendering') paintings.hide(frameId)
    }),
  )
  socket.on('frame:shown', (shown, image) => {
    paintings
      .show(shown, image)
      .catch((error: unknown) => console.error('A picture could not be decoded.', error))
      .finally(() => socket.emit('preview:shown', shown.id))
  })
}

/** Each field of the state as a store of its own, so that a panel hears only of what it shows. */
const fieldsOf = (state: Readable<SessionState>) => ({
  state,
  connection: fieldOf(state, 'connection'),
  entered: fieldOf(state, 'entered'),
  foreseen: fieldOf(state, 'foreseen'),
  name: fieldOf(state, 'name'),
  isLocked: fieldOf(state, 'isLocked'),
  people: fieldOf(state, 'people'),
  cursors: fieldOf(state, 'cursors'),
  following: fieldOf(state, 'following'),
  followers: fieldOf(state, 'followers'),
  unsent: fieldOf(state, 'unsent'),
  undoable: fieldOf(state, 'undoable'),
  frameStates: fieldOf(state, 'frameStates'),
  results: fieldOf(state, 'results'),
  styles: fieldOf(state, 'styles'),
  palette: fieldOf(state, 'palette'),
  typed: fieldOf(state, 'typed'),
})
