import { limits } from '../../protocol/limits.ts'
import { remembered } from '../store/remembered.ts'
import { createStore, type Store } from '../store/store.ts'
import type { ToolName } from './toolNames.ts'

export interface Brush {
  readonly color: string
  /** Scene units, 1 … limits.maxBrushSize. */
  readonly size: number
}

/** The tool in hand and how it is set; brushes are remembered from visit to visit. */
export interface ToolSettings {
  readonly current: Store<ToolName>
  readonly brush: Store<Brush>
  readonly eraserSize: Store<number>
  /** Whether shapes are filled with the brush's color. */
  readonly filled: Store<boolean>
}

export function createToolSettings(): ToolSettings {
  return {
    current: createStore<ToolName>('pen'),
    brush: remembered<Brush>('brush', { color: '#1f2430', size: 10 }, stored => (isBrush(stored) ? stored : undefined)),
    eraserSize: remembered('eraser', 32, stored => (typeof stored === 'number' && stored >= 1 ? stored : undefined)),
    filled: createStore(true),
  }
}

const isBrush = (value: unknown): value is Brush =>
  typeof value === 'object' &&
  value !== null &&
  /^#[0-9a-f]{6}$/.test(String((value as Brush).color)) &&
  Number.isFinite((value as Brush).size)

/** The next thicker or thinner size: small ones by whole units, large ones by a quarter. */
export const stepSize = (size: number, direction: 1 | -1): number =>
  Math.min(limits.maxBrushSize, Math.max(1, Math.round(size * (direction > 0 ? 1.25 : 0.8) + direction * 0.5)))
