/** Where a learning stands, as bytes that the caller stores. The names of the fields are those in the bytes. */
import { createHash } from 'node:crypto'
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { UserError } from '../../protocol/errors.ts'
import type { LearnRequest, StyleRecipe } from '../types/styles.ts'
import type { EarlyStopping } from './earlyStopping.ts'

export interface LearningRecord extends EarlyStopping {
  readonly stage: 'lcf'
  /** What it belongs to: `keyOf` the request. */
  readonly key: string
  readonly step: number
  readonly random: readonly number[]
  /** Samples of one call: another number would add up in another order. */
  readonly microBatch: number
  readonly curve: readonly CurvePoint[]
  /** Seconds of learning so far, over all restarts. */
  readonly seconds: number
}

export interface CurvePoint {
  readonly step: number
  readonly loss: number
  readonly heldOutLoss?: number
}

export type LearningCheckpoint = Checkpoint<LearningRecord>

/** Everything that decides what is learned: model, recipe, pictures and captions. */
export function keyOf(request: LearnRequest, recipe: StyleRecipe, modelHash: string): string {
  const hash = createHash('sha256').update(modelHash).update(textOf(recipe))
  for (const { picture, caption } of request.pictures) {
    hash.update(JSON.stringify([picture.width, picture.height, caption])).update(picture.data)
  }
  return hash.digest('hex')
}

/** As version 0.1 wrote it, so that its checkpoints still fit. */
const textOf = ({ ddimTimesteps: rungs, ...recipe }: StyleRecipe): string => {
  const { anchor, rate, ...first } = recipe
  return JSON.stringify({ ...first, rungs, anchor, rate })
}

export const encodeLearning = encodeCheckpoint<LearningRecord>

/** Throws `UserError` for the checkpoint of another learning. */
export function decodeLearning(bytes: Uint8Array, key: string): LearningCheckpoint {
  const found = readOrRefuse(bytes)
  if (found.record.stage === 'lcf' && found.record.key === key) return found
  throw new UserError(
    'learn/resume',
    'Expected the checkpoint of this request, got that of other pictures, captions, another recipe or another model. ' +
      'Learn from the beginning, or send the same request again.',
  )
}

function readOrRefuse(bytes: Uint8Array): LearningCheckpoint {
  try {
    return decodeCheckpoint<LearningRecord>(bytes, 'the checkpoint')
  } catch (cause) {
    throw new UserError('learn/resume', (cause as Error).message, { cause })
  }
}
