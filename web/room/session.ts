import { io, type Socket } from 'socket.io-client'
import type {
  ClientToServer,
  FrameResult,
  FrameState,
  ModelWords,
  Person,
  Reply,
  ServerToClient,
  Welcome,
} from '../../protocol/events.ts'
import { protocolVersion } from '../../protocol/events.ts'
import { limits } from '../../protocol/limits.ts'
import type { Element, FrameElement, Operation, Scene } from '../../protocol/scene.ts'
import type { RoomStyle } from '../../protocol/styles.ts'
import { createSceneSync } from '../../protocol/sync.ts'
import { createUndoHistory } from '../../protocol/undo.ts'
import { newId } from '../browser/ids.ts'
import { myName, rememberRoom } from '../store/preferences.ts'
import { createStore, type Store } from '../store/store.ts'
import { notify } from '../store/toasts.ts'
import { followCode } from './account.ts'
import { becomeGuest, Refused } from './http.ts'
import { createDepthOrder } from './order.ts'
import { createPaintings, type Paintings } from './paintings.ts'

export type Connection =
  | { readonly type: 'connecting' }
  | { readonly type: 'online' }
  | { readonly type: 'offline' }
  | { readonly type: 'closed'; readonly words: string }

/** What the welcome says that does not change while the page is open. */
export interface Entered {
  readonly you: Person
  readonly links: Welcome['links']
  readonly model: ModelWords
}

/** One room, as one page holds it: what is in it, and what can be done in it. */
export interface RoomSession {
  readonly secret: string
  readonly connection: Store<Connection>
  /** null until the first welcome. */
  readonly entered: Store<Entered | null>
  readonly name: Store<string>
  readonly people: Store<readonly Person[]>
  readonly cursors: Store<ReadonlyMap<string, { readonly x: number; readonly y: number }>>
  /** My operations that are not stored yet. */
  readonly unsent: Store<number>
  readonly undoable: Store<{ readonly undo: boolean; readonly redo: boolean }>

  readonly scene: Scene
  /** What can be seen, from back to front. */
  readonly elements: readonly Element[]
  readonly frames: Store<readonly FrameElement[]>
  readonly frameStates: Store<ReadonlyMap<string, FrameState>>
  readonly results: Store<ReadonlyMap<string, readonly FrameResult[]>>
  /** The styles of the room's frames, by id. */
  readonly styles: Store<ReadonlyMap<string, RoomStyle>>
  readonly paintings: Paintings
  /** Calls back with the new versions of what changed, the removed ones too. */
  onChange(listener: (changed: readonly Element[]) => void): () => void
  /** Elements whose last change is later than a room's clock; mine that are not stored yet are later than any. */
  isNewerThan(clock: number, element: Element): boolean

  canEdit(): boolean
  /** Shows it at once and sends it soon. Operations of one `gesture` are undone together. */
  operate(operations: readonly Operation[], gesture?: string): void
  undo(): void
  redo(): void
  moveCursor(at: { readonly x: number; readonly y: number } | null): void
  renameMe(name: string): void
  renameRoom(name: string): void
  paint(frameId: string): void
  cancel(frameId: string): void
  restore(frameId: string, picture: string): void
  leave(): void
}

/** Time for ink to gather into one message: two screen refreshes, unseen by the eye. */
const sendEveryMs = 33
const cursorEveryMs = 40
const retryAfterMs = 400
const hangUpPauseMs = 1_500
const replyTimeoutMs = 10_000

export function openSession(secret: string): RoomSession {
  const client = newId()
  const sync = createSceneSync(client)
  const history = createUndoHistory()
  const order = createDepthOrder()
  const paintings = createPaintings()
  /** The clock of each element's last stored change. Absent: older than this page. */
  const clocks = new Map<string, number>()
  const changeListeners = new Set<(changed: readonly Element[]) => void>()

  const connection = createStore<Connection>({ type: 'connecting' })
  const entered = createStore<Entered | null>(null)
  const name = createStore('')
  const people = createStore<readonly Person[]>([])
  const cursors = createStore<ReadonlyMap<string, { x: number; y: number }>>(new Map())
  const unsent = createStore(0)
  const undoable = createStore({ undo: false, redo: false })
  const frames = createStore<readonly FrameElement[]>([])
  const frameStates = createStore<ReadonlyMap<string, FrameState>>(new Map())
  const styles = createStore<ReadonlyMap<string, RoomStyle>>(new Map())
  const results = createStore<ReadonlyMap<string, readonly FrameResult[]>>(new Map())

  const socket: Socket<ServerToClient, ClientToServer> = io({
    autoConnect: false,
    transports: ['websocket'],
    reconnectionDelay: 400,
    reconnectionDelayMax: 4_000,
  })

  // ---- entering -----------------------------------------------------------------------------------------------------

  let hasLeft = false
  async function connect(): Promise<void> {
    if (hasLeft) return
    try {
      await followCode()
      await becomeGuest()
    } catch (error) {
      if (error instanceof Refused) return close(error.message)
      return goOffline()
    }
    socket.connect()
  }

  async function enter(): Promise<void> {
    const ask = { protocol: protocolVersion, secret, client, clock: sync.clock }
    const answer = await askFor<Welcome>(reply => socket.emit('room:enter', ask, reply))
    if (!answer.ok) {
      if (answer.refusal.code !== 'reply/late') close(answer.refusal.words)
      else if (socket.connected) void enter()
      return
    }
    const welcome = answer.value
    const isFirst = entered.get() === null
    sync.entered(welcome)
    entered.set({ you: welcome.you, links: welcome.links, model: welcome.model })
    name.set(welcome.room.name)
    people.set(welcome.people)
    frameStates.set(new Map(welcome.frames.map(state => [state.frameId, state])))
    showStyles(welcome.styles)
    connection.set({ type: 'online' })
    rememberRoom(secret, welcome.room.name)
    const wanted = myName.get().trim()
    if (isFirst && welcome.isGuest && wanted && wanted !== welcome.you.name) void rename(wanted)
    if (isFirst && !wanted) notify(`The others see you as ${welcome.you.name}. Your initial at the top changes that.`)
    countUnsent()
    send()
    for (const frame of order.frames) void loadHistory(frame.id)
  }

  function close(words: string): void {
    connection.set({ type: 'closed', words })
    socket.disconnect()
  }

  function goOffline(): void {
    if (connection.get().type === 'closed') return
    connection.set({ type: 'offline' })
    // Socket.IO tries again by itself when the line broke, not when the server hung up or turned us away.
    if (!socket.active) setTimeout(connect, hangUpPauseMs)
  }

  socket.on('connect', () => void enter())
  socket.on('disconnect', () => {
    sync.disconnected()
    cursors.set(new Map())
    goOffline()
  })
  socket.on('connect_error', goOffline)
  socket.on('room:closed', ({ code, words }) => {
    // A server that stops comes back, and this page waits for it.
    if (code !== 'room/stopping') close(words)
  })

  // ---- the scene ----------------------------------------------------------------------------------------------------

  /** Told once for however many operations come at once: pasting a thousand strokes is one change of the picture. */
  let untold = new Set<string>()
  sync.subscribe(ids => {
    order.update([...ids].map(id => [id, sync.scene.elements.get(id)]))
    if (untold.size === 0) queueMicrotask(tell)
    for (const id of ids) untold.add(id)
  })

  function tell(): void {
    const changed = [...untold].map(id => sync.scene.elements.get(id)).filter(element => element !== undefined)
    untold = new Set()
    frames.set(order.frames)
    for (const listener of changeListeners) listener(changed)
  }

  socket.on('scene:operated', facts => {
    for (const { clock, operation } of facts.operations) for (const id of idsOf(operation)) clocks.set(id, clock)
    if (!sync.operated(facts)) void enter()
    countUnsent()
  })

  let sendTimer: ReturnType<typeof setTimeout> | undefined
  function sendSoon(afterMs: number): void {
    sendTimer ??= setTimeout(() => {
      sendTimer = undefined
      send()
    }, afterMs)
  }

  function send(): void {
    if (!socket.connected) return
    for (let batch = sync.nextBatch(); batch; batch = sync.nextBatch()) {
      const sent = batch
      socket.emit('scene:operate', sent, reply => {
        const { retry, refused } = sync.answered(sent, reply)
        for (const { words } of refused) notify(words, 'bad')
        countUnsent()
        if (retry) sendSoon(retryAfterMs)
        else send()
      })
    }
  }

  const countUnsent = () => unsent.set(sync.pending)
  const countUndoable = () => undoable.set({ undo: history.canUndo, redo: history.canRedo })

  function perform(operation: Operation): boolean {
    const applied = sync.operate(operation)
    if (!applied.ok) notify(applied.words, 'bad')
    for (const id of idsOf(operation)) clocks.set(id, Number.POSITIVE_INFINITY)
    return applied.ok
  }

  function performAll(operations: readonly Operation[]): void {
    for (const operation of operations) perform(operation)
    countUnsent()
    countUndoable()
    sendSoon(sendEveryMs)
  }

  // ---- frames -------------------------------------------------------------------------------------------------------

  const showStyles = (now: readonly RoomStyle[]) => styles.set(new Map(now.map(style => [style.id, style])))
  socket.on('styles:changed', showStyles)
  socket.on('frame:state', state => frameStates.update(states => new Map(states).set(state.frameId, state)))
  socket.on('frame:shown', (shown, image) => {
    paintings
      .show(shown, image)
      .catch((error: unknown) => console.error('A picture could not be decoded.', error))
      .finally(() => socket.emit('preview:shown', shown.id))
  })
  socket.on('frame:kept', result =>
    results.update(all => {
      const kept = (all.get(result.frameId) ?? []).filter(one => one.picture !== result.picture)
      return new Map(all).set(result.frameId, [result, ...kept].slice(0, limits.maxResultsPerFrame))
    }),
  )

  async function loadHistory(frameId: string): Promise<void> {
    const answer = await askFor<readonly FrameResult[]>(reply => socket.emit('frame:history', { frameId }, reply))
    if (!answer.ok) return
    results.update(all => new Map(all).set(frameId, answer.value))
  }

  /** Waits for a reply; one that never comes, as when the line drops, becomes the refusal `reply/late`. */
  function askFor<T>(emit: (reply: (answer: Reply<T>) => void) => void): Promise<Reply<T>> {
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        resolve({ ok: false, refusal: { code: 'reply/late', words: 'The studio did not answer. Please try again.' } })
      }, replyTimeoutMs)
      emit(answer => {
        clearTimeout(timer)
        resolve(answer)
      })
    })
  }

  function sayRefusal(answer: Reply<unknown>): void {
    if (!answer.ok) notify(answer.refusal.words, 'bad')
  }

  /** Waits until what has been drawn is stored, because it comes before what is asked for next; or until the line is gone. */
  function whenStored(): Promise<void> {
    send()
    return new Promise(resolve => {
      const unsubscribe = [unsent.subscribe(look), connection.subscribe(look)]
      function look(): void {
        if (unsent.get() > 0 && connection.get().type === 'online') return
        for (const stop of unsubscribe) stop()
        resolve()
      }
      look()
    })
  }

  /** Whether the studio can be asked now; says so if not. Drawing works offline, painting cannot. */
  function isReachable(): boolean {
    if (connection.get().type === 'online') return true
    notify('You are offline. Your drawing is kept; painting waits for the connection.')
    return false
  }

  // ---- cursors ------------------------------------------------------------------------------------------------------

  socket.on('people:changed', now => {
    people.set(now)
    const me = now.find(person => person.id === entered.get()?.you.id)
    if (me) entered.update(before => before && { ...before, you: me })
    const here = new Set(now.map(person => person.id))
    cursors.update(all => new Map([...all].filter(([person]) => here.has(person))))
  })
  socket.on('cursors:moved', moved =>
    cursors.update(all => {
      const next = new Map(all)
      for (const { person, at } of moved) {
        if (person === entered.get()?.you.id) continue
        if (at) next.set(person, at)
        else next.delete(person)
      }
      return next
    }),
  )
  socket.on('room:renamed', next => {
    name.set(next)
    rememberRoom(secret, next)
  })

  let cursor: { readonly x: number; readonly y: number } | null = null
  let cursorTimer: ReturnType<typeof setTimeout> | undefined

  async function rename(next: string): Promise<void> {
    sayRefusal(await askFor(reply => socket.emit('person:rename', next, reply)))
  }

  const warnBeforeLosing = (event: BeforeUnloadEvent) => {
    if (unsent.get() > 0) event.preventDefault()
  }
  addEventListener('beforeunload', warnBeforeLosing)
  void connect()

  return {
    secret,
    connection,
    entered,
    name,
    people,
    cursors,
    unsent,
    undoable,
    scene: sync.scene,
    elements: order.elements,
    frames,
    frameStates,
    results,
    styles,
    paintings,
    onChange(listener) {
      changeListeners.add(listener)
      return () => changeListeners.delete(listener)
    },
    isNewerThan: (clock, element) => (clocks.get(element.id) ?? 0) > clock,

    canEdit() {
      const role = entered.get()?.you.role
      return role === 'owner' || role === 'editor'
    },
    operate(operations, gesture) {
      for (const operation of operations) {
        // What an operation means for undo depends on the scene just before it.
        history.record(sync.scene, operation, gesture)
        perform(operation)
      }
      performAll([])
    },
    undo: () => performAll(history.undo(sync.scene)),
    redo: () => performAll(history.redo(sync.scene)),
    moveCursor(at) {
      cursor = at
      cursorTimer ??= setTimeout(() => {
        cursorTimer = undefined
        if (socket.connected) socket.emit('cursor:move', cursor)
      }, cursorEveryMs)
    },
    renameMe: rename,
    async renameRoom(next) {
      sayRefusal(await askFor(reply => socket.emit('room:rename', next, reply)))
    },
    async paint(frameId) {
      if (!isReachable()) return
      await whenStored()
      if (isReachable()) sayRefusal(await askFor(reply => socket.emit('frame:paint', { frameId }, reply)))
    },
    async cancel(frameId) {
      if (isReachable()) sayRefusal(await askFor(reply => socket.emit('frame:cancel', { frameId }, reply)))
    },
    async restore(frameId, picture) {
      if (!isReachable()) return
      await whenStored()
      if (isReachable()) sayRefusal(await askFor(reply => socket.emit('frame:restore', { frameId, picture }, reply)))
    },
    leave() {
      hasLeft = true
      removeEventListener('beforeunload', warnBeforeLosing)
      clearTimeout(sendTimer)
      clearTimeout(cursorTimer)
      socket.disconnect()
      paintings.clear()
    },
  }
}

function idsOf(operation: Operation): readonly string[] {
  switch (operation.type) {
    case 'add':
      return [operation.element.id]
    case 'extend':
    case 'change':
      return [operation.id]
    case 'remove':
    case 'restore':
      return operation.ids
    default:
      return operation satisfies never
  }
}
