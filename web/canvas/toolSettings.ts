import { limits } from '../../protocol/limits.ts'
import { type Brush, plainBrush } from '../../protocol/scene.ts'
import { remembered } from '../store/remembered.ts'
import { createStore, type Store } from '../store/store.ts'
import type { ToolName } from './toolNames.ts'

/** A brush with its width in scene units, 1 … limits.maxBrushSize. */
export interface SizedBrush extends Brush {
  readonly size: number
}
export interface ColorBrush extends SizedBrush {
  readonly color: string
}

/** The tool in hand and how it is set; brushes are remembered from visit to visit. */
export interface ToolSettings {
  readonly current: Store<ToolName>
  readonly brush: Store<ColorBrush>
  /** What a gradient leads to, as #rrggbb; it changes places with the brush's color. */
  readonly secondColor: Store<string>
  /** Whether a gradient fades to nothing instead: then it is ink over the frame, and not its paper. */
  readonly fades: Store<boolean>
  readonly eraser: Store<SizedBrush>
  /** How far behind the hand the brush stays, 0…1. */
  readonly stabiliser: Store<number>
  /** Whether brushes draw straight lines; Shift does the other. */
  readonly straight: Store<boolean>
  /** What a drag on the desk draws around things. */
  readonly catches: Store<'box' | 'lasso'>
  /** Whether the handles of a frame paint on beyond its edges instead of making it larger. */
  readonly extends: Store<boolean>
  /** Whether shapes are filled with the brush's color. */
  readonly filled: Store<boolean>
  /** How far a color may be from the one that was clicked to be filled with it: 0…255, in each channel. */
  readonly tolerance: Store<number>
}

/** The eraser's brush or everybody else's. */
export const brushInHand = ({ current, brush, eraser }: ToolSettings): Store<SizedBrush> =>
  // A change of a part leaves the color alone.
  current.get() === 'eraser' ? eraser : (brush as Store<SizedBrush>)

/** Changes a part of the brush in hand. */
export function changeBrush(tools: ToolSettings, change: (before: SizedBrush) => Partial<SizedBrush>): void {
  brushInHand(tools).update(before => ({ ...before, ...change(before) }))
}

/** Makes the second color the brush's, and the brush's the second. */
export function swapColors({ brush, secondColor }: ToolSettings): void {
  const { color } = brush.get()
  brush.update(before => ({ ...before, color: secondColor.get() }))
  secondColor.set(color)
}

export function createToolSettings(): ToolSettings {
  return {
    current: createStore<ToolName>('pen'),
    brush: remembered('brush', { ...plainBrush, color: '#1f2430', size: 10 }, readColorBrush),
    secondColor: remembered('secondColor', '#ffffff', stored => (isColor(stored) ? stored : undefined)),
    fades: createStore(false),
    eraser: remembered('eraser', { ...plainBrush, size: 32 }, readBrush),
    stabiliser: remembered('stabiliser', 0, stored => (isShare(stored) ? stored : undefined)),
    straight: createStore(false),
    catches: createStore<'box' | 'lasso'>('box'),
    extends: createStore(false),
    filled: createStore(true),
    tolerance: remembered('tolerance', 32, stored => (isByte(stored) ? stored : undefined)),
  }
}

const isColor = (value: unknown): value is string => typeof value === 'string' && /^#[0-9a-f]{6}$/.test(value)
const isByte = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255
const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1

/** What was remembered before brushes had tips says color and size, or the size alone. */
function readBrush(stored: unknown): SizedBrush | undefined {
  const { size, tip, opacity, flow, pressureOnSize, pressureOnOpacity }: Partial<Record<keyof SizedBrush, unknown>> =
    typeof stored === 'number' ? { size: stored } : { ...(stored as object | null) }
  if (typeof size !== 'number' || !(size >= 1 && size <= limits.maxBrushSize)) return undefined
  const share = (value: unknown) => (isShare(value) && value > 0 ? value : 1)
  return {
    size,
    tip: tip === 'soft' ? 'soft' : 'hard',
    opacity: share(opacity),
    flow: share(flow),
    pressureOnSize: pressureOnSize !== false,
    pressureOnOpacity: pressureOnOpacity === true,
  }
}

function readColorBrush(stored: unknown): ColorBrush | undefined {
  const brush = readBrush(stored)
  const color = String((stored as Partial<ColorBrush> | null)?.color)
  return brush && isColor(color) ? { ...brush, color } : undefined
}

/** What the ink of a stroke has to say of its brush: nothing if it is the plain one. */
export function brushOf({ tip, opacity, flow, pressureOnSize, pressureOnOpacity }: Brush): { brush?: Brush } {
  const brush: Brush = { tip, opacity, flow, pressureOnSize, pressureOnOpacity }
  return JSON.stringify(brush) === JSON.stringify(plainBrush) ? {} : { brush }
}

/** A tenth more or less opaque, and never gone. */
export const stepOpacity = (opacity: number, direction: 1 | -1): number =>
  Math.min(1, Math.max(0.1, Math.round(opacity * 10 + direction) / 10))

/** The next thicker or thinner size: small ones by whole units, large ones by a quarter. */
export const stepSize = (size: number, direction: 1 | -1): number =>
  Math.min(limits.maxBrushSize, Math.max(1, Math.round(size * (direction > 0 ? 1.25 : 0.8) + direction * 0.5)))
