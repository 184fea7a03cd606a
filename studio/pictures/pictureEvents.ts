import type { PaintProgress, Rgb } from '../../engine/index.ts'
import type { PictureId } from '../shared/ids.ts'
import type { Picture } from './picture.ts'

/** What happens to a picture of a job. */
export type PictureEvent =
  /** `waitMs`: until it is finished, as far as one can tell. */
  | { readonly type: 'queued'; readonly picture: PictureId; readonly ahead: number; readonly waitMs: number }
  /** `leftMs`: until it is finished, likewise. */
  | { readonly type: 'started'; readonly picture: PictureId; readonly leftMs: number }
  | {
      readonly type: 'stepped'
      readonly picture: PictureId
      readonly step: number
      readonly steps: number
      readonly leftMs: number
      readonly preview?: Rgb
    }
  /** `picture.state` is finished, failed or cancelled: the last event about it. */
  | { readonly type: 'ended'; readonly picture: Picture }

/** What the engine reports of a picture, for those who watch it. `pictureMs`: what it takes by itself. */
export function eventOf(picture: PictureId, progress: PaintProgress, pictureMs: number): PictureEvent {
  switch (progress.type) {
    case 'queued':
      // Those ahead are taken to need as long as this one.
      return { type: 'queued', picture, ahead: progress.ahead, waitMs: (progress.ahead + 1) * pictureMs }
    case 'started':
      return { type: 'started', picture, leftMs: pictureMs }
    case 'stepped': {
      const { step, steps, preview } = progress
      const leftMs = pictureMs * (1 - step / steps)
      return { type: 'stepped', picture, step, steps, leftMs, ...(preview && { preview }) }
    }
  }
}
