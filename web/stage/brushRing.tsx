import { type ReactElement, useRef } from 'react'
import type { Board } from '../canvas/board.ts'
import { useStore } from '../store/store.ts'
import { type RingPlace, usePointerRing } from './usePointerRing.ts'
import './brushRing.css'

/** The brush's width around the pointer. */
export function BrushRing({ board }: { board: Board }): ReactElement | null {
  const ring = useRef<HTMLDivElement>(null)
  const tool = useStore(board.tools.current)
  const brush = useStore(board.tools.brush)
  const eraser = useStore(board.tools.eraser)
  const size = tool === 'eraser' ? eraser.size : brush.size
  const shows = (tool === 'pen' || tool === 'eraser') && board.session.canEdit()
  usePointerRing(ring, shows, isMouse)

  if (!shows) return null
  return (
    <div
      ref={ring}
      className="brush-ring"
      hidden
      style={{ '--size': size } as React.CSSProperties}
      aria-hidden="true"
    />
  )
}

/** Fingers and pens cover what they touch. */
const isMouse = (_element: HTMLElement, { pointerType }: RingPlace): boolean => pointerType === 'mouse'
