import { coalescedEvents, predictedEvents } from '../browser/features.ts'
import type { Board } from './board.ts'
import { harmlessTools, tools } from './tools/index.ts'
import type { Gesture, Tool, Touch } from './tools/tool.ts'
import type { Point } from './viewport.ts'

/**
 * Turns pointers into gestures of tools, and two fingers, the wheel, Space and the middle button into motion of the view.
 * Once a pen has been seen, fingers only move the view: a resting palm draws nothing.
 */
export function listenToPointers(stage: HTMLElement, board: Board): () => void {
  const { viewport } = board
  const fingers = new Map<number, Point>()
  let gesture: Gesture | null = null
  let gesturePointer = -1
  let penSeen = false
  let spaceHeld = false

  const at = (event: { clientX: number; clientY: number }): Point => {
    const { left, top } = stage.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }

  function touchOf(event: PointerEvent, expected: Touch['expected'] = []): Touch {
    const screen = at(event)
    const type = event.pointerType === 'pen' || event.pointerType === 'touch' ? event.pointerType : 'mouse'
    // Without a pen the brush keeps the width that its ring shows.
    const pressure = type === 'pen' && event.pressure > 0 ? event.pressure : 1
    return {
      screen,
      scene: viewport.toScene(screen),
      pressure,
      type,
      shift: event.shiftKey,
      alt: event.altKey,
      expected,
    }
  }

  function toolFor(event: PointerEvent): Tool | null {
    if (event.button === 1 || spaceHeld) return tools.hand
    // The eraser end of a pen erases, whatever tool is chosen.
    const chosen = event.pointerType === 'pen' && event.button === 5 ? 'eraser' : board.tool.get()
    if (event.button !== 0 && event.button !== 5) return null
    if (event.pointerType === 'touch' && penSeen && !harmlessTools.has(chosen)) return tools.hand
    return board.session.canEdit() || harmlessTools.has(chosen) ? tools[chosen] : tools.hand
  }

  function down(event: PointerEvent): void {
    if (event.target instanceof Element && event.target.closest('[data-chrome]')) return
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
    penSeen ||= event.pointerType === 'pen'
    if (event.pointerType === 'touch') {
      fingers.set(event.pointerId, at(event))
      if (fingers.size === 2) {
        gesture?.cancel()
        gesture = null
      }
      if (fingers.size > 1) return
    }
    if (gesture) return
    const tool = toolFor(event)
    if (!tool) return
    event.preventDefault()
    stage.setPointerCapture(event.pointerId)
    gesture = tool.begin(touchOf(event), board)
    gesturePointer = event.pointerId
  }

  function move(event: PointerEvent): void {
    if (event.isPrimary) board.session.moveCursor(viewport.toScene(at(event)))
    if (fingers.has(event.pointerId)) {
      if (fingers.size > 1) {
        pinch(event)
        return
      }
      fingers.set(event.pointerId, at(event))
    }
    if (!gesture || event.pointerId !== gesturePointer) return
    const expected = predictedEvents(event).map(ahead => {
      const { scene, pressure } = touchOf(ahead)
      return { scene, pressure }
    })
    const touches = coalescedEvents(event).map(part => touchOf(part))
    gesture.move(touches.with(-1, { ...touches.at(-1)!, expected }))
  }

  /** Two fingers hold two points of the desk: it moves and grows so that they stay under them. */
  function pinch(event: PointerEvent): void {
    const [a, b] = [...fingers.entries()]
    if (!a || !b || (event.pointerId !== a[0] && event.pointerId !== b[0])) return
    const before = { middle: between(a[1], b[1]), apart: distance(a[1], b[1]) }
    fingers.set(event.pointerId, at(event))
    const p = fingers.get(a[0])!
    const q = fingers.get(b[0])!
    const middle = between(p, q)
    viewport.pan(middle.x - before.middle.x, middle.y - before.middle.y)
    if (before.apart > 0) viewport.zoomBy(distance(p, q) / before.apart, middle)
  }

  function up(event: PointerEvent): void {
    fingers.delete(event.pointerId)
    if (!gesture || event.pointerId !== gesturePointer) return
    if (event.type === 'pointercancel') gesture.cancel()
    else gesture.end()
    gesture = null
  }

  function wheel(event: WheelEvent): void {
    if (event.target instanceof Element && event.target.closest('[data-chrome]')) return
    event.preventDefault()
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
    if (event.ctrlKey || event.metaKey) {
      // A pinch on a trackpad sends small steps, a wheel's click large ones: neither shall jump.
      const step = Math.max(-60, Math.min(60, event.deltaY * unit))
      viewport.zoomBy(Math.exp(-step / 120), at(event))
    } else if (event.shiftKey && event.deltaX === 0) viewport.pan(-event.deltaY * unit, 0)
    else viewport.pan(-event.deltaX * unit, -event.deltaY * unit)
  }

  function keyDown(event: KeyboardEvent): void {
    if (event.code === 'Space' && event.target === document.body) {
      event.preventDefault()
      spaceHeld = true
      stage.dataset['space'] = ''
    }
    if (event.key === 'Escape' && gesture) {
      event.stopPropagation()
      gesture.cancel()
      gesture = null
    }
  }
  function keyUp(event: KeyboardEvent): void {
    if (event.code !== 'Space') return
    spaceHeld = false
    delete stage.dataset['space']
  }
  const leave = () => board.session.moveCursor(null)

  const stop = new AbortController()
  const { signal } = stop
  stage.addEventListener('pointerdown', down, { signal })
  stage.addEventListener('pointermove', move, { signal })
  stage.addEventListener('pointerup', up, { signal })
  stage.addEventListener('pointercancel', up, { signal })
  stage.addEventListener('pointerleave', leave, { signal })
  stage.addEventListener('wheel', wheel, { signal, passive: false })
  stage.addEventListener('contextmenu', event => event.preventDefault(), { signal })
  addEventListener('keydown', keyDown, { signal, capture: true })
  addEventListener('keyup', keyUp, { signal })
  addEventListener('blur', () => keyUp(new KeyboardEvent('keyup', { code: 'Space' })), { signal })
  return () => stop.abort()
}

const between = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y)
