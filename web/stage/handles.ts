import type { PointerEvent as ReactPointerEvent } from 'react'
import type { Board } from '../canvas/board.ts'
import type { Gesture, Touch } from '../canvas/tools/tool.ts'

/**
 * Brings the pointer that went down on a handle to the gesture that it begins, until it is let go or Escape is pressed. While a
 * handle is held, what else touches the stage is a palm or a finger in the way: it would choose something else under the hand.
 */
export function dragHandle(
  event: ReactPointerEvent<HTMLElement>,
  begin: (touch: Touch) => Gesture | null,
  board: Board,
): void {
  if (event.button !== 0 || !event.isPrimary) return
  const stage = event.currentTarget.closest('.stage')!
  const { left, top } = stage.getBoundingClientRect()
  const touchOf = ({ clientX, clientY, shiftKey, altKey }: PointerEvent | ReactPointerEvent): Touch => {
    const screen = { x: clientX - left, y: clientY - top }
    const scene = board.viewport.toScene(screen)
    return { screen, scene, pressure: 1, type: 'mouse', shift: shiftKey, alt: altKey, expected: [] }
  }
  const gesture = begin(touchOf(event))
  if (!gesture) return
  event.preventDefault()
  event.stopPropagation()
  const stop = new AbortController()
  const { signal } = stop
  const finish = (how: 'end' | 'cancel') => {
    stop.abort()
    gesture[how]()
  }
  const pointer = event.pointerId
  const isMine = (other: PointerEvent) => other.pointerId === pointer
  addEventListener('pointermove', next => isMine(next) && gesture.move([touchOf(next)]), { signal })
  addEventListener('pointerup', next => isMine(next) && finish('end'), { signal })
  addEventListener('pointercancel', next => isMine(next) && finish('cancel'), { signal })
  const ignoreOthers = (other: PointerEvent) => {
    if (!isMine(other) && other.target instanceof Node && stage.contains(other.target)) other.stopPropagation()
  }
  addEventListener('pointerdown', ignoreOthers, { signal, capture: true })
  const cancelOnEscape = (key: KeyboardEvent) => {
    if (key.key !== 'Escape') return
    key.stopPropagation()
    finish('cancel')
  }
  addEventListener('keydown', cancelOnEscape, { signal, capture: true })
}
