import { boundsOf, unionOf } from '../../protocol/geometry.ts'
import type { FirstSceneFacts } from '../../protocol/http.ts'
import type { Box } from '../../protocol/scene.ts'
import { isTouched } from '../browser/motion.ts'
import type { RoomSession } from '../room/session.ts'
import { firstRoom, hasHints } from '../store/firstSteps.ts'
import type { FrameViews } from './frameViews.ts'
import { contains } from './hit.ts'
import type { Padding, Size } from './view.ts'
import type { Viewport } from './viewport.ts'

/** Brings things into view, clear of the bars and panels. */
export interface Camera {
  /** Everything that is drawn. */
  showAll(): void
  /**
   * The same at once, as whoever comes sees it first: who may draw sees it clear of the panel that the first stroke on a
   * frame will open. `foreseen`: what the server says of a scene of which only a part has come.
   */
  showFirst(foreseen: FirstSceneFacts | null): void
  showFrame(frame: Box): void
  /** A frame with its painting beside it, if that would be out of sight. */
  showBeside(frame: Box): void
}

/** Up to this width a frame's panel lies at the bottom, as the style sheets have it. */
const phoneWidth = 760
/** Up to this height, as of a phone on its side, and wider than that, tools stand at the left and one bar at the bottom. */
const low = { height: 600, fromWidth: 561 }
/** Between ink and painting side by side, as the style sheets have it. */
const besideGap = 24
/** A frame never fills the view by more than this, so that its pixels do not show. */
const maxFrameZoom = 2

export function createCamera(
  viewport: Viewport,
  session: Pick<RoomSession, 'elements' | 'canEdit' | 'secret'>,
  activeFrame: FrameViews['active'],
): Camera {
  const padding = (hasFramePanel = activeFrame.get() !== null) =>
    clearOfPanels(viewport.size.get(), {
      ...{ hasFramePanel, hasHint: hasHints(firstRoom.get(), session.secret) },
      hasTallCaptions: isTouched(),
    })
  const all = () => unionOf(session.elements.map(boundsOf))
  /** What is seen of the scene between the panels. */
  function clearBox(): Box {
    const { left, top, right, bottom } = padding()
    const { zoom } = viewport.view.get()
    const { x, y, width, height } = viewport.visible()
    return {
      ...{ x: x + left / zoom, y: y + top / zoom },
      ...{ width: width - (left + right) / zoom, height: height - (top + bottom) / zoom },
    }
  }
  return {
    showAll() {
      const box = all()
      if (box) viewport.fit(box, { padding: padding() })
    },
    showFirst(foreseen) {
      const { box, canEdit, hasFrames } = foreseen ?? {
        ...{ box: all(), canEdit: session.canEdit() },
        hasFrames: session.elements.some(({ kind }) => kind === 'frame'),
      }
      if (box) viewport.fit(box, { padding: padding(canEdit && hasFrames), glide: false })
    },
    showFrame: frame => viewport.fit(frame, { maxZoomTo: maxFrameZoom, padding: padding() }),
    showBeside(frame) {
      const both = { x: frame.x, y: frame.y, width: frame.width * 2 + besideGap, height: frame.height }
      if (!contains(clearBox(), both)) viewport.fit(both, { padding: padding(), maxZoomTo: maxFrameZoom })
    },
  }
}

/** Below this width the zoom stands upright at the left. */
const tabletWidth = 1180
/** Beside the frame's panel the brushes of a tablet take two rows. */
const twoRows = { from: 900, below: 1100 }
/** On a phone the frame's panel lies over the brushes, and takes this much of the height at most. */
const panelOnPhone = { above: 220, height: 236, share: 0.44 }

/** Below this width a first room's hint stands under the bar at the top, not in it, and takes so much of the height. */
const hintBelowBar = { width: 900, height: 104, onPhone: 62 }

/** By so much captions are taller where fingers press them; where there is little room, it is kept for them always. */
const tallCaption = 20

/** What the bars, the frame's panel and a first room's hint cover, in CSS pixels. */
export function clearOfPanels(
  size: Size,
  {
    hasFramePanel,
    hasHint = false,
    hasTallCaptions = false,
  }: { hasFramePanel: boolean; hasHint?: boolean; hasTallCaptions?: boolean },
): Padding {
  const bars = clearOfBars(size, hasFramePanel)
  const hasRoom = !isLow(size) && size.width > phoneWidth
  const padding = hasRoom && hasTallCaptions ? { ...bars, top: bars.top + tallCaption } : bars
  if (!hasHint || isLow(size) || size.width >= hintBelowBar.width) return padding
  return { ...padding, top: padding.top + (size.width <= phoneWidth ? hintBelowBar.onPhone : hintBelowBar.height) }
}

const isLow = ({ width, height }: Size): boolean => height <= low.height && width >= low.fromWidth

function clearOfBars(size: Size, hasFramePanel: boolean): Padding {
  const { width, height } = size
  if (isLow(size)) {
    const panel = Math.min(304, 0.42 * width)
    return { top: 122, right: hasFramePanel ? panel + 20 : 20, bottom: 72, left: 116 }
  }
  if (width <= phoneWidth) {
    const { above, height: most, share } = panelOnPhone
    return { top: 124, right: 12, bottom: hasFramePanel ? above + Math.min(most, share * height) : 172, left: 12 }
  }
  const isTwoRows = hasFramePanel && width >= twoRows.from && width < twoRows.below
  return {
    top: 112,
    right: hasFramePanel ? 344 : 48,
    bottom: isTwoRows ? 192 : 152,
    left: width <= tabletWidth ? 76 : 48,
  }
}
