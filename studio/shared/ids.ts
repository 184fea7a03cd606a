declare const brand: unique symbol

type Branded<T, B extends string> = T & { readonly [brand]: B }

export type PersonId = Branded<string, 'PersonId'>

export type JobId = Branded<string, 'JobId'>

export type PictureId = Branded<string, 'PictureId'>

export type RoomId = Branded<string, 'RoomId'>

export type StyleId = Branded<string, 'StyleId'>

export type StylePictureId = Branded<string, 'StylePictureId'>

export type LearningId = Branded<string, 'LearningId'>

/** SHA-256 of a file's bytes, hex; the name under which it lies in the data folder. */
export type FileHash = Branded<string, 'FileHash'>
