import type { Light } from '../scenes/light.ts'
import type { Tint } from '../scenes/palette.ts'
import type { Shape } from './shape.ts'

/**
 * Draws one thing, back to front, in a box from −50 to 50 across and from −100 (top) to 0 (where it stands, floats or,
 * in the sky, ends). `main` fills most of its surface; silhouettes differ even when everything else is lost.
 */
export type DrawKind = (main: Tint, look: KindLook) => readonly Shape[]

export interface KindLook {
  readonly light: Light
  /** A colour of daylight as it looks in this light. */
  readonly tint: (hex: string) => Tint
  /** Windows and lamps: they shine after sundown. */
  readonly window: Tint
}
