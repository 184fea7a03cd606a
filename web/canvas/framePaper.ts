import { layerOf } from '../../protocol/layers.ts'
import type { Change, FrameElement, Operation, Paper } from '../../protocol/scene.ts'
import { newId } from '../browser/ids.ts'
import type { RoomSession } from '../room/session.ts'
import { notify } from '../store/toasts.ts'
import { errorMessage } from '../text/t.ts'
import { sheetOf } from './clipping.ts'
import { clockShown as clockOfPainting } from './inkByCanvas.ts'
import { elementsForModel } from './modelInk.ts'

/** What lies under the frames' ink. */
export interface FramePaper {
  set(frame: FrameElement, paper: Paper | null): void
  /**
   * To be called when somebody begins to draw in a frame. A picture that was made from words alone would be lost with the
   * first stroke, because the model would begin from that stroke on white: so it becomes the paper, in the same gesture.
   * Ink that the model does not get leaves it alone.
   */
  drawnOn(frame: FrameElement, gesture: string, ink?: { readonly layer?: string | null }): void
  /** Makes the picture that the frame shows its paper, and takes away the ink that the picture shows: one gesture. */
  bake(frame: FrameElement): Promise<void>
  /** Up to which of the room's clocks the picture that a frame shows has its ink in it. */
  clockShown(frameId: string): number
  /** Makes a picture the paper of a frame, with what else changes of it, and takes away the ink up to a clock: one gesture. */
  become(frame: FrameElement, picture: { readonly file: string; readonly upTo: number; readonly change?: Change }): void
}

type PaperSession = Pick<
  RoomSession,
  'elements' | 'scene' | 'frames' | 'frameStates' | 'results' | 'paintings' | 'isNewerThan' | 'operate' | 'save'
>

export function createFramePaper(session: PaperSession): FramePaper {
  function paperChange(frameId: string, paper: Paper | null): Operation {
    return { type: 'change', id: frameId, change: { paper } }
  }

  /** The file of the picture that a frame shows, if it is saved. */
  function savedFile(frameId: string): string | undefined {
    const picture = session.frameStates.get().get(frameId)?.picture
    return session.results
      .get()
      .get(frameId)
      ?.find(result => result.picture === picture)?.file
  }

  async function fileOf(frameId: string): Promise<string | null> {
    const saved = savedFile(frameId)
    if (saved) return saved
    const saving = await session.save(frameId)
    if (saving.ok) return saving.value.file
    notify(errorMessage(saving.error), 'bad')
    return null
  }

  const clockShown = (frameId: string): number =>
    clockOfPainting(session.paintings.clockOf(frameId), session.frameStates.get().get(frameId))

  function become(frame: FrameElement, { file, upTo, change = {} }: Parameters<FramePaper['become']>[1]): void {
    const frames = session.frames.get()
    const shown = elementsForModel(session, frame).filter(
      element =>
        sheetOf(element, frames, session.scene.elements)?.id === frame.id &&
        !session.isNewerThan(upTo, element) &&
        !layerOf(element, session.scene.elements)?.locked,
    )
    const ids = shown.map(({ id }) => id)
    const removal: Operation[] = ids.length > 0 ? [{ type: 'remove', ids }] : []
    const paper: Paper = { kind: 'picture', file }
    session.operate([{ type: 'change', id: frame.id, change: { ...change, paper } }, ...removal], newId())
  }

  return {
    clockShown,
    become,
    set: (frame, paper) => session.operate([paperChange(frame.id, paper)], `${frame.id} paper`),

    drawnOn(frame, gesture, { layer } = {}) {
      const on = layer ? session.scene.elements.get(layer) : undefined
      if (on?.kind === 'layer' && on.unseen) return
      if (frame.paper || !session.paintings.has(frame.id)) return
      if (elementsForModel(session, frame).length > 0) return
      const file = savedFile(frame.id)
      const draw = (over: string) => session.operate([paperChange(frame.id, { kind: 'picture', file: over })], gesture)
      if (file) draw(file)
      else {
        // It was painted a moment ago: the server saves it, and the paper follows the stroke, unless that is undone by then.
        void fileOf(frame.id).then(now => {
          const stands = elementsForModel(session, frame).length > 0
          if (now && stands) draw(now)
        })
      }
    },

    async bake(frame) {
      const file = await fileOf(frame.id)
      if (file) become(frame, { file, upTo: clockShown(frame.id) })
    },
  }
}
