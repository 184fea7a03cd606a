import type { CurvePoint } from '../../protocol/styles.ts'
import { createStore } from '../store/store.ts'

/** How a learning goes, as far as this page has followed it. */
export interface LearningView {
  /** Learnings before this one; null once it has begun. */
  readonly ahead: number | null
  readonly step: number
  readonly steps: number
  /** null until a step has been timed. */
  readonly secondsLeft: number | null
  readonly curve: readonly CurvePoint[]
  /** Addresses of what it paints by now, and of what it painted before that. */
  readonly pictures: readonly string[]
  readonly earlier: readonly string[]
}

/** By learning; what has ended is no longer here. */
export const learnings = createStore<ReadonlyMap<string, LearningView>>(new Map())
