import { type RefObject, useEffect } from 'react'

/** Where the pointer is, in pixels of the stage, and how it came there. */
export interface RingPlace {
  readonly screen: { readonly x: number; readonly y: number }
  readonly pointerType: string
}

/**
 * Keeps an element of the stage around the pointer while `shows`, without React, so that it keeps up with the hand. It is
 * hidden over buttons and panels, and where `place` returns false. `place` has to stay the same function.
 */
export function usePointerRing(
  ring: RefObject<HTMLElement | null>,
  shows: boolean,
  place: (element: HTMLElement, at: RingPlace) => boolean,
): void {
  useEffect(() => {
    const element = ring.current
    const stage = element?.parentElement
    if (!element || !stage || !shows) return
    const follow = ({ target, clientX, clientY, pointerType }: PointerEvent) => {
      const isOverControls = target instanceof Element && target.closest('[data-chrome]') !== null
      const { left, top } = stage.getBoundingClientRect()
      const screen = { x: clientX - left, y: clientY - top }
      element.style.transform = `translate(${screen.x}px, ${screen.y}px)`
      element.hidden = !place(element, { screen, pointerType }) || isOverControls
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
  }, [ring, shows, place])
}
