import type { StoredOperations, Welcome } from '../../protocol/events.ts'
import type { Element, FrameElement, LayerElement, Operation, Scene, SceneElement } from '../../protocol/scene.ts'
import { createSceneSync, type InflatedScene, type SceneSync } from '../../protocol/sync.ts'
import { createUndoHistory } from '../../protocol/undo.ts'
import { createStore, type Readable } from '../store/store.ts'
import { errorMessage } from '../text/t.ts'
import { createDepthOrder } from './order.ts'

/** What is drawn in a room, as this page shows it: my operations at once, everybody's in the server's order. */
export interface RoomScene {
  readonly sync: SceneSync
  readonly scene: Scene
  /** What lies on the canvas, on hidden layers too, from back to front. */
  readonly elements: readonly Element[]
  readonly frames: Readable<readonly FrameElement[]>
  /** Of all frames, from the lowest to the highest. */
  readonly layers: Readable<readonly LayerElement[]>
  readonly counts: { readonly unsent: number; readonly undo: boolean; readonly redo: boolean }
  /** Calls back with the new versions of what changed, the removed ones too; once for however many changes come at once. */
  onChange(listener: (changed: readonly SceneElement[]) => void): () => void
  /** Elements whose last change is later than a room's clock; mine that are not stored yet are later than any. */
  isNewerThan(clock: number, element: Element): boolean
  entered(welcome: Omit<Welcome, 'scene'> & { readonly scene: InflatedScene }): void
  /** Takes in what the server has stored; false if operations are missing in between. */
  received(stored: StoredOperations): boolean
  /** Operations of one `gesture` are undone together. Returns why some of them could not be applied. */
  operate(operations: readonly Operation[], gesture?: string): readonly string[]
  undo(): readonly string[]
  redo(): readonly string[]
}

/** `client`: this page's id, under which its operations are numbered. */
export function createRoomScene(client: string): RoomScene {
  const sync = createSceneSync(client)
  const history = createUndoHistory()
  const order = createDepthOrder()
  const frames = createStore<readonly FrameElement[]>([])
  /** The clock of each element's last stored change. Absent: older than this page. */
  const clocks = new Map<string, number>()
  const layers = createStore<readonly LayerElement[]>([])
  const listeners = new Set<(changed: readonly SceneElement[]) => void>()

  /** Pasting a thousand strokes is one change of the picture. */
  let unannounced = new Set<string>()
  sync.subscribe(ids => {
    order.update([...ids].map(id => [id, sync.scene.elements.get(id)]))
    if (unannounced.size === 0) queueMicrotask(announce)
    for (const id of ids) unannounced.add(id)
  })

  function announce(): void {
    const changed = [...unannounced].map(id => sync.scene.elements.get(id)).filter(element => element !== undefined)
    unannounced = new Set()
    frames.set(order.frames)
    layers.set(order.layers)
    for (const listener of listeners) listener(changed)
  }

  function perform(operation: Operation): string[] {
    const applied = sync.operate(operation)
    for (const id of idsOf(operation)) clocks.set(id, Number.POSITIVE_INFINITY)
    return applied.ok ? [] : [errorMessage(applied.error)]
  }

  return {
    sync,
    scene: sync.scene,
    elements: order.elements,
    frames,
    layers,
    get counts() {
      return { unsent: sync.pending, undo: history.canUndo, redo: history.canRedo }
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    isNewerThan: (clock, element) => (clocks.get(element.id) ?? 0) > clock,
    entered(welcome) {
      for (const [id, clock] of welcome.newer) clocks.set(id, clock)
      sync.entered(welcome)
    },
    received(stored) {
      for (const { clock, operation } of stored.operations) for (const id of idsOf(operation)) clocks.set(id, clock)
      return sync.operated(stored)
    },
    operate: (operations, gesture) =>
      operations.flatMap(operation => {
        // What an operation means for undo depends on the scene just before it.
        history.record(sync.scene, operation, gesture)
        return perform(operation)
      }),
    undo: () => history.undo(sync.scene).flatMap(perform),
    redo: () => history.redo(sync.scene).flatMap(perform),
  }
}

function idsOf(operation: Operation): readonly string[] {
  switch (operation.type) {
    case 'add':
      return [operation.element.id]
    case 'extend':
    case 'change':
    case 'edit':
      return [operation.id]
    case 'arrange':
      return operation.changes.map(({ id }) => id)
    case 'remove':
    case 'restore':
      return operation.ids
    default:
      return operation satisfies never
  }
}
