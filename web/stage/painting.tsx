import { type ReactElement, useEffect, useRef, useSyncExternalStore } from 'react'
import type { FrameElement } from '../../protocol/scene.ts'
import type { Board } from '../canvas/board.ts'
import { fileUrl } from '../canvas/images.ts'
import { backingSide } from '../room/paintings.ts'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import { placeOf } from './place.ts'

/** A frame's picture: over its ink, beside it, or out of the way. */
export function Painting({ board, frame }: { board: Board; frame: FrameElement }): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { paintings } = board.session
  const longer = Math.max(frame.width, frame.height)
  const { view } = board.viewport
  const side = useSyncExternalStore(view.subscribe, () => backingSide(longer * view.get().zoom * devicePixelRatio))
  useEffect(() => paintings.attach(frame.id, canvas.current!, side), [paintings, frame.id, side])
  const hasPicture = useSyncExternalStore(paintings.subscribe, () => paintings.has(frame.id))
  useStore(board.frameViews.looks)
  useStore(board.frameViews.compared)
  const peeked = useStore(board.frameViews.peeked)
  const look = board.frameViews.lookOf(frame.id)
  const shown = peeked?.frameId === frame.id ? peeked : null
  return (
    <div className="painting" data-look={look} data-empty={!hasPicture || undefined} style={placeOf(frame)}>
      <canvas ref={canvas} role="img" aria-label={frame.prompt || t('stage.noPrompt')} />
      {shown && <img src={fileUrl(shown.file)} alt={shown.recipe.prompt} />}
    </div>
  )
}
