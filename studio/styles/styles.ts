import type { ErrorPayload } from '../../protocol/errors.ts'
import type { ChatReplyTarget } from '../chat/chatReplies.ts'
import type { LearningChat } from '../chat/learningReplies.ts'
import type { LearningId, PersonId, StyleId, StylePictureId } from '../shared/ids.ts'
import type { Learning, LearningEvent } from './learning.ts'
import type { Sharing, Style, StyleDetail, StyleInRoom, StyleLimits, StylePicture } from './style.ts'
import type { NewStylePicture } from './uploads.ts'

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
export interface Styles {
  readonly limits: StyleLimits
  /** Whether the model can take styles at all; null if so, else why not, for people. */
  readonly error: ErrorPayload | null
  /** A style without any version yet. `guild`: where it was said, whose own switches count. */
  create(
    by: PersonId,
    wish: { name: string; pictures?: readonly NewStylePicture[]; guild?: string },
  ): Promise<StyleDetail>
  addPictures(by: PersonId, style: StyleId, pictures: readonly NewStylePicture[]): Promise<StylePicture[]>
  setCaption(by: PersonId, style: StyleId, picture: StylePictureId, caption: string): Promise<void>
  removePicture(by: PersonId, style: StyleId, picture: StylePictureId): Promise<void>
  /**
   * Learns the next version from all of the style's pictures, as a durable job: its row is there before this resolves, it
   * survives restarts. It replaces the version in use only if it is no worse. `chat` is written in the same transaction.
   */
  learn(
    by: PersonId,
    style: StyleId,
    wish?: { method?: 'exact' | 'anchored'; steps?: number; guild?: string; chat?: ChatReplyTarget },
  ): Promise<Learning>
  /** The newest learning stops; what there was before stays. */
  cancel(by: PersonId, style: StyleId): Promise<void>
  /** Events of learning from now on, and first what is already true. Ends with `ended`. Returns what stops it. */
  watch(learning: LearningId, listener: (event: LearningEvent) => void): () => void
  findLearning(learning: LearningId): Promise<Learning | null>

  /** What this person may use (`usable` only: and can, at this moment), own ones first. `guild` leaves out other servers'. */
  list(by: PersonId | null, where?: { guild?: string; own?: boolean; usable?: boolean }): Promise<Style[]>
  /** By id, or by name (own ones before shared ones; in any case of letters). Refuses what this person may not see. */
  find(by: PersonId, idOrName: string, where?: { guild?: string }): Promise<Style>
  show(by: PersonId, style: StyleId): Promise<StyleDetail>
  /** PNG bytes of an example picture (before: without the style), or null. */
  readExample(
    by: PersonId,
    style: StyleId,
    version: number,
    when: 'before' | 'after',
    index: number,
  ): Promise<Uint8Array | null>
  /** PNG bytes of a picture that it learns from; only for its owner. */
  readPicture(by: PersonId, style: StyleId, picture: StylePictureId): Promise<Uint8Array | null>

  rename(by: PersonId, style: StyleId, name: string): Promise<void>
  share(by: PersonId, style: StyleId, sharing: Sharing): Promise<void>
  /** The prompts of the example pictures, four at most; an empty list goes back to the engine's own. Used when it learns next. */
  chooseExamples(by: PersonId, style: StyleId, prompts: readonly string[]): Promise<void>
  restore(by: PersonId, style: StyleId, version: number): Promise<void>
  /** Deletes pictures, checkpoints, vectors and previews, rows and files, at once. */
  remove(by: PersonId, style: StyleId): Promise<void>
  /** The style of this person's pictures in chat when they name none; null for no style. */
  setDefault(by: PersonId, style: StyleId | null): Promise<void>
  /** Only if it can be used now. */
  defaultOf(by: PersonId): Promise<Style | null>

  /** The version in use as `.safetensors` in diffusers' words, with a name for the file. */
  exportFile(by: PersonId, style: StyleId): Promise<{ bytes: Uint8Array; fileName: string }>
  /**
   * A `.safetensors` file of PEFT, diffusers or kohya becomes a style, or the next version of one of this person's.
   * `words`: what was left out of it, in one sentence; null if it was taken as it is.
   */
  importFile(
    by: PersonId,
    wish: { name: string; bytes: Uint8Array; guild?: string } | { style: StyleId; bytes: Uint8Array },
  ): Promise<StyleDetail & { readonly words: string | null }>

  /** Operators: nobody can use it any more, anywhere, until it is enabled again. */
  disable(by: PersonId, style: StyleId, words: string): Promise<void>
  enable(by: PersonId, style: StyleId): Promise<void>
  isOperator(by: PersonId): Promise<boolean>

  /**
   * What a frame's styles are at this moment, for everybody in its room; unknown ones are left out. Nothing is checked:
   * who stands in a room sees the names of the styles in its frames.
   */
  inRoom(styles: readonly StyleId[]): Promise<StyleInRoom[]>
  /** Refuses unless this person may use the style now. */
  checkUse(by: PersonId, style: StyleId): Promise<void>
  /** Whenever something about a style has changed in this program: renamed, learned, shared, disabled, removed. */
  onChange(listener: (style: StyleId) => void): () => void

  /** Where in chat learnings are to be answered. */
  readonly chat: LearningChat
}
