import type { FrameResult } from '../../protocol/events.ts'
import { createStore, type Store } from '../store/store.ts'

/** How a frame looks to this viewer. */
export type FrameLook = 'painting' | 'beside' | 'ink'

/** How this viewer looks at the frames; nobody else sees any of it. */
export interface FrameViews {
  /** The frame whose prompt is shown: the last one chosen or drawn in. */
  readonly active: Store<string | null>
  readonly looks: Store<ReadonlyMap<string, FrameLook>>
  /** A frame whose ink is shown only while a key or button is held. */
  readonly compared: Store<string | null>
  /** An earlier result being looked at in its frame. */
  readonly peeked: Store<FrameResult | null>
  lookOf(frameId: string): FrameLook
  setLook(frameId: string, look: FrameLook): void
}

export function createFrameViews(): FrameViews {
  const looks = createStore<ReadonlyMap<string, FrameLook>>(new Map())
  const compared = createStore<string | null>(null)
  return {
    active: createStore<string | null>(null),
    looks,
    compared,
    peeked: createStore<FrameResult | null>(null),
    lookOf: frameId => (compared.get() === frameId ? 'ink' : (looks.get().get(frameId) ?? 'painting')),
    setLook: (frameId, look) => looks.update(all => new Map(all).set(frameId, look)),
  }
}
