import type { Board } from '../board.ts'
import type { Point } from '../view.ts'

/** A pointer on the stage, in both spaces. */
export interface Touch {
  readonly scene: Point
  readonly screen: Point
  /** 0…1; a mouse or a finger always says 1. */
  readonly pressure: number
  readonly type: 'mouse' | 'pen' | 'touch'
  readonly shift: boolean
  readonly alt: boolean
  /** Points that the browser expects next; drawn, never kept. */
  readonly expected: readonly { readonly scene: Point; readonly pressure: number }[]
}

/** What happens between putting a pointer down and lifting it. */
export interface Gesture {
  /** Every point since the last call, oldest first: a pen reports more often than the screen is drawn. */
  move(touches: readonly Touch[]): void
  end(): void
  /** A second finger came, or Escape: as if it had never begun. */
  cancel(): void
}

export interface Tool {
  begin(touch: Touch, board: Board): Gesture | null
}
