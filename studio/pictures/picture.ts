import type { PaintOutput } from '../../engine/index.ts'
import type { ErrorPayload } from '../../protocol/errors.ts'
import type { Recipe } from '../images/recipe.ts'
import type { FileHash, JobId, PersonId, PictureId } from '../shared/ids.ts'
import type { JobState } from '../shared/jobStates.ts'

/** Where a job was requested. */
export type Origin = 'chat' | 'canvas' | 'commandLine'

/** A picture of a job, whatever has become of it. */
export interface Picture {
  readonly id: PictureId
  readonly job: JobId
  /** 0 … count − 1 within its job. */
  readonly index: number
  readonly owner: PersonId
  readonly origin: Origin
  readonly state: JobState
  readonly recipe: Recipe
  readonly parent: PictureId | null
  /** The PNG, once finished. */
  readonly file: FileHash | null
  readonly output: PaintOutput | null
  /** Why it failed. */
  readonly failure: ErrorPayload | null
  readonly requestedAt: Date
  readonly finishedAt: Date | null
}
