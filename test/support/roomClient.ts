import { randomUUID } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import { io, type Socket } from 'socket.io-client'
import type { ErrorPayload } from '../../protocol/errors.ts'
import {
  type ClientToServer,
  type FrameResult,
  type FrameShown,
  type FrameState,
  protocolVersion,
  type Reply,
  type ServerToClient,
  type Welcome,
  type WelcomeScene,
} from '../../protocol/events.ts'
import type { Person } from '../../protocol/person.ts'
import type { Operation } from '../../protocol/scene.ts'
import { createSceneSync, type InflatedScene, type SceneSync } from '../../protocol/sync.ts'
import { createUndoHistory } from '../../protocol/undo.ts'

/** A browser's page without the browser: the socket, and the same sync and undo as the real page. */
export interface RoomClient {
  readonly socket: Socket<ServerToClient, ClientToServer>
  readonly sync: SceneSync
  readonly client: string
  readonly welcome: Welcome | null
  readonly people: readonly Person[]
  readonly states: ReadonlyMap<string, FrameState>
  readonly shown: { readonly shown: FrameShown; readonly image: Uint8Array; readonly at: number }[]
  readonly kept: FrameResult[]
  readonly errors: ErrorPayload[]
  /** Whether it has entered and knows of nothing that is still on its way. */
  readonly isSettled: boolean
  /** Acknowledges pictures at once; switch off to fill the preview window. */
  acknowledges: boolean
  operate(operation: Operation, gesture?: string): void
  undo(): void
  redo(): void
  ask<T>(emit: (reply: (answer: Reply<T>) => void) => void): Promise<Reply<T>>
  connect(): void
  close(): void
}

export function openRoomClient(options: { url: string; secret: string; cookie: string; client?: string }): RoomClient {
  const client = options.client ?? randomUUID()
  const sync = createSceneSync(client)
  const history = createUndoHistory()
  const socket: RoomClient['socket'] = io(options.url, {
    autoConnect: false,
    forceNew: true,
    reconnection: false,
    transports: ['websocket'],
    extraHeaders: { cookie: options.cookie },
  })
  let welcome: Welcome | null = null
  let isEntered = false
  let people: readonly Person[] = []
  let isClosed = false
  const states = new Map<string, FrameState>()
  const shown: RoomClient['shown'] = []
  const kept: FrameResult[] = []
  const errors: RoomClient['errors'] = []

  function enter() {
    isEntered = false
    const ask = { protocol: protocolVersion, secret: options.secret, client, clock: sync.clock }
    socket.emit('room:enter', ask, reply => {
      if (!reply.ok) {
        if (reply.error.code === 'room/moving') setTimeout(() => socket.connected && enter(), 100)
        else errors.push(reply.error)
        return
      }
      welcome = reply.value
      people = welcome.people
      for (const state of welcome.frames) states.set(state.frameId, state)
      sync.entered({ ...welcome, scene: inflateScene(welcome.scene) })
      isEntered = true
      send()
    })
  }
  function send() {
    if (!isEntered || !socket.connected) return
    for (let batch = sync.nextBatch(); batch; batch = sync.nextBatch()) {
      const sent = batch
      socket.emit('scene:operate', sent, reply => {
        const answer = sync.answered(sent, reply)
        errors.push(...answer.rejected)
        if (answer.retry) setTimeout(send, 20)
        else send()
      })
    }
  }
  function perform(operations: readonly Operation[]) {
    for (const operation of operations) sync.operate(operation)
    send()
  }

  socket.on('connect', enter)
  socket.on('disconnect', () => {
    isEntered = false
    sync.disconnected()
    if (!isClosed) socket.connect()
  })
  socket.on('connect_error', error => {
    const { data } = error as Error & { data?: ErrorPayload }
    if (data) errors.push(data)
    else if (!isClosed) setTimeout(() => socket.connect(), 5)
  })
  socket.on('scene:operated', facts => {
    if (!sync.operated(facts)) enter()
    send()
  })
  socket.on('people:changed', now => {
    people = now
  })
  socket.on('frame:state', state => states.set(state.frameId, state))
  socket.on('frame:saved', result => kept.push(result))
  socket.on('frame:shown', (fact, image) => {
    shown.push({ shown: fact, image, at: performance.now() })
    if (self.acknowledges) socket.emit('preview:shown', fact.id)
  })

  const self: RoomClient = {
    socket,
    sync,
    client,
    get welcome() {
      return welcome
    },
    get people() {
      return people
    },
    states,
    shown,
    kept,
    errors,
    get isSettled() {
      return isEntered && socket.connected && sync.pending === 0
    },
    acknowledges: true,
    operate(operation, gesture) {
      history.record(sync.scene, operation, gesture)
      perform([operation])
    },
    undo: () => perform(history.undo(sync.scene)),
    redo: () => perform(history.redo(sync.scene)),
    ask: emit => new Promise(emit),
    connect: () => socket.connect(),
    close() {
      isClosed = true
      socket.disconnect()
    },
  }
  return self
}

/** A welcome's scene as a page takes it in. */
export function inflateScene(scene: WelcomeScene): InflatedScene {
  if (scene.type !== 'packed') return scene
  const { elements, ...rest } = scene
  return { ...rest, type: 'inflated', packed: inflateSync(new Uint8Array(elements)) }
}

/** Enters, and resolves when the welcome is there. */
export async function enterRoom(options: Parameters<typeof openRoomClient>[0]): Promise<RoomClient> {
  const client = openRoomClient(options)
  client.connect()
  await until(() => client.welcome !== null || client.errors.length > 0)
  return client
}

/** Waits until something is true; the test's own timeout ends it otherwise. */
export async function until(isTrue: () => boolean, everyMs = 5): Promise<void> {
  while (!isTrue()) await new Promise(resolve => setTimeout(resolve, everyMs))
}
