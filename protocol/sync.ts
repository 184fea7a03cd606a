import { type Applied, applyOperation } from './apply.ts'
import { type ErrorPayload, UserError } from './errors.ts'
import type { OperationBatch, OperationsStored, Reply, StoredOperations, Welcome, WelcomeScene } from './events.ts'
import { isMergeable } from './mergeFields.ts'
import { unpackElements } from './packScene.ts'
import { createPendingOperations } from './pendingOperations.ts'
import { createPredictedScene } from './predictedScene.ts'
import type { ChangeBase, Operation, Scene, SceneElement } from './scene.ts'

/**
 * A browser's side of the scene: shows my operations at once, sends them in order, and puts them on top again whenever
 * the server's order turns out differently. Pure: whoever owns the socket carries messages to and from it.
 *
 *   before that     → `foresee(elements)`, `foreseen(clock)`, if what is drawn comes sooner than the line opens
 *   on connect      → emit room:enter with `clock` → `entered(welcome)`, its scene inflated, then send
 *   scene:operated  → `operated(stored)`; false means that operations are missing: enter again
 *   my operation    → `operate(operation)`, then send
 *   send            → while (batch = nextBatch()) emit scene:operate, its reply → `answered(batch, reply)`
 *   on disconnect   → `disconnected()`
 */
/** A welcome's scene once whoever owns the socket has inflated what is packed, by whatever its platform does that with. */
export type InflatedScene =
  | Exclude<WelcomeScene, { type: 'packed' }>
  | (Omit<Extract<WelcomeScene, { type: 'packed' }>, 'type' | 'elements'> & {
      readonly type: 'inflated'
      /** As `unpackElements` takes it. */
      readonly packed: Uint8Array
    })

export interface SceneSync {
  /** What to show: everything stored, with what is mine and not stored yet on top. The same object for ever, filled anew. */
  readonly scene: Scene
  /** Counts changes of `scene`. */
  readonly version: number
  /** The last stored operation that this page has, or null before it has any scene. */
  readonly clock: number | null
  /** My operations that are not stored yet. */
  readonly pending: number
  /** Before the first welcome: shows elements of the room, those that lie lower first, as it was at a clock. */
  foresee(elements: readonly SceneElement[]): void
  /** All that could be seen at that clock has been shown: the first welcome brings what has come since. */
  foreseen(clock: number): void
  entered(welcome: Pick<Welcome, 'you' | 'clock' | 'seq'> & { readonly scene: InflatedScene }): void
  /** Applies an operation of mine at once; a rejected one changes nothing and is not sent. */
  operate(operation: Operation): Applied
  /** What to send now; null when there is nothing, or enough is on its way. */
  nextBatch(): OperationBatch | null
  /** `rejected`: operations of mine that the server did not take and that are gone. `retry`: wait a moment, then send again. */
  answered(
    batch: OperationBatch,
    reply: Reply<OperationsStored>,
  ): { readonly retry: boolean; readonly rejected: readonly ErrorPayload[] }
  /** False if operations are missing in between: enter again. Said once; until the welcome is there nothing is taken in or sent. */
  operated(stored: StoredOperations): boolean
  disconnected(): void
  /** Calls back with the ids that may look different; returns what stops it. */
  subscribe(listener: (changed: ReadonlySet<string>) => void): () => void
}

export function createSceneSync(client: string): SceneSync {
  const predicted = createPredictedScene()
  const pending = createPendingOperations()
  let clock: number | null = null
  let me = ''
  let isEntered = false
  const rebase = (changed = new Set<string>()) => predicted.rebase(changed, pending.operations(), me)

  return {
    scene: predicted.scene,
    get version() {
      return predicted.version
    },
    get clock() {
      return clock
    },
    get pending() {
      return pending.length
    },

    foresee: elements => rebase(predicted.extend(elements)),
    foreseen(at) {
      clock = at
    },

    entered({ you, clock: at, seq, scene }) {
      me = you.id
      // Overtaken by what has come since: its seq would number what is pending anew, below what the server has counted. The
      // server would take that for stored, and it would be gone.
      if (isEntered && at <= clock!) return
      const elements =
        scene.type === 'inflated' ? unpackElements(scene.packed) : scene.type === 'all' ? scene.elements : null
      const changed = elements ? predicted.replace(elements) : new Set<string>()
      if (scene.type === 'inflated') clock = scene.clock
      for (const stored of scene.type === 'all' ? [] : scene.operations) {
        if (stored.clock <= (clock ?? 0)) continue
        predicted.store(stored, changed)
        clock = stored.clock
      }
      clock = at
      pending.settleUpTo(seq)
      isEntered = true
      rebase(changed)
    },

    operate(mine) {
      const operation = withBase(predicted.scene, mine)
      const applied = applyOperation(predicted.scene, operation, me)
      if (!applied.ok) return applied
      pending.push(operation)
      predicted.show(applied.changed)
      return applied
    },

    nextBatch: () => (isEntered ? pending.nextBatch() : null),

    answered(batch, reply) {
      // What an old answer said has been settled since.
      if (!pending.arrived(batch)) return { retry: false, rejected: [] }
      if (reply.ok) {
        // Stored operations come before the answer, so what is left of the batch was refused, now or when first sent.
        if (reply.value.clock <= (clock ?? 0) && pending.drop(batch)) rebase()
        return { retry: false, rejected: reply.value.rejected.map(({ error }) => error) }
      }
      // The same batch may be sent again.
      const retry = UserError.from(reply.error).passes
      if (!retry) pending.drop(batch)
      pending.sendAgainFrom(batch.seq)
      rebase()
      return { retry, rejected: retry ? [] : [reply.error] }
    },

    operated({ operations }) {
      if (!isEntered) return true
      const changed = new Set<string>()
      let isWhole = true
      for (const stored of operations) {
        if (stored.clock <= clock!) continue
        if (stored.clock !== clock! + 1) {
          isWhole = false
          break
        }
        predicted.store(stored, changed)
        clock = stored.clock
        if (stored.client === client) pending.dropNumbered(stored.seq)
      }
      rebase(changed)
      if (!isWhole) isEntered = false
      return isWhole
    },

    disconnected() {
      isEntered = false
      pending.disconnected()
    },

    subscribe: predicted.subscribe,
  }
}

/** A change of styles or options says what they were, so that it leaves alone what it does not change of them. */
function withBase(scene: Scene, operation: Operation): Operation {
  if (operation.type !== 'change' || operation.from) return operation
  const element = scene.elements.get(operation.id)
  const fields = Object.keys(operation.change).filter(isMergeable)
  if (element?.kind !== 'frame' || fields.length === 0) return operation
  const seen: Required<ChangeBase> = { styles: element.styles ?? [], options: element.options ?? null }
  return { ...operation, from: Object.fromEntries(fields.map(field => [field, seen[field]])) }
}
