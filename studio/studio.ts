import type {
  EngineInfo,
  EngineLoad,
  Painting,
  PaintOutput,
  PaintProgress,
  PaintRequest,
  PaintResult,
  Rgb,
} from '../engine/types/engine.ts'
import type { Assessment, StyleRecipe } from '../engine/types/styles.ts'

/**
 * What people can ask for. Both faces (bot and server) and the command line speak to this and to nothing below it.
 * Every verb that a person triggers may throw a `Refusal` (refusals.ts): a code and kind words.
 */
export interface Studio {
  readonly engine: EngineInfo
  load(): EngineLoad
  readonly people: People
  readonly pictures: Pictures
  readonly live: Live
  readonly rooms: Rooms
  readonly styles: Styles
  readonly guilds: Guilds
  readonly chat: Chat
  /** Counts for `/metrics`: a handful of quick queries. */
  statistics(): Promise<Statistics>
  /** Finishes or puts back what runs, then closes the database. The engine belongs to whoever opened it. */
  close(): Promise<void>
}

export interface Statistics {
  readonly pictures: Readonly<Record<PictureState, number>>
  readonly people: number
  readonly rooms: number
}

declare const brand: unique symbol
type Branded<T, B extends string> = T & { readonly [brand]: B }
export type PersonId = Branded<string, 'PersonId'>
export type JobId = Branded<string, 'AskId'>
export type PictureId = Branded<string, 'PictureId'>
export type RoomId = Branded<string, 'RoomId'>
export type StyleId = Branded<string, 'StyleId'>
export type StylePictureId = Branded<string, 'StylePictureId'>
export type LearningId = Branded<string, 'LearningId'>
/** SHA-256 of a file's bytes, hex; the name under which it lies in the data folder. */
export type FileHash = Branded<string, 'FileHash'>

export interface People {
  /**
   * The person behind a Discord account; made on first sight, renamed when their name has changed. `guildId`: the server
   * that they speak from, which makes them one of its members here: what is shared with that server is theirs to use.
   * `guildName`: what it is called, where the bot knows.
   */
  fromDiscord(account: {
    discordId: string
    name: string
    guildId?: string | null
    guildName?: string | null
  }): Promise<Person>
  /** A guest of the web, signed in. */
  newGuest(name: string): Promise<{ person: Person; secret: string }>
  /** A secret for the cookie of one more browser of this person (128 bits, only its hash is stored; good for a year). */
  signIn(id: PersonId): Promise<string>
  /** Whoever is signed in with this secret. */
  fromSecret(secret: string): Promise<Person | null>
  signOut(secret: string): Promise<void>
  /** A code that signs its person in once, within ten minutes: for links that only they can see. */
  newCode(id: PersonId): Promise<string>
  fromCode(code: string): Promise<Person | null>
  /**
   * Gives everything of a guest (rooms, pictures, styles) to an account, in one transaction; the guest is no more, and
   * browsers that were signed in as the guest are signed in to the account.
   */
  join(guest: PersonId, account: PersonId): Promise<Person>
  rename(id: PersonId, name: string): Promise<Person>
  /** The one person behind every use of the command line on this data folder. */
  fromCommandLine(): Promise<Person>
}
export interface Person {
  readonly id: PersonId
  readonly name: string
  readonly discordId: string | null
  /** `#rrggbb`, chosen once, readable on light and dark. */
  readonly color: string
}

export type Origin = 'chat' | 'canvas' | 'commandLine'
export type PictureState = 'queued' | 'running' | 'finished' | 'failed' | 'cancelled'

/** What a person may say about a picture; what is left out takes the model's default. */
export interface PictureOptions {
  readonly prompt: string
  /** Default: drawn at random. With `count` > 1 the pictures use seed, seed + 1, … */
  readonly seed?: number
  readonly steps?: number
  readonly guidance?: number
  readonly width?: number
  readonly height?: number
  /** An image to paint over: a file of ours (`files.take` or a finished picture's `file`). It is fitted to the size. */
  readonly image?: FileHash
  readonly strength?: number
  /** Up to three, mixed. */
  readonly styles?: readonly StyleSelection[]
  /** 1 … 4 */
  readonly count?: number
  /** The picture that this one varies, rerolls or edits. */
  readonly parent?: PictureId
  /** Canvas only: the frame that asked. */
  readonly frame?: { readonly room: RoomId; readonly frameId: string }
  /** Whether every step becomes a picture for those who watch. Default: yes, but for the command line. */
  readonly previews?: boolean
}

/** Everything that makes the picture again, bit for bit, on the same model and device. */
export interface Recipe {
  readonly prompt: string
  readonly seed: number
  readonly steps: number
  readonly guidance: number
  readonly width: number
  readonly height: number
  readonly image?: FileHash
  readonly strength?: number
  readonly styles?: readonly StyleInRecipe[]
  readonly model: string
  readonly modelHash: string
}

export interface Picture {
  readonly id: PictureId
  readonly job: JobId
  /** 0 … count − 1 within its job. */
  readonly index: number
  readonly owner: PersonId
  readonly origin: Origin
  readonly state: PictureState
  readonly recipe: Recipe
  readonly parent: PictureId | null
  /** The PNG, once finished. */
  readonly file: FileHash | null
  readonly output: PaintOutput | null
  /** Why it failed, in words for people. */
  readonly failure: { readonly code: string; readonly words: string } | null
  readonly requestedAt: Date
  readonly finishedAt: Date | null
}

export interface Pictures {
  /**
   * Writes one row per picture, then hands them to the engine, then resolves: whoever is told of a picture can rely on
   * its row. `chat` is written in the same transaction.
   */
  request(by: PersonId, origin: Origin, wish: PictureOptions, chat?: ChatReplyTarget): Promise<RequestedPictures>
  /** The same options again as a new job (a new seed unless `sameSeed`). */
  again(
    by: PersonId,
    of: PictureId,
    change?: Partial<PictureOptions> & { readonly sameSeed?: boolean },
    chat?: ChatReplyTarget,
  ): Promise<RequestedPictures>
  find(id: PictureId): Promise<Picture | null>
  ofJob(job: JobId): Promise<Picture[]>
  /** Newest first. */
  ofFrame(room: RoomId, frameId: string, limit: number): Promise<Picture[]>
  ofPerson(person: PersonId, limit: number, state?: PictureState): Promise<Picture[]>
  /** Events of one job from now on, and first what is already true. Returns what stops it. */
  watch(job: JobId, listener: (fact: PictureEvent) => void, options?: { previews?: boolean }): () => void
  /** Only the owner's own; those that are finished stay. */
  cancel(job: JobId, by: PersonId): Promise<void>
  /** Removes rows and, when nothing else uses them, files. Only the owner's own. */
  remove(job: JobId, by: PersonId): Promise<void>
  readonly files: Files
}
export interface RequestedPictures {
  readonly job: JobId
  readonly pictures: readonly Picture[]
}

export type PictureEvent =
  /** `waitMs`: until it is finished, as far as one can tell. */
  | { readonly type: 'queued'; readonly picture: PictureId; readonly ahead: number; readonly waitMs: number }
  | { readonly type: 'started'; readonly picture: PictureId }
  | {
      readonly type: 'stepped'
      readonly picture: PictureId
      readonly step: number
      readonly steps: number
      readonly preview?: Rgb
    }
  /** `picture.state` is finished, failed or cancelled: the last fact about it. */
  | { readonly type: 'ended'; readonly picture: Picture }

export interface Files {
  /** Decodes, checks (type, bytes, pixels, one frame), strips metadata, re-encodes and stores an image that a person brought. */
  take(bytes: Uint8Array): Promise<StoredImage>
  /** Bytes of a stored file, or null. */
  read(hash: FileHash): Promise<Uint8Array | null>
  /** Absolute path, for streaming; the file may be absent. */
  path(hash: FileHash): string
  has(hash: FileHash): Promise<boolean>
}
export interface StoredImage {
  readonly file: FileHash
  readonly width: number
  readonly height: number
}

/** Repaints under a moving pen: not durable, newest wins, quick. */
export interface Live {
  paint(by: PersonId, request: LiveRequest, onProgress?: (progress: PaintProgress) => void): Promise<Painting>
  /**
   * Makes a finished live picture durable: a row (origin canvas, state finished) and a file. Live ones of its frame that
   * are not among its `newest` pictures go, unless something came from them. Default: all stay.
   */
  save(
    by: PersonId,
    request: LiveRequest,
    end: Extract<PaintResult, { type: 'finished' }>,
    options?: { newest?: number },
  ): Promise<Picture>
}
export interface LiveRequest extends Omit<PaintRequest, 'owner' | 'priority' | 'liveKey' | 'styles'> {
  readonly room: RoomId
  readonly frameId: string
  readonly styles?: readonly StyleSelection[]
}

/** A style in a picture that is asked for. */
export interface StyleSelection {
  readonly style: StyleId
  /** 0 … 1.5. Default: 1. */
  readonly weight?: number
  /** Default: the version in use. */
  readonly version?: number
  /** Who put it there, if it is not the person who asks: a frame keeps the style that its owner has lent to it. */
  readonly lender?: PersonId
}
/** A style as it was, in the recipe of a picture. It stays there when the style is renamed or deleted. */
export interface StyleInRecipe {
  readonly style: StyleId
  readonly name: string
  readonly version: number
  readonly weight: number
}
/** Who may use a style besides its owner: nobody, the members of one Discord server, or everyone. */
export type Sharing = 'private' | `guild:${string}` | 'everyone'

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
  readonly refusal: { readonly code: string; readonly words: string } | null
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
  /** Facts about learning from now on, and first what is already true. Ends with `ended`. Returns what stops it. */
  watch(learning: LearningId, listener: (fact: LearningEvent) => void): () => void
  findLearning(learning: LearningId): Promise<Learning | null>

  /** What this person may use (`usable` only: and can, at this moment), own ones first. `guild` leaves out other servers'. */
  list(by: PersonId, where?: { guild?: string; own?: boolean; usable?: boolean }): Promise<Style[]>
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

export interface StyleLimits {
  readonly stylesPerPerson: number
  readonly picturesPerStyle: number
  /** Running or waiting, of everybody and of one person. */
  readonly learnings: number
  readonly learningsPerPerson: number
}

/** A picture to learn from: brought for this purpose, or made here by the same person. */
export type NewStylePicture = { readonly caption?: string } & (
  | { readonly bytes: Uint8Array }
  | { readonly picture: PictureId }
)
export interface StylePicture {
  readonly id: StylePictureId
  readonly caption: string
  readonly width: number
  readonly height: number
}

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
  readonly refusal: { readonly code: string; readonly words: string } | null
  readonly isDisabled: boolean
  /** The newest learning, whatever became of it. */
  readonly learning: Learning | null
  /** How many example pictures the version in use has (`readExample`), before and after each. */
  readonly examples: number
}
export interface StyleDetail extends Style {
  /** Only for its owner; empty for others. */
  readonly stylePictures: readonly StylePicture[]
  /** Newest first. */
  readonly versions: readonly StyleVersion[]
  /** Empty: the engine's own. */
  readonly examplePrompts: readonly string[]
}
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

export interface CurvePoint {
  readonly step: number
  readonly loss: number
  readonly heldOutLoss?: number
}

export type LearningState = 'queued' | 'running' | 'finished' | 'failed' | 'cancelled'
export interface Learning {
  readonly id: LearningId
  readonly style: StyleId
  readonly owner: PersonId
  readonly state: LearningState
  readonly step: number
  /** 0 until it is known. */
  readonly steps: number
  readonly requestedAt: Date
  readonly finishedAt: Date | null
  /** The version that it made, once finished. */
  readonly version: number | null
  /** How it ended, in one or two sentences: the assessment and which version is in use, or why it failed. */
  readonly summary: string | null
}

export type LearningEvent =
  | { readonly type: 'queued'; readonly ahead: number }
  | { readonly type: 'started'; readonly steps: number }
  /** All steps so far, thinned where they are many: told once, to whoever begins to watch in the middle. */
  | { readonly type: 'curve'; readonly points: readonly CurvePoint[] }
  | ({ readonly type: 'stepped'; readonly steps: number; readonly secondsLeft: number } & CurvePoint)
  /** What it paints by now. */
  | { readonly type: 'painted'; readonly step: number; readonly pictures: readonly Rgb[] }
  /** `learning.state` is finished, failed or cancelled: the last fact. */
  | { readonly type: 'ended'; readonly learning: Learning }

/** A style as everybody in a room sees it on a frame. */
export interface StyleInRoom {
  readonly id: StyleId
  readonly name: string
  readonly owner: { readonly id: PersonId; readonly name: string; readonly color: string }
  readonly version: number | null
  readonly refusal: { readonly code: string; readonly words: string } | null
}

export interface LearningReply extends ChatReplyTarget {
  readonly learning: LearningId
  readonly createdAt: Date
}
export interface LearningChat {
  /** Learnings whose final message has not been delivered, oldest first. */
  undelivered(): Promise<LearningReply[]>
  setMessage(learning: LearningId, messageId: string): Promise<void>
  find(learning: LearningId): Promise<LearningReply | null>
  markDelivered(learning: LearningId): Promise<void>
}

/** Discord servers: who has been seen in which, and what each may switch off for itself. */
export interface Guilds {
  /** Where the bot has heard this person in the last 30 days, by name. Signing in does not tell us any others. */
  ofPerson(by: PersonId): Promise<KnownGuild[]>
  switches(guild: string): Promise<GuildSwitches>
  /** `isManager`: whether Discord lets this person manage the server; operators may as well. */
  setSwitches(
    by: PersonId,
    guild: { id: string; isManager: boolean },
    change: Partial<GuildSwitches>,
  ): Promise<GuildSwitches>
}
export interface KnownGuild {
  readonly id: string
  /** null if the bot, brought along by somebody, was never told. */
  readonly name: string | null
  /** Its switch: whether styles may be shared with it. */
  readonly sharing: boolean
}
export interface GuildSwitches {
  /** Whether styles may be made and learned there. */
  readonly learning: boolean
  /** Whether styles may be shared with the whole server, and those that are can be used. */
  readonly sharing: boolean
}

export type Role = 'owner' | 'editor' | 'viewer'
export interface Room {
  readonly id: RoomId
  readonly name: string
  readonly createdAt: Date
  /** The picture that the room opens with (from chat: "Open on canvas"); the server places it as image and frame. */
  readonly opening: PictureId | null
}
/** 128-bit secrets, base64url, one link each. To those who may only look, `edit` is the view link once more. */
export interface RoomLinks {
  readonly edit: string
  readonly view: string
}
export interface Rooms {
  create(by: PersonId, wish: { name: string; opening?: PictureId }): Promise<{ room: Room; links: RoomLinks }>
  /** Whom a link lets in, and as what: the better of the link's role and the role the person already has. */
  enter(secret: string, person: PersonId): Promise<{ room: Room; role: Role; links: RoomLinks } | null>
  ofPerson(person: PersonId): Promise<Room[]>
  rename(room: RoomId, name: string, by: PersonId): Promise<void>
  /** The newest snapshot and every operation after it, in clock order. */
  load(room: RoomId): Promise<RoomRecord>
  /**
   * In one transaction, before anybody is told. Entries whose `key` is already there are left out, and the clocks of
   * those after them close the gap; resolves with the ones written.
   */
  append(room: RoomId, entries: readonly OperationEntry[]): Promise<OperationEntry[]>
  /** Keeps the two newest snapshots and drops operations that both contain; their keys stay, so that none is applied twice. */
  snapshot(room: RoomId, clock: number, scene: unknown): Promise<void>
}
export interface OperationEntry {
  /** The room's clock after this operation, from 1, without gaps. */
  readonly clock: number
  /** `client:seq`, so that an operation sent twice is applied once. */
  readonly key: string
  readonly author: PersonId
  /** The protocol's Operation; the studio does not look inside. */
  readonly operation: unknown
}
export interface RoomRecord {
  readonly snapshot: { readonly clock: number; readonly scene: unknown } | null
  readonly operations: readonly OperationEntry[]
}

/** Where in chat a job is to be answered, stored until it has been, so that a restart can still answer. */
export interface ChatReplyTarget {
  readonly applicationId: string
  readonly interactionId: string
  /** Good for 15 minutes; forgotten (then empty) as soon as the final message is delivered. */
  readonly interactionToken: string
  readonly channelId: string
  readonly guildId: string | null
  readonly messageId: string | null
}
export interface ChatReply extends ChatReplyTarget {
  readonly job: JobId
  readonly createdAt: Date
}
/** An answer that somebody was promised, before anything else was written about it. */
export interface PendingReply extends ChatReplyTarget {
  /** What was said, in the face's own words. */
  readonly payload: unknown
  readonly createdAt: Date
}
export interface Chat {
  /** Writes down that an interaction is about to be answered, and what was said in it (JSON). */
  addPendingReply(target: ChatReplyTarget, said: object): Promise<void>
  /** Promises that led to nothing, no answer and no job, oldest first: whoever made them was killed, or is at it now. */
  pendingReplies(): Promise<PendingReply[]>
  /** A promise has been answered. `retry`: what was said is kept for a day, so that it can be done again. */
  resolvePendingReply(interactionId: string, options?: { retry?: boolean }): Promise<void>
  /** What was said in an interaction, if it is still kept. */
  payloadOf(interactionId: string): Promise<unknown>
  /** Jobs whose final message has not been delivered, oldest first. */
  undelivered(): Promise<ChatReply[]>
  setMessage(job: JobId, messageId: string): Promise<void>
  /** Where a job was answered (buttons need it after a restart). */
  find(job: JobId): Promise<ChatReply | null>
  markDelivered(job: JobId): Promise<void>
}
