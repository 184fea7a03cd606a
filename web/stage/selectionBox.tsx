import type { ReactElement, PointerEvent as ReactPointerEvent } from 'react'
import { boundsOf } from '../../protocol/geometry.ts'
import type { Box } from '../../protocol/scene.ts'
import type { Board } from '../canvas/board.ts'
import { unionOf } from '../canvas/hit.ts'
import { beginResize, type Handle } from '../canvas/tools/select.ts'
import type { Touch } from '../canvas/tools/tool.ts'
import { useStore } from '../store/store.ts'
import { placeOf } from './place.ts'

const handles: readonly (Handle & { readonly name: string })[] = [
  { x: -1, y: -1, name: 'nw' },
  { x: 0, y: -1, name: 'n' },
  { x: 1, y: -1, name: 'ne' },
  { x: 1, y: 0, name: 'e' },
  { x: 1, y: 1, name: 'se' },
  { x: 0, y: 1, name: 's' },
  { x: -1, y: 1, name: 'sw' },
  { x: -1, y: 0, name: 'w' },
]

/** The box around what is selected, with a handle on each side and corner. */
export function SelectionBox({ board }: { board: Board }): ReactElement | null {
  const selection = useStore(board.selection.ids)
  const tool = useStore(board.tools.current)
  useStore(board.viewport.view)
  // Counts every change, local drags included, so that the box follows what it surrounds.
  useStore(board.drawings)
  if (tool !== 'select' || selection.size === 0) return null
  const box = unionOf(board.selection.shown().map(boundsOf))
  if (!box) return null
  const corner = board.viewport.toScreen(box)
  const { zoom } = board.viewport.view.get()
  return (
    <div
      className="selection"
      style={placeOf({ ...corner, width: box.width * zoom, height: box.height * zoom })}
      aria-hidden="true"
    >
      {board.session.canEdit() &&
        handles.map(handle => (
          <span
            key={handle.name}
            className={`handle ${handle.name}`}
            data-chrome
            onPointerDown={event => drag(event, board, handle)}
          />
        ))}
    </div>
  )
}

function drag(event: ReactPointerEvent<HTMLSpanElement>, board: Board, handle: Handle): void {
  const stage = event.currentTarget.closest('.stage')!
  const { left, top } = stage.getBoundingClientRect()
  const touchOf = ({ clientX, clientY, shiftKey, altKey }: PointerEvent | ReactPointerEvent): Touch => {
    const screen = { x: clientX - left, y: clientY - top }
    const scene = board.viewport.toScene(screen)
    return { screen, scene, pressure: 1, type: 'mouse', shift: shiftKey, alt: altKey, expected: [] }
  }
  const gesture = beginResize(touchOf(event), board, handle)
  if (!gesture) return
  event.preventDefault()
  event.stopPropagation()
  const stop = new AbortController()
  const { signal } = stop
  const pointer = event.pointerId
  const isMine = (other: PointerEvent) => other.pointerId === pointer
  addEventListener('pointermove', next => isMine(next) && gesture.move([touchOf(next)]), { signal })
  addEventListener(
    'pointerup',
    next => {
      if (!isMine(next)) return
      gesture.end()
      stop.abort()
    },
    { signal },
  )
  addEventListener(
    'pointercancel',
    next => {
      if (!isMine(next)) return
      gesture.cancel()
      stop.abort()
    },
    { signal },
  )
}

/** The box being drawn around things, in the world's own units. */
export function Marquee({ board }: { board: Board }): ReactElement | null {
  const box: Box | null = useStore(board.marquee)
  const tool = useStore(board.tools.current)
  return box && <div className="marquee" data-tool={tool} style={placeOf(box)} />
}
