import { type ReactElement, useEffect, useRef } from 'react'
import type { Board } from '../canvas/board.ts'
import { useStore } from '../store/store.ts'
import './brushRing.css'

/** The brush's width around the pointer. Moved without React, so that it keeps up with the hand. */
export function BrushRing({ board }: { board: Board }): ReactElement | null {
  const ring = useRef<HTMLDivElement>(null)
  const tool = useStore(board.tools.current)
  const brush = useStore(board.tools.brush)
  const eraser = useStore(board.tools.eraser)
  const size = tool === 'eraser' ? eraser.size : brush.size
  const shows = (tool === 'pen' || tool === 'eraser') && board.session.canEdit()

  useEffect(() => {
    const element = ring.current
    const stage = element?.parentElement
    if (!element || !stage || !shows) return
    const follow = (event: PointerEvent) => {
      const over = event.target instanceof Element && event.target.closest('[data-chrome]')
      element.hidden = event.pointerType !== 'mouse' || Boolean(over)
      const { left, top } = stage.getBoundingClientRect()
      element.style.transform = `translate(${event.clientX - left}px, ${event.clientY - top}px)`
    }
    const hide = () => {
      element.hidden = true
    }
    stage.addEventListener('pointermove', follow)
    stage.addEventListener('pointerleave', hide)
    return () => {
      stage.removeEventListener('pointermove', follow)
      stage.removeEventListener('pointerleave', hide)
    }
  }, [shows])

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
