import type { Rgb } from '../../engine/index.ts'
import type { PictureId } from '../shared/ids.ts'
import type { Picture } from './picture.ts'

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
