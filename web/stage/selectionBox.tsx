import type { ReactElement } from 'react'
import { boundsOf, unionOf } from '../../protocol/geometry.ts'
import type { Box } from '../../protocol/scene.ts'
import { preventFlings } from '../browser/flings.ts'
import type { Board } from '../canvas/board.ts'
import { canTurn } from '../canvas/reshape.ts'
import { beginLater } from '../canvas/tools/later.ts'
import { beginRotate } from '../canvas/tools/rotate.ts'
import { beginResize, type Handle } from '../canvas/tools/select.ts'
import type { Touch } from '../canvas/tools/tool.ts'
import { useStore } from '../store/store.ts'
import { withTexts } from '../text/language.ts'
import { dragHandle } from './handles.ts'
import { placeOf } from './place.ts'
import { type TurnSide, turnSide } from './turnSide.ts'
import './selectionBox.css'

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
  const extending = useStore(board.tools.extends)
  useStore(board.viewport.view)
  // Counts every change, local drags included, so that the box follows what it surrounds.
  useStore(board.drawings)
  if (tool !== 'select' || selection.size === 0) return null
  const chosen = board.selection.shown()
  const box = unionOf(chosen.map(boundsOf))
  if (!box) return null
  const corner = board.viewport.toScreen(box)
  const { zoom } = board.viewport.view.get()
  const onScreen = { ...corner, width: box.width * zoom, height: box.height * zoom }
  const isExtending = extending && chosen.length === 1 && chosen[0]!.kind === 'frame'
  const begin = (touch: Touch, handle: Handle) =>
    isExtending
      ? beginLater(async () =>
          (await withTexts(() => import('../canvas/tools/extend.ts'))).beginExtend(touch, board, handle),
        )
      : beginResize(touch, board, handle)
  return (
    <div className="selection" data-extending={isExtending || undefined} style={placeOf(onScreen)} aria-hidden="true">
      {board.session.canEdit() &&
        handles.map(handle => (
          <span
            key={handle.name}
            ref={preventFlings}
            className={`handle ${handle.name}`}
            data-chrome
            onPointerDown={event => dragHandle(event, touch => begin(touch, handle), board)}
          />
        ))}
      {board.session.canEdit() && chosen.some(canTurn) && (
        <span
          ref={preventFlings}
          className="handle turn"
          data-chrome
          data-side={sideFor(onScreen, board)}
          onPointerDown={event => dragHandle(event, touch => beginRotate(touch, board), board)}
        />
      )}
    </div>
  )
}

function sideFor(box: Box, { session, viewport, frameViews }: Board): TurnSide {
  const { zoom } = viewport.view.get()
  const frames = session.frames.get().map(frame => ({
    ...viewport.toScreen(frame),
    ...{ width: frame.width * zoom, height: frame.height * zoom },
  }))
  return turnSide(box, frames, viewport.size.get(), { hasFramePanel: frameViews.active.get() !== null })
}

/** The box being drawn around things, in the world's own units. */
export function Marquee({ board }: { board: Board }): ReactElement | null {
  const box: Box | null = useStore(board.marquee)
  const tool = useStore(board.tools.current)
  return box && <div className="marquee" data-tool={tool} style={placeOf(box)} />
}

/** The line being drawn around things. */
export function Lasso({ board }: { board: Board }): ReactElement | null {
  const points = useStore(board.lasso)
  const path = points?.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('')
  return path === undefined ? null : (
    <svg className="lasso" aria-hidden="true">
      <path className="lasso-line" d={`${path}Z`} />
    </svg>
  )
}
