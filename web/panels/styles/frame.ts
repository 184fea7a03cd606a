import type { FrameStyle } from '../../../protocol/frameOptions.ts'
import { limits } from '../../../protocol/limits.ts'
import type { FrameElement } from '../../../protocol/scene.ts'
import type { Board } from '../../canvas/board.ts'
import { regionsOf, withChangedRegion } from '../../canvas/regions/frameRegions.ts'
import { notify } from '../../store/toasts.ts'
import { t } from '../../text/t.ts'

/** The frame that styles go into: the active one, or the only one there is. */
export function frameOf(frames: readonly FrameElement[], active: string | null): FrameElement | undefined {
  return frames.find(frame => frame.id === active) ?? (frames.length === 1 ? frames[0] : undefined)
}

export const stylesOf = (frame: FrameElement): readonly FrameStyle[] => frame.styles ?? []

/** What is painted in styles of its own: a frame, or one of its regions. */
export interface StyledPart {
  readonly styles: readonly FrameStyle[]
  /** What belongs to one gesture is one step of undo. */
  setStyles(styles: readonly FrameStyle[], gesture?: string): void
}

export function styledFrame(board: Board, frame: FrameElement): StyledPart {
  return {
    styles: stylesOf(frame),
    setStyles: (styles, gesture) =>
      board.session.operate(
        [{ type: 'change', id: frame.id, change: { styles } }],
        gesture && `${frame.id} ${gesture}`,
      ),
  }
}

/** A region, which wears what its frame wears until it has styles of its own; those may be none. */
export interface StyledRegion extends StyledPart {
  readonly hasOwn: boolean
  /** Gives up its own. */
  inherit(): void
}

export function styledRegion(board: Board, frame: FrameElement, index: number): StyledRegion {
  const own = regionsOf(frame)[index]?.styles
  function set(styles: readonly FrameStyle[] | undefined, gesture?: string): void {
    const change = withChangedRegion(frame, index, { styles })
    board.session.operate(
      [{ type: 'change', id: frame.id, change }],
      gesture && `${frame.id} region ${index} ${gesture}`,
    )
  }
  return {
    styles: own ?? stylesOf(frame),
    hasOwn: own !== undefined,
    setStyles: set,
    inherit: () => set(undefined),
  }
}

export const wears = ({ styles }: StyledPart, style: string): boolean => styles.some(one => one.style === style)

/** Mixes a style in, as it is meant to be; false if there is no place for it. */
export function addStyle(part: StyledPart, style: string): boolean {
  if (part.styles.length >= limits.maxStylesPerFrame) {
    notify(t('styles.full', { max: limits.maxStylesPerFrame }))
    return false
  }
  part.setStyles([...part.styles, { style, weight: 1 }])
  return true
}

export function removeStyle(part: StyledPart, style: string): void {
  part.setStyles(part.styles.filter(one => one.style !== style))
}

export function weigh(part: StyledPart, style: string, weight: number): void {
  part.setStyles(
    part.styles.map(one => (one.style === style ? { ...one, weight } : one)),
    style,
  )
}
