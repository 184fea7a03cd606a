import { applyOperation } from './apply.ts'
import type { Operation, SceneElement } from './scene.ts'

/** How a room was drawn, as `GET /api/rooms/<id>/replay` says it. Times in milliseconds since 1970. */
export interface ReplayFacts {
  /** The clock that it begins after; 0: with the room's first operation. */
  readonly after: number
  /** The room's clock. */
  readonly upTo: number
  /** What the oldest frames have shown may be gone: of each the newest pictures are kept. Oldest first. */
  readonly pictures: readonly ReplayPicture[]
}

/** A picture that a frame has shown from `shownAt` on. */
export interface ReplayPicture {
  readonly frameId: string
  /** At `/files/<hash>`. */
  readonly file: string
  /** It shows what was drawn until then. */
  readonly drawnAt: number
  readonly shownAt: number
}

/** Some operations of a replay, in clock order: `GET /api/rooms/<id>/replay/<after>`. */
export interface ReplayPart {
  readonly people: readonly string[]
  /** `author`: a place in `people`. */
  readonly operations: readonly (readonly [clock: number, at: number, author: number, operation: Operation])[]
}

/** Where a page finds how a room was drawn, part by part. */
export const replayPath = (room: string): string => `/api/rooms/${room}/replay`
/** In the answer with a part: the clock of its last operation. */
export const replayPartHeader = 'x-replay-up-to'

/** One operation of a replay. */
export interface ReplayStep {
  readonly clock: number
  readonly at: number
  readonly author: string
  readonly operation: Operation
}

/** The operations of a part that come after a clock. */
export function stepsOf({ people, operations }: ReplayPart, after: number): ReplayStep[] {
  return operations.flatMap(([clock, at, author, operation]) =>
    clock > after ? { clock, at, author: people[author]!, operation } : [],
  )
}

/**
 * Puts into the elements what a step changes, and returns it. What cannot be applied changes nothing: everything that can
 * was applied once, and of that nothing is refused for want of room.
 */
export function playStep(
  elements: Map<string, SceneElement>,
  { author, operation }: ReplayStep,
): readonly SceneElement[] {
  const scene = { elements: { size: 0, get: (id: string) => elements.get(id), values: () => elements.values() } }
  // A guest who has become an account goes on with what the guest began.
  const known = operation.type === 'extend' ? elements.get(operation.id)?.author : undefined
  try {
    const applied = applyOperation(scene, operation, known ?? author)
    if (!applied.ok) return []
    for (const element of applied.changed) elements.set(element.id, element)
    return applied.changed
  } catch {
    return []
  }
}
