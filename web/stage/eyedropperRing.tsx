import { type ReactElement, useCallback, useRef } from 'react'
import type { Board } from '../canvas/board.ts'
import { colorAt } from '../canvas/colorAt.ts'
import { useStore } from '../store/store.ts'
import { type RingPlace, usePointerRing } from './usePointerRing.ts'
import './eyedropperRing.css'

/** The color that the eyedropper would take, around the pointer. */
export function EyedropperRing({ board }: { board: Board }): ReactElement | null {
  const ring = useRef<HTMLDivElement>(null)
  useStore(board.tools.current)
  useStore(board.eyedropper.held)
  const shows = board.eyedropper.isInHand() && board.session.canEdit()
  const showColor = useCallback(
    (element: HTMLElement, { screen }: RingPlace) => {
      element.style.setProperty('--color', colorAt(board, board.viewport.toScene(screen)) ?? 'transparent')
      return true
    },
    [board],
  )
  usePointerRing(ring, shows, showColor)

  return shows ? <div ref={ring} className="eyedropper-ring" hidden aria-hidden="true" /> : null
}
