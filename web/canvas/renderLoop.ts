import type { Element, FrameElement } from '../../protocol/scene.ts'
import { onThemeChange } from '../store/theme.ts'
import type { Board } from './board.ts'
import { coveredFrames, unpaintedIn } from './covered.ts'
import { modelInk } from './modelInk.ts'
import { type Canvases, createSurface } from './surface.ts'

/** Keeps the canvases in step with the board until the returned function is called. */
export function startRenderLoop(board: Board, canvases: Canvases): () => void {
  const { session, viewport, lifted, selection, frameViews, images } = board
  /** What each frame's painting did not show yet when it was last looked at: what is gone from it has been painted. */
  let before = new Map<string, readonly Element[]>()
  const surface = createSurface(canvases, viewport, images, {
    elements: () => session.elements,
    byId: session.scene.elements,
    inkOn: frame => modelInk(session, frame),
    lifted: lifted.elements,
    frames: () => session.frames.get(),
    covered() {
      const covered = coveredFrames(board)
      before = new Map(covered.map(({ frame, unpainted }) => [frame.id, unpainted]))
      return covered
    },
    onDrawn: () => board.drawings.update(count => count + 1),
  })

  let framePlaces = placesOf(session.frames.get())
  function redrawIfFramesMoved(): void {
    const places = placesOf(session.frames.get())
    if (places !== framePlaces) surface.redraw()
    framePlaces = places
  }

  function meltPainted(frameId: string): void {
    const frame = session.frames.get().find(one => one.id === frameId)
    if (!frame) return
    const unpainted = new Set(unpaintedIn(board, frame))
    const melted = (before.get(frameId) ?? []).filter(element => !unpainted.has(element))
    if (melted.length > 0) surface.melt(frame, melted)
  }

  const stops = [
    viewport.view.subscribe(surface.draw),
    viewport.size.subscribe(surface.draw),
    session.onChange(surface.draw),
    lifted.subscribe(surface.draw),
    frameViews.looks.subscribe(surface.draw),
    frameViews.compared.subscribe(surface.draw),
    selection.ids.subscribe(surface.draw),
    images.subscribe(() => surface.redraw()),
    onThemeChange(surface.redraw),
    session.frames.subscribe(redrawIfFramesMoved),
    session.paintings.subscribe(meltPainted),
    session.frameStates.subscribe(() => {
      for (const frame of session.frames.get()) meltPainted(frame.id)
    }),
  ]
  surface.redraw()
  return () => {
    for (const stop of stops) stop()
    surface.dispose()
  }
}

/** Where the frames lie and on what: ink is cut off at their edges and erasers show their paper. */
const placesOf = (frames: readonly FrameElement[]): string =>
  JSON.stringify(frames.map(({ id, x, y, width, height, paper }) => [id, x, y, width, height, paper]))
