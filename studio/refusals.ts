import { EngineRefusal, engineRefusals } from '../engine/index.ts'

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
  'person/join': 'Only the things of a guest can be given to an account that is signed in with Discord.',
  'style/none': 'This model cannot take styles.',
  'style/missing': 'There is no such style, or it is not shared with you.',
  'style/not-yours': 'Only the owner of this style can do that.',
  'style/name': 'A style has a name of 1 to 40 characters, without colons and commas.',
  'style/name-taken': 'You already have a style of this name: choose another, or delete the old one.',
  'style/count': 'You have as many styles as one person may: delete one first.',
  'style/pictures-few': 'A style needs pictures to learn from: add at least one, better five to twenty.',
  'style/pictures-many': 'This style has as many pictures as it may have: remove one first.',
  'style/picture-missing': 'This picture is not among those of the style.',
  'style/picture-foreign': 'Only pictures that you bring for this purpose, or made here yourself, can be learned from.',
  'style/caption': 'A caption has at most 200 characters.',
  'style/learning': 'This style is being learned right now: wait until that has ended, or cancel it.',
  'style/not-learning': 'This style is not being learned.',
  'style/unlearned': 'This style has not been learned yet.',
  'style/interrupted': 'The studio was stopped several times while learning this style; learn it again.',
  'style/learning-failed': 'Something went wrong while learning this style, and it has been noted. Please try again.',
  'style/busy': 'As many styles are being learned as this studio can hold: try again in a few minutes.',
  'style/busy-yours': 'You are already teaching as many styles as one person may: wait for one to finish or cancel it.',
  'style/disabled': 'This style was disabled by an operator of this studio.',
  'style/version': 'This style has no such version.',
  'style/examples': 'Choose at most four example prompts of 1 to 1000 characters.',
  'style/many': 'At most three styles can be mixed in one picture.',
  'style/weight': 'The strength of a style is a number from 0 to 1.5.',
  'style/sharing': 'A style can be private, shared with a server where you have spoken to the bot, or with everyone.',
  'style/operator': 'Only an operator of this studio can do that.',
  'guild/learning-off': 'Teaching styles is switched off in this server.',
  'guild/sharing-off': 'Sharing styles is switched off in this server.',
  'guild/manager': 'Only those who manage this server can change that.',
  'sign-in/code': 'This link has been used or is too old: ask for a new one.',
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

/** The engine's refusals are ours to present; anything else stays what it is. */
export function refusalOf(error: unknown): unknown {
  return error instanceof EngineRefusal ? new Refusal(error.code, error.message, { cause: error }) : error
}
