import type { Box } from '../../protocol/scene.ts'
import type { RoomSession } from '../room/session.ts'
import { createStore, type Store } from '../store/store.ts'
import { type Camera, createCamera } from './camera.ts'
import { createEyedropper, type Eyedropper } from './eyedropper.ts'
import { createFrameLayers, type FrameLayers } from './frameLayers.ts'
import { createFramePaper, type FramePaper } from './framePaper.ts'
import { createFrameViews, type FrameViews } from './frameViews.ts'
import { createImages, type Images } from './images.ts'
import { createInsertion, type Insertion } from './insertion.ts'
import { createLifted, type LiftedElements } from './lifted.ts'
import { createRecentColors, type RecentColors } from './recentColors.ts'
import { createSelection, type Selection } from './selection.ts'
import { createToolSettings, type ToolSettings } from './toolSettings.ts'
import type { Point } from './view.ts'
import { createViewport, type Viewport } from './viewport.ts'

/** The desk with everything on it: what tools act on and what panels show. */
export interface Board {
  readonly session: RoomSession
  readonly viewport: Viewport
  readonly camera: Camera
  readonly tools: ToolSettings
  readonly eyedropper: Eyedropper
  readonly recentColors: RecentColors
  readonly selection: Selection
  readonly frameViews: FrameViews
  readonly insert: Insertion
  readonly paper: FramePaper
  readonly layers: FrameLayers
  readonly lifted: LiftedElements
  readonly images: Images
  /** The box being drawn around things, in scene units. */
  readonly marquee: Store<Box | null>
  /** The line being drawn around things, in scene units. */
  readonly lasso: Store<readonly Point[] | null>
  /** Where I point with the laser right now, in scene units; null: I do not. */
  readonly pointing: Store<Point | null>
  /** Asks the prompt field of the active frame for the focus. Counts up. */
  readonly promptFocus: Store<number>
  /** Counts the drawings of the canvases, for what has to stay in step with them. */
  readonly drawings: Store<number>
}

export function createBoard(session: RoomSession): Board {
  const viewport = createViewport()
  const tools = createToolSettings()
  const frameViews = createFrameViews()
  const lifted = createLifted()
  const layers = createFrameLayers(session)
  const shared = { session, layers, currentTool: tools.current, activeFrame: frameViews.active }
  const selection = createSelection({ ...shared, lifted })
  return {
    session,
    viewport,
    camera: createCamera(viewport, session, frameViews.active),
    tools,
    eyedropper: createEyedropper(tools),
    recentColors: createRecentColors(),
    selection,
    frameViews,
    insert: createInsertion({ ...shared, viewport, selection }),
    paper: createFramePaper(session),
    layers,
    lifted,
    images: createImages(),
    marquee: createStore<Box | null>(null),
    lasso: createStore<readonly Point[] | null>(null),
    pointing: createStore<Point | null>(null),
    promptFocus: createStore(0),
    drawings: createStore(0),
  }
}
