import { type ReactElement, type ReactNode, useEffect, useRef } from 'react'
import type { FrameElement } from '../../protocol/scene.ts'
import type { Board } from '../canvas/board.ts'
import { startRenderLoop } from '../canvas/renderLoop.ts'
import type { SessionState } from '../room/state.ts'
import { until, useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import { BrushRing } from './brushRing.tsx'
import { EyedropperRing } from './eyedropperRing.tsx'
import { listenToPointers } from './input.ts'
import { Painting } from './painting.tsx'
import { Paper } from './paper.tsx'
import { placeOf } from './place.ts'
import { Lasso, Marquee, SelectionBox } from './selectionBox.tsx'
import './stage.css'

/** The desk, from back to front: paper, settled ink, paintings, newer ink, notes, then what belongs to nobody's drawing. */
export function Stage(props: {
  board: Board
  /** What stands over a frame. */
  renderCaption: (frame: FrameElement) => ReactNode
  /** What else lies on top, in scene units. */
  children?: ReactNode
}): ReactElement {
  const { board, renderCaption, children } = props
  const stage = useRef<HTMLDivElement>(null)
  const settled = useRef<HTMLCanvasElement>(null)
  const unpainted = useRef<HTMLCanvasElement>(null)
  const active = useRef<HTMLCanvasElement>(null)
  const seen = useRef<HTMLDivElement>(null)
  const unseen = useRef<HTMLDivElement>(null)
  const frames = useStore(board.session.frames)
  const tool = useStore(board.tools.current)
  const activeFrame = useStore(board.frameViews.active)

  useEffect(() => {
    const element = stage.current!
    const measure = () => board.viewport.size.set({ width: element.clientWidth, height: element.clientHeight })
    measure()
    placeFirstView(board)
    // Before the room's first picture is drawn, in the next frame.
    void until(board.session.state, isSeen).then(() => placeFirstView(board))
    const resizing = new ResizeObserver(measure)
    resizing.observe(element)
    const stops = [
      () => resizing.disconnect(),
      startRenderLoop(board, {
        ...{ settled: settled.current!, unpainted: unpainted.current!, active: active.current! },
        layers: { seen: seen.current!, unseen: unseen.current! },
      }),
      listenToPointers(element, board),
      board.viewport.view.subscribe(() => placeDesk(element, board)),
    ]
    placeDesk(element, board)
    return () => {
      for (const stop of stops) stop()
    }
  }, [board])

  return (
    <div ref={stage} className="stage" data-tool={tool}>
      <div className="world">
        {frames.map(frame => (
          <div key={frame.id}>
            <div className="sheet" data-active={frame.id === activeFrame || undefined} style={placeOf(frame)} />
            <Paper board={board} frame={frame} />
          </div>
        ))}
      </div>
      <canvas ref={settled} className="ink" role="img" aria-label={t('stage.drawing')} />
      <div ref={seen} className="layer-inks" />
      <div className="world">
        {frames.map(frame => (
          <Painting key={frame.id} board={board} frame={frame} />
        ))}
      </div>
      <canvas ref={unpainted} className="ink" role="img" aria-label={t('stage.unpainted')} />
      <div ref={unseen} className="layer-inks" />
      <canvas ref={active} className="ink" role="img" aria-label={t('stage.active')} />
      <div className="world overlay">
        {frames.map(frame => renderCaption(frame))}
        <Marquee board={board} />
        <Lasso board={board} />
        {children}
      </div>
      <SelectionBox board={board} />
      <BrushRing board={board} />
      <EyedropperRing board={board} />
    </div>
  )
}

/** Whether anything that is drawn can have come. */
const isSeen = ({ entered, foreseen }: SessionState): boolean => entered !== null || foreseen !== null

/** Everything that is there, or the middle of the desk. */
function placeFirstView(board: Board): void {
  const { foreseen } = board.session.state.get()
  const { width, height } = board.viewport.size.get()
  board.viewport.view.set({ x: width / 2, y: height / 2, zoom: 1 })
  board.camera.showFirst(foreseen)
}

/** The dots keep a comfortable distance at every zoom: they double or halve, as lines on a map do. */
const dotSpacing = 28

function placeDesk(stage: HTMLElement, board: Board): void {
  const { x, y, zoom } = board.viewport.view.get()
  const spacing = dotSpacing * zoom * 2 ** Math.round(-Math.log2(zoom))
  stage.style.setProperty('--zoom', String(zoom))
  stage.style.backgroundSize = `${spacing}px ${spacing}px`
  stage.style.backgroundPosition = `${x}px ${y}px`
  for (const world of stage.querySelectorAll<HTMLElement>(':scope > .world')) {
    world.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`
  }
}
