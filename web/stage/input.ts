import { coalescedEvents, predictedEvents } from '../browser/features.ts'
import { preventFlings } from '../browser/flings.ts'
import type { Board } from '../canvas/board.ts'
import { coloringTools } from '../canvas/toolNames.ts'
import { tools } from '../canvas/tools/index.ts'
import type { Gesture, Touch } from '../canvas/tools/tool.ts'
import type { Point } from '../canvas/view.ts'
import { next, noPointers, type PointerInput, type PointerKind } from './pointers.ts'

/** Brings pointers, the wheel, Space and Escape to the tools and the view, as `pointers.ts` has it. */
export function listenToPointers(stage: HTMLElement, board: Board): () => void {
  const { viewport } = board
  let pointers = noPointers
  let gesture: Gesture | null = null

  const at = (event: { clientX: number; clientY: number }): Point => {
    const { left, top } = stage.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }
  const touchOf = (event: PointerEvent, expected: Touch['expected'] = []): Touch => {
    const screen = at(event)
    return { ...keysAndPressure(event), screen, scene: viewport.toScene(screen), expected }
  }

  /** Moves the state on and does what follows; `event` is the pointer that it comes from. */
  function take(input: PointerInput, event?: PointerEvent): void {
    const context = { tool: board.tools.current.get(), canEdit: board.session.canEdit() }
    const { state, commands } = next(pointers, input, context)
    pointers = state
    for (const command of commands) {
      switch (command.type) {
        case 'begin':
          event!.preventDefault()
          stage.setPointerCapture(command.id)
          viewport.stay()
          if (coloringTools.has(command.tool)) board.recentColors.use(board.tools.brush.get().color)
          gesture = tools[command.tool].begin(touchOf(event!), board)
          break
        case 'move':
          gesture?.move(touchesOf(event!))
          break
        case 'end':
          gesture?.end()
          gesture = null
          break
        case 'cancel':
          gesture?.cancel()
          gesture = null
          break
        case 'pan':
          viewport.pan(command.dx, command.dy)
          break
        case 'zoom':
          viewport.zoomBy(command.factor, command.at)
          break
        default:
          command satisfies never
      }
    }
  }

  /** Every point since the last event; with the last one come those that the browser expects next. */
  function touchesOf(event: PointerEvent): Touch[] {
    const expected = predictedEvents(event).map(ahead => {
      const { scene, pressure } = touchOf(ahead)
      return { scene, pressure }
    })
    const touches = coalescedEvents(event).map(part => touchOf(part))
    return touches.with(-1, { ...touches.at(-1)!, expected })
  }

  function down(event: PointerEvent): void {
    // The second finger of a pinch may meet a handle of what is selected.
    const isPinch = pointers.fingers.size > 0 && isHandle(event)
    if (isChrome(event) && !isPinch) return
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
    const { pointerId: id, button, altKey: alt, timeStamp: time } = event
    take({ type: 'down', id, kind: kindOf(event), button, alt, at: at(event), time }, event)
  }
  function move(event: PointerEvent): void {
    if (event.isPrimary) board.session.moveCursor(viewport.toScene(at(event)))
    take({ type: 'move', id: event.pointerId, at: at(event) }, event)
  }
  const up = ({ pointerId: id, timeStamp: time }: PointerEvent) => take({ type: 'up', id, time })
  const lost = ({ pointerId: id, timeStamp: time }: PointerEvent) => take({ type: 'lost', id, time })

  function wheel(event: WheelEvent): void {
    if (isChrome(event)) return
    event.preventDefault()
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
    if (event.ctrlKey || event.metaKey) {
      // A pinch on a trackpad sends small steps, a wheel's click large ones: neither shall jump.
      const step = Math.max(-60, Math.min(60, event.deltaY * unit))
      viewport.zoomBy(Math.exp(-step / 120), at(event))
    } else if (event.shiftKey && event.deltaX === 0) viewport.pan(-event.deltaY * unit, 0)
    else viewport.pan(-event.deltaX * unit, -event.deltaY * unit)
  }

  function holdSpace(held: boolean): void {
    take({ type: 'space', held })
    stage.toggleAttribute('data-space', held)
  }
  function holdAlt(event: KeyboardEvent, held: boolean): void {
    if (event.key !== 'Alt' || event.target !== document.body) return
    // Or some browsers would go to their menu.
    event.preventDefault()
    board.eyedropper.held.set(held)
  }
  function keyDown(event: KeyboardEvent): void {
    holdAlt(event, true)
    if (event.code === 'Space' && event.target === document.body) {
      event.preventDefault()
      holdSpace(true)
    }
    if (event.key === 'Escape' && gesture) {
      event.stopPropagation()
      take({ type: 'escape' })
    }
  }

  function keyUp(event: KeyboardEvent): void {
    if (event.code === 'Space') holdSpace(false)
    holdAlt(event, false)
  }
  function letGo(): void {
    holdSpace(false)
    board.eyedropper.held.set(false)
  }

  const stop = new AbortController()
  const { signal } = stop
  stage.addEventListener('pointerdown', down, { signal })
  stage.addEventListener('pointermove', move, { signal })
  stage.addEventListener('pointerup', up, { signal })
  stage.addEventListener('pointercancel', lost, { signal })
  stage.addEventListener('pointerleave', () => board.session.moveCursor(null), { signal })
  stage.addEventListener('wheel', wheel, { signal, passive: false })
  stage.addEventListener('contextmenu', event => event.preventDefault(), { signal })
  signal.addEventListener('abort', preventFlings(stage, isChrome))
  addEventListener('keydown', keyDown, { signal, capture: true })
  addEventListener('keyup', keyUp, { signal })
  addEventListener('blur', letGo, { signal })
  return () => stop.abort()
}

/** Buttons and panels on the stage look after their own pointers. */
const isChrome = ({ target }: Event): boolean => target instanceof Element && target.closest('[data-chrome]') !== null

const isHandle = ({ target }: Event): boolean => target instanceof Element && target.closest('.handle') !== null

const kindOf = ({ pointerType }: PointerEvent): PointerKind =>
  pointerType === 'pen' || pointerType === 'touch' ? pointerType : 'mouse'

function keysAndPressure(event: PointerEvent): Pick<Touch, 'type' | 'pressure' | 'shift' | 'alt'> {
  const type = kindOf(event)
  // Without a pen the brush keeps the width that its ring shows.
  const pressure = type === 'pen' && event.pressure > 0 ? event.pressure : 1
  return { type, pressure, shift: event.shiftKey, alt: event.altKey }
}
