/** Who waits for a picture or a learning of this client, and whether an engine has anything against it. */
import type {
  LearnProgress,
  LearnRequest,
  LearnResult,
  PaintProgress,
  PaintRequest,
  PaintResult,
} from '../engine/index.ts'
import { checkLearning, checkPaint, promptsIn } from '../engine/index.ts'
import { UserError } from '../protocol/errors.ts'
import type { NodeAbilities, Packed } from './protocol.ts'

export interface PictureCaller extends HeldBytes {
  readonly kind: 'picture'
  readonly request: PaintRequest
  readonly onProgress: ((progress: PaintProgress) => void) | undefined
  readonly resolve: (result: PaintResult) => void
}

export interface LearningCaller extends HeldBytes {
  readonly kind: 'learning'
  /** It goes on from its last checkpoint. */
  request: LearnRequest
  checkpointStep: number
  readonly onProgress: ((progress: LearnProgress) => void) | undefined
  readonly resolve: (result: LearnResult) => void
}

interface HeldBytes {
  /** What engines may ask for until it has ended. */
  readonly held: Set<string>
  packed?: Packed
}

export type Caller = PictureCaller | LearningCaller

/** What an engine has against a request that another may paint; its styles are brought to it. */
export function problemOf(abilities: NodeAbilities, caller: Caller): UserError | null {
  try {
    if (caller.kind === 'picture') checkPaint(abilities, caller.request, () => true)
    else checkLearning(abilities, caller.request)
    return null
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

export function stylesOf(request: PaintRequest): string[] {
  return promptsIn(request).flatMap(({ styles = [] }) => styles.map(({ id }) => id))
}
