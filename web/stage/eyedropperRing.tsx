import { type ReactElement, useEffect, useRef } from 'react'
import type { Board } from '../canvas/board.ts'
import { colorAt } from '../canvas/colorAt.ts'
import { useStore } from '../store/store.ts'
import './eyedropperRing.css'

/** The color that the eyedropper would take, around the pointer. Moved without React, so that it keeps up with the hand. */
export function EyedropperRing({ board }: { board: Board }): ReactElement | null {
  const ring = useRef<HTMLDivElement>(null)
  useStore(board.tools.current)
  useStore(board.eyedropper.held)
  const shows = board.eyedropper.isInHand() && board.session.canEdit()

  useEffect(() => {
    const element = ring.current
    const stage = element?.parentElement
    if (!element || !stage || !shows) return
    const follow = (event: PointerEvent) => {
      const over = event.target instanceof Element && event.target.closest('[data-chrome]')
      element.hidden = Boolean(over)
      const { left, top } = stage.getBoundingClientRect()
      const screen = { x: event.clientX - left, y: event.clientY - top }
      element.style.transform = `translate(${screen.x}px, ${screen.y}px)`
      element.style.setProperty('--color', colorAt(board, board.viewport.toScene(screen)) ?? 'transparent')
    }
    const hide = () => {
      element.hidden = true
    }
    stage.addEventListener('pointerdown', follow)
    stage.addEventListener('pointermove', follow)
    stage.addEventListener('pointerleave', hide)
    return () => {
      stage.removeEventListener('pointerdown', follow)
      stage.removeEventListener('pointermove', follow)
      stage.removeEventListener('pointerleave', hide)
    }
  }, [board, shows])

  return shows ? <div ref={ring} className="eyedropper-ring" hidden aria-hidden="true" /> : null
}
