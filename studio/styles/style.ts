import type { Assessment, LearningFigures, StyleRecipe } from '../../engine/index.ts'
import type { ErrorPayload } from '../../protocol/errors.ts'
import type { PersonId, StyleId, StylePictureId } from '../shared/ids.ts'
import type { CurvePoint, Learning } from './learning.ts'

/** Who may use a style besides its owner: nobody, the members of one Discord server, or everyone. */
export type Sharing = 'private' | `guild:${string}` | 'everyone'

/** A picture that a style learns from. */
export interface StylePicture {
  readonly id: StylePictureId
  readonly caption: string
  readonly width: number
  readonly height: number
}

/** A style as a person sees it. */
export interface Style {
  readonly id: StyleId
  readonly name: string
  readonly owner: { readonly id: PersonId; readonly name: string; readonly color: string }
  readonly isMine: boolean
  readonly isDefault: boolean
  readonly sharing: Sharing
  readonly createdAt: Date
  /** The version in use; null before the first one. */
  readonly version: number | null
  readonly pictures: number
  /** Why it cannot be used now, for people; null if it can. */
  readonly error: ErrorPayload | null
  readonly isDisabled: boolean
  /** The newest learning, whatever became of it. */
  readonly learning: Learning | null
  /** How many example pictures the version in use has (`readExample`), before and after each. */
  readonly examples: number
  /** What it takes to learn it here, for its owner; null where that is short, or nobody knows. */
  readonly learnEstimate: LearningFigures | null
}

/** A style with its pictures and versions. */
export interface StyleDetail extends Style {
  /** Only for its owner; empty for others. */
  readonly stylePictures: readonly StylePicture[]
  /** Newest first. */
  readonly versions: readonly StyleVersion[]
  /** Empty: the engine's own. */
  readonly examplePrompts: readonly string[]
}

/** What was learned, or imported, at one time. */
export interface StyleVersion {
  readonly number: number
  readonly createdAt: Date
  readonly origin: 'learned' | 'imported'
  readonly isInUse: boolean
  /** Whether it belongs to the model that is loaded. */
  readonly fits: boolean
  readonly rank: number
  /** As stored. */
  readonly bytes: number
  readonly recipe: StyleRecipe | null
  /** How many pictures it was learned from. */
  readonly pictures: number
  readonly curve: readonly CurvePoint[]
  readonly assessment: Assessment | null
  readonly examples: number
}

/** A style as everybody in a room sees it on a frame. */
export interface StyleInRoom {
  readonly id: StyleId
  readonly name: string
  readonly owner: { readonly id: PersonId; readonly name: string; readonly color: string }
  readonly version: number | null
  readonly error: ErrorPayload | null
}

/** How many of each there may be. */
export interface StyleLimits {
  readonly stylesPerPerson: number
  readonly picturesPerStyle: number
  /** Running or waiting, of everybody and of one person. */
  readonly learnings: number
  readonly learningsPerPerson: number
}
