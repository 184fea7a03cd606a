import { engineRefusals } from '../engine/engine.ts'

/** Every refusal a person can meet: its code and its words. Each face presents them in its own way. */
export const refusals = {
  ...engineRefusals,
  'prompt/empty': 'Say what to paint: the prompt is empty.',
  'prompt/long': 'The prompt is too long: use at most 1000 characters.',
  'prompt/characters': 'The prompt contains control characters: type it as plain text.',
  'picture/count': 'Ask for 1 to 4 pictures at a time.',
  'picture/missing': 'This picture is not here any more.',
  'picture/not-yours': 'Only the person who asked for this picture can do that.',
  'picture/unfinished': 'This picture is not finished yet.',
  'picture/interrupted': 'The studio was stopped several times while painting this picture; ask for it again.',
  'picture/model': 'This picture was asked of a model that is no longer here; ask for it again.',
  'picture/bug': 'Something went wrong in the studio, and it has been noted. Please try again.',
  'queue/full': 'The studio is busy; try again in a minute.',
  'queue/yours': 'You already have as many pictures waiting as one person may; wait for one to finish or cancel it.',
  'image/type': 'This file is not an image we can read: use PNG, JPEG or WebP.',
  'image/animated': 'Animated images cannot be used: send a single picture.',
  'image/broken': 'This image is damaged or cut off and cannot be read.',
  'image/large': 'This image is too large: at most 4096 × 4096 pixels and 10 MB.',
  'room/missing': 'This room does not exist, or the link is wrong.',
  'room/viewer': 'You can look at this room but not draw in it: ask for the edit link.',
  'room/name': 'A room name has 1 to 80 characters.',
  'start/port': 'The port cannot be used: set PORT to another.',
  'start/discord': 'The bot cannot join Discord: check DISCORD_TOKEN.',
  'data/unwritable': 'The data folder cannot be written: set FOURSTROKE_DATA to one that can.',
  'database/unusable': 'The database cannot be used: check DATABASE_URL.',
  'person/name': 'A name has 1 to 40 characters.',
} as const
export type RefusalCode = keyof typeof refusals

/** Something the person can mend. Faces show `words`; everything else that is thrown is a bug. */
export class Refusal extends Error {
  readonly code: RefusalCode
  constructor(code: RefusalCode, words: string = refusals[code], options?: ErrorOptions) {
    super(words, options)
    this.name = 'Refusal'
    this.code = code
  }
  get words(): string {
    return this.message
  }
}
