import { io, type Socket } from 'socket.io-client'
import type { ClientToServer, ServerToClient } from '../../protocol/events.ts'
import type { StyleLearning, StyleProgress } from '../../protocol/styles.ts'
import { notify } from '../store/toasts.ts'
import { errorMessage } from '../text/t.ts'
import { messageFor } from './http.ts'
import { type LearningView, learnings } from './learnings.ts'

/** What to do when a learning has ended. */
const followed = new Map<string, OnEnded>()
/** `ended`: how; null where it could not be watched. */
type OnEnded = (ended: StyleLearning | null) => Promise<void>
/** A line of its own, open while something is learned: learning is watched on every page, in a room or not. */
let socket: Socket<ServerToClient, ClientToServer> | null = null

export function watchLearning(learning: StyleLearning, onEnded: OnEnded): void {
  if (followed.has(learning.id)) return
  followed.set(learning.id, onEnded)
  const { step, steps } = learning
  const view = { ahead: null, step, steps, secondsLeft: null, curve: [], pictures: [], earlier: [] }
  learnings.update(all => new Map(all).set(learning.id, view))
  socket ??= openLine()
  if (socket.connected) requestProgress(socket, learning.id)
}

function openLine(): Socket<ServerToClient, ClientToServer> {
  const line: Socket<ServerToClient, ClientToServer> = io({ transports: ['websocket'], forceNew: true })
  line.on('connect', () => {
    for (const id of followed.keys()) requestProgress(line, id)
  })
  line.on('style:progressed', progressed)
  return line
}

function requestProgress(line: Socket<ServerToClient, ClientToServer>, learning: string): void {
  line.emit('style:watch', learning, answer => {
    if (answer.ok) return
    notify(errorMessage(answer.error), 'bad')
    void leave(learning, null)
  })
}

function progressed(event: StyleProgress): void {
  switch (event.type) {
    case 'queued':
      change(event.learning, () => ({ ahead: event.ahead }))
      break
    case 'started':
      change(event.learning, () => ({ ahead: null, steps: event.steps }))
      break
    case 'curve':
      change(event.learning, () => ({ curve: event.points }))
      break
    case 'stepped': {
      const { step, steps, secondsLeft, loss, heldOutLoss } = event
      const point = { step, loss, ...(heldOutLoss === undefined ? {} : { heldOutLoss }) }
      change(event.learning, ({ curve }) => ({
        ...{ ahead: null, step, steps, secondsLeft },
        // After a restart some steps are told once more.
        curve: [...curve.filter(one => one.step < step), point],
      }))
      break
    }
    case 'painted':
      change(event.learning, ({ pictures, earlier }) => {
        for (const url of earlier) URL.revokeObjectURL(url)
        return { pictures: event.pictures.map(urlOf), earlier: pictures }
      })
      break
    case 'ended':
      void leave(event.learning, event.state)
      break
    default:
      event satisfies never
  }
}

/** The bytes came in a buffer of their own, which TypeScript cannot know of a Uint8Array. */
const urlOf = (bytes: Uint8Array): string =>
  URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'image/webp' }))

function change(id: string, next: (view: LearningView) => Partial<LearningView>): void {
  learnings.update(all => {
    const view = all.get(id)
    return view ? new Map(all).set(id, { ...view, ...next(view) }) : all
  })
}

async function leave(id: string, ended: StyleLearning | null): Promise<void> {
  const onEnded = followed.get(id)
  followed.delete(id)
  if (followed.size === 0) {
    socket?.disconnect()
    socket = null
  }
  // Its last pictures stay until the style itself has come.
  await onEnded?.(ended).catch((error: unknown) => notify(messageFor(error), 'bad'))
  const view = learnings.get().get(id)
  learnings.update(all => new Map([...all].filter(([known]) => known !== id)))
  for (const url of [...(view?.pictures ?? []), ...(view?.earlier ?? [])]) URL.revokeObjectURL(url)
}
