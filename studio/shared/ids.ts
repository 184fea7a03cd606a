declare const brand: unique symbol

type Branded<T, B extends string> = T & { readonly [brand]: B }

/** Of a person. */
export type PersonId = Branded<string, 'PersonId'>

/** Of a job: one request for 1 to 4 pictures. */
export type JobId = Branded<string, 'JobId'>

/** Of a picture. */
export type PictureId = Branded<string, 'PictureId'>

/** Of a room. */
export type RoomId = Branded<string, 'RoomId'>

/** Of a style. */
export type StyleId = Branded<string, 'StyleId'>

/** Of a picture that a style learns from. */
export type StylePictureId = Branded<string, 'StylePictureId'>

/** Of a learning: one run of fine-tuning. */
export type LearningId = Branded<string, 'LearningId'>

/** SHA-256 of a file's bytes, hex; the name under which it lies in the data folder. */
export type FileHash = Branded<string, 'FileHash'>

/**
 * An id as it comes from a row or from outside, under its type. Whether there is such a thing, whoever looks it up finds
 * out.
 */
const typed =
  <Id extends string>() =>
  (id: string): Id =>
    id as Id
export const asPersonId = typed<PersonId>()
export const asJobId = typed<JobId>()
export const asPictureId = typed<PictureId>()
export const asRoomId = typed<RoomId>()
export const asStyleId = typed<StyleId>()
export const asStylePictureId = typed<StylePictureId>()
export const asLearningId = typed<LearningId>()
export const asFileHash = typed<FileHash>()
