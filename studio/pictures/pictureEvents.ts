import type { PaintProgress, Rgb } from '../../engine/index.ts'
import type { PictureId } from '../shared/ids.ts'
import type { Picture } from './picture.ts'

/** What happens to a picture of a job. */
export type PictureEvent =
  /** `waitMs`: until it is finished, as far as one can tell. */
  | { readonly type: 'queued'; readonly picture: PictureId; readonly ahead: number; readonly waitMs: number }
  | { readonly type: 'started'; readonly picture: PictureId }
  | {
      readonly type: 'stepped'
      readonly picture: PictureId
      readonly step: number
      readonly steps: number
      readonly preview?: Rgb
    }
  /** `picture.state` is finished, failed or cancelled: the last event about it. */
  | { readonly type: 'ended'; readonly picture: Picture }

/** What the engine reports of a picture, for those who watch it. `rows`: of the UNet in all its steps; `stepMs`: what one takes now. */
export function eventOf(picture: PictureId, progress: PaintProgress, rows: number, stepMs: number): PictureEvent {
  switch (progress.type) {
    case 'queued':
      // Those ahead are taken to need as many rows as this one; then it needs its own.
      return { type: 'queued', picture, ahead: progress.ahead, waitMs: (progress.ahead + 1) * rows * stepMs }
    case 'started':
      return { type: 'started', picture }
    case 'stepped': {
      const { step, steps, preview } = progress
      return { type: 'stepped', picture, step, steps, ...(preview && { preview }) }
    }
  }
}
