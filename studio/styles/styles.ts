import type { LearningFigures } from '../../engine/index.ts'
import type { ErrorPayload } from '../../protocol/errors.ts'
import type { LearningChat } from '../chat/learningReplies.ts'
import type { PersonId, StyleId } from '../shared/ids.ts'
import type { StyleCatalogue } from './catalogue.ts'
import type { StyleCreation } from './createStyle.ts'
import type { DefaultStyle } from './defaultStyle.ts'
import type { ImportExport } from './importExport.ts'
import type { LearningRequests } from './learningRequests.ts'
import type { StyleOperators } from './operators.ts'
import type { StyleOwnership } from './ownership.ts'
import type { StyleLimits } from './style.ts'
import type { TrainingPictures } from './trainingPictures.ts'

/**
 * Personal styles: a handful of pictures, and what the engine has learned from them. Everything is checked here: who may
 * see, use or change a style, how many there may be, which model it belongs to.
 *
 * | who                | list, show, use          | share, rename, learn, restore, export, delete | disable |
 * | its owner          | always                   | yes                                           | no      |
 * | with whom shared   | while it is shared       | no                                            | no      |
 * | an operator        | show                     | no                                            | yes     |
 * | anybody else       | no: as if it were absent | no                                            | no      |
 */
export interface Styles
  extends StyleCreation,
    TrainingPictures,
    LearningRequests,
    StyleCatalogue,
    StyleOwnership,
    DefaultStyle,
    ImportExport,
    StyleOperators {
  readonly limits: StyleLimits
  /** Whether the model can take styles at all; null if so, else why not, for people. */
  readonly error: ErrorPayload | null
  /** What learning from so many pictures takes here; null where it is short, or nobody knows. */
  estimateLearning(pictures: number): LearningFigures | null
  /** Refuses unless the style is this person's: before anything large is read for it. */
  checkOwn(by: PersonId, style: StyleId): Promise<void>
  /** Refuses unless this person may use the style now. */
  checkUse(by: PersonId, style: StyleId): Promise<void>
  /** Whenever something about a style has changed in this program: renamed, learned, shared, disabled, removed. */
  onChange(listener: (style: StyleId) => void): () => void
  /** Where in chat learnings are to be answered. */
  readonly chat: LearningChat
}
