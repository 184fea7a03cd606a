import { boundsOf } from '../../protocol/geometry.ts'
import { limits } from '../../protocol/limits.ts'
import type { Box, Element, FrameElement } from '../../protocol/scene.ts'
import { snapStrength } from '../../protocol/strength.ts'
import { newId, newSeed } from '../browser/ids.ts'
import { shrinkImage, unusableReason } from '../browser/imageFiles.ts'
import { messageFor, uploadImage } from '../room/http.ts'
import type { RoomSession } from '../room/session.ts'
import type { Store } from '../store/store.ts'
import { notify } from '../store/toasts.ts'
import { t } from '../text/t.ts'
import { topZ } from './depth.ts'
import type { FrameLayers } from './frameLayers.ts'
import type { FrameViews } from './frameViews.ts'
import { holds } from './hit.ts'
import { frameSide, round } from './reshape.ts'
import type { Selection } from './selection.ts'
import type { ToolName } from './toolNames.ts'
import type { Point, Size } from './view.ts'
import type { Viewport } from './viewport.ts'

/** Puts frames and images on the desk; ink comes from the tools. */
export interface Insertion {
  /** Returns the new frame's id; it becomes the active one. */
  frame(box: Box, options?: NewFrame): string
  /** Uploads pictures and lays them down around `at`, by default in the middle of the view. */
  images(files: readonly File[], at?: Point): Promise<void>
  /** Lays a frame's picture beside the frame, to stay. */
  pin(frame: FrameElement, file: string, size: Size): void
}

/** What a new frame says that is not as usual. */
export type NewFrame = Partial<Pick<FrameElement, 'prompt' | 'seed' | 'steps' | 'guidance' | 'strength' | 'options'>>

interface InsertionParts {
  readonly session: RoomSession
  readonly layers: Pick<FrameLayers, 'forInk'>
  readonly viewport: Viewport
  readonly selection: Pick<Selection, 'ids'>
  readonly currentTool: Store<ToolName>
  readonly activeFrame: FrameViews['active']
}

/** Several pictures at once lie like cards, each this much further. */
const cardOffset = 24

export function createInsertion({
  session,
  layers,
  viewport,
  selection,
  currentTool,
  activeFrame,
}: InsertionParts): Insertion {
  function addImage(file: string, box: Box, on: { readonly layer?: string } = {}): void {
    const id = newId()
    const z = topZ(session.elements)
    session.operate([{ type: 'add', element: { id, kind: 'image', z, file, ...on, ...box } }])
    selection.ids.set(new Set([id]))
    currentTool.set('select')
  }

  return {
    frame(box, options = {}) {
      const id = newId()
      const defaults = session.entered.get()?.model.defaults ?? { steps: 4, guidance: 4, strength: 0.6 }
      const element = {
        id,
        kind: 'frame' as const,
        z: topZ(session.elements),
        x: round(box.x),
        y: round(box.y),
        width: frameSide(box.width),
        height: frameSide(box.height),
        name: t('frame.name', { number: session.frames.get().length + 1 }),
        prompt: '',
        strength: snapStrength(defaults.strength, defaults.steps),
        guidance: defaults.guidance,
        steps: defaults.steps,
        seed: newSeed(),
        seedLocked: true,
        live: true,
        ...options,
      }
      session.operate([{ type: 'add', element }])
      activeFrame.set(id)
      return id
    },

    async images(files, at) {
      const visible = viewport.visible()
      let middle = at ?? { x: visible.x + visible.width / 2, y: visible.y + visible.height / 2 }
      for (const file of files) {
        try {
          const picture = await readPhoto(file)
          if (!picture) continue
          const { file: hash, ...size } = await uploadImage(session.secret, picture)
          const frame = session.frames.get().findLast(one => holds(one, middle))
          const on = layers.forInk(frame)
          if (on) addImage(hash, frame ? fillingBox(size, frame) : boxAround(middle, size, visible), on)
          middle = { x: middle.x + cardOffset, y: middle.y + cardOffset }
        } catch (error) {
          notify(messageFor(error), 'bad')
        }
      }
    },

    pin(frame, file, size) {
      addImage(file, pinnedBox(frame, size, session.elements))
      // The same seed over its own output only sharpens it: an unlocked seed moves on after a pin.
      if (!frame.seedLocked) session.operate([{ type: 'change', id: frame.id, change: { seed: newSeed() } }])
      notify(t('insert.pinned'))
    },
  }
}

/** A picture that the server takes, however large the photo was; null, and said why, if it cannot be read. */
async function readPhoto(file: File): Promise<Blob | null> {
  const reason = unusableReason(file)
  const picture = reason
    ? null
    : await shrinkImage(file, { maxSide: limits.maxImageSide, maxBytes: limits.maxUploadBytes })
  if (!picture) notify(reason ?? t('insert.damaged', { name: file.name }), 'bad')
  return picture
}

/** Inside a frame a picture fills it. */
export function fillingBox({ width, height }: Size, frame: Box): Box {
  const scale = Math.min(frame.width / width, frame.height / height)
  return {
    x: round(frame.x + frame.width / 2 - (width * scale) / 2),
    y: round(frame.y + frame.height / 2 - (height * scale) / 2),
    width: round(width * scale),
    height: round(height * scale),
  }
}

/** Outside it takes at most half the view. */
export function boxAround(middle: Point, { width, height }: Size, visible: Box): Box {
  const scale = Math.min(1, visible.width / 2 / width, visible.height / 2 / height)
  return {
    x: round(middle.x - (width * scale) / 2),
    y: round(middle.y - (height * scale) / 2),
    width: round(width * scale),
    height: round(height * scale),
  }
}

/** Between a frame and what is pinned beside it. */
const pinGap = 32

/** Beside the frame, right of whatever was pinned there before. */
export function pinnedBox(frame: Box, { width, height }: Size, elements: readonly Element[]): Box {
  const scale = Math.min(frame.width / width, frame.height / height)
  const row = elements.filter(
    element => element.kind === 'image' && element.x > frame.x && Math.abs(element.y - frame.y) < frame.height / 2,
  )
  const right = Math.max(frame.x + frame.width, ...row.map(element => boundsOf(element).x + boundsOf(element).width))
  return { x: right + pinGap, y: frame.y, width: round(width * scale), height: round(height * scale) }
}
