/**
 * The scene: what is drawn in a room, as a pure function of a log of operations.
 * The server orders and checks operations; browsers predict and rebase. Both run `applyOperation`, so they cannot disagree.
 */
import type { FrameOptions, FrameStyle } from './frameOptions.ts'

/** Scene units: one unit is one CSS pixel at zoom 1. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface Entry {
  readonly id: string
  /** Who made it (a person's id); set by the server. */
  readonly author: string
  /** Fractional index: the order from back to front, ties broken by id. */
  readonly z: string
  /** Removed elements stay, so that undo can bring them back and late operations find them. */
  readonly removed: boolean
}

/** What is drawn. */
interface Ink extends Entry {
  /** The layer that it lies on. Absent, null or not there any more: none (`layerOf` in layers.ts). */
  readonly layer?: string | null
}

/** A pen stroke; with `erases` it takes ink away, pixel by pixel, from everything below it. */
export interface StrokeElement extends Ink {
  readonly kind: 'stroke'
  readonly color: string
  /** Diameter at pressure 1. */
  readonly size: number
  readonly erases: boolean
  /** How its ink is laid down. Absent: `plainBrush`, as every stroke was before there were brushes. */
  readonly brush?: Brush
  /** Whether the points carry real pen pressure; otherwise it is simulated from speed. */
  readonly pressure: boolean
  /** Flat x, y, pressure (0…1) triples, relative to (`x`, `y`). */
  readonly points: readonly number[]
  readonly x: number
  readonly y: number
  /** Resizing scales the outline. */
  readonly scaleX: number
  readonly scaleY: number
  /** As `Turned` has it, around (`x`, `y`) and after the scale. */
  readonly rotation?: number
  /** False while the pen is down. */
  readonly done: boolean
}

/** How a stroke's ink is laid down. */
export interface Brush {
  /** A hard tip has an edge; a soft one fades from its middle outwards. */
  readonly tip: 'hard' | 'soft'
  /** Of the whole stroke, 0…1: where it crosses itself it gets no darker than this. */
  readonly opacity: number
  /** Of each stamp, 0…1: below 1 ink builds up where the pen goes again. */
  readonly flow: number
  /** Whether less pressure makes the stroke thinner, and whether it makes its ink fainter. */
  readonly pressureOnSize: boolean
  readonly pressureOnOpacity: boolean
}

export const plainBrush: Brush = {
  tip: 'hard',
  opacity: 1,
  flow: 1,
  pressureOnSize: true,
  pressureOnOpacity: false,
}

/** Something that lies askew. */
export interface Turned {
  /** Radians clockwise, −π … π, around the middle; absent: 0. */
  readonly rotation?: number
}

export interface ShapeElement extends Ink, Box, Turned {
  readonly kind: 'rectangle' | 'ellipse'
  /** Outline; null for none. */
  readonly stroke: string | null
  readonly fill: string | null
  readonly size: number
}

/** So many make the width or the height of an area. */
export const ringUnits = 10_000

/** From `x0`, `y0` to `x1`, `y1`. */
export type GradientLine = readonly [x0: number, y0: number, x1: number, y1: number]

/** A filled area of any form, as the bucket or a gradient leaves it. */
export interface AreaElement extends Ink, Box, Turned {
  readonly kind: 'area'
  readonly color: string
  /** Leads from `color` to another one along a line in shares of width and height; absent: one color. */
  readonly gradient?: { readonly to: string; readonly line: GradientLine }
  /**
   * Closed lines, each as flat x, y pairs in shares of width and height, of `ringUnits` each. What an odd number of them surrounds is
   * filled; together they have at most `limits.maxAreaPoints` points.
   */
  readonly rings: readonly (readonly number[])[]
}

export interface ImageElement extends Ink, Box, Turned {
  readonly kind: 'image'
  /** SHA-256 of the file, served at /files/<hash>. */
  readonly file: string
}

/** A region with a prompt: whatever is drawn inside is repainted by the model. */
export interface FrameElement extends Entry, Box {
  readonly kind: 'frame'
  readonly name: string
  readonly prompt: string
  /** How much may change, 0…1, snapped to what `steps` can do. */
  readonly strength: number
  readonly guidance: number
  readonly steps: number
  readonly seed: number
  /** Unlocked seeds change after each pin. */
  readonly seedLocked: boolean
  readonly live: boolean
  /** What lies under its ink, and what the eraser shows. Absent or null: white. */
  readonly paper?: Paper | null
  /** Mixed into its pictures, up to `limits.maxStylesPerFrame`. Absent: none. */
  readonly styles?: readonly FrameStyle[]
  /** Masks, regions and whatever else its pictures are painted by. Absent or null: nothing more. */
  readonly options?: FrameOptions | null
}

export type Paper =
  | { readonly kind: 'color'; readonly color: string }
  /** Along a line in shares of the frame's width and height; without one from the upper edge to the lower one. */
  | { readonly kind: 'gradient'; readonly from: string; readonly to: string; readonly line?: GradientLine }
  /** SHA-256 of an image that fills the frame, such as one of its own pictures. */
  | { readonly kind: 'picture'; readonly file: string }

/** A sheet of a frame that ink lies on; `z` is its place among the frame's layers. Ink without a layer lies below all of them. */
export interface LayerElement extends Entry {
  readonly kind: 'layer'
  /** The id of its frame. Never changes. */
  readonly frame: string
  readonly name: string
  /** Drawn nowhere. */
  readonly hidden: boolean
  /** Nothing on it is added, changed or removed. */
  readonly locked: boolean
  /** Of the whole layer, 0…1: where its ink overlaps it gets no darker than this. */
  readonly opacity: number
  /** For notes: people see it, above everything; the model does not get it. */
  readonly unseen: boolean
}

/** What lies on the canvas. */
export type Element = StrokeElement | ShapeElement | AreaElement | ImageElement | FrameElement
/** All that a scene holds. */
export type SceneElement = Element | LayerElement
export type ElementKind = SceneElement['kind']

/** An element as its author sends it: the server adds the author. */
export type NewElement = DistributiveOmit<SceneElement, 'author' | 'removed'>
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** What may change on an element after it was added; which fields fit depends on its kind (see `changeable`). */
export type Change = Partial<
  Omit<StrokeElement, 'id' | 'kind' | 'author' | 'removed' | 'points' | 'erases' | 'brush' | 'pressure' | 'done'> &
    Omit<ShapeElement, 'id' | 'kind' | 'author' | 'removed'> &
    Omit<FrameElement, 'id' | 'kind' | 'author' | 'removed'> &
    Omit<LayerElement, 'id' | 'kind' | 'author' | 'removed' | 'frame'>
>

/** The fields of a change that are merged (mergeFields.ts), as its author saw them. */
export type ChangeBase = Pick<Change, 'styles' | 'options'>

/** Where an element lies, on which layer, how large it is, and how it is turned. */
export type Placement = Pick<Change, 'z' | 'layer' | 'x' | 'y' | 'width' | 'height' | 'scaleX' | 'scaleY' | 'rotation'>
export interface Arrangement {
  readonly id: string
  readonly change: Placement
}

export type Operation =
  | { readonly type: 'add'; readonly element: NewElement }
  /** More points for a stroke that is being drawn; only its author may. `from` is the number of points it had, so a repeat is harmless. */
  | {
      readonly type: 'extend'
      readonly id: string
      readonly from: number
      readonly points: readonly number[]
      readonly done: boolean
    }
  /**
   * `from`: styles and options as its author saw them, if it changes them; then they are merged with what others have
   * changed meanwhile (mergeFields.ts), where one without it takes their place altogether. `shows`: the file of an older
   * picture that the frame has been given back with this, for the replay; the server says it, nobody else.
   */
  | {
      readonly type: 'change'
      readonly id: string
      readonly change: Change
      readonly from?: ChangeBase
      readonly shows?: string
    }
  /**
   * Moves, scales, turns or orders many at once, or puts them onto a layer; each at most once. What is gone by then is left
   * out, the others go all or none.
   */
  | { readonly type: 'arrange'; readonly changes: readonly Arrangement[] }
  /**
   * Somebody has typed in a frame's prompt: what they saw and what they made of it. It is merged with what others have
   * typed meanwhile (mergeText.ts), where a `change` of the prompt takes its place altogether.
   */
  | { readonly type: 'edit'; readonly id: string; readonly from: string; readonly to: string }
  | { readonly type: 'remove'; readonly ids: readonly string[] }
  /** Undo of a remove. */
  | { readonly type: 'restore'; readonly ids: readonly string[] }

export interface Scene {
  readonly elements: ReadonlyMap<string, SceneElement>
}
export const emptyScene: Scene = { elements: new Map() }
