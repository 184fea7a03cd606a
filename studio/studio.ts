import type {
  EngineInfo,
  EngineLoad,
  Made,
  PaintAsk,
  PaintEnd,
  Painting,
  PaintProgress,
  Rgb,
} from '../engine/engine.ts'

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
export type AskId = Branded<string, 'AskId'>
export type PictureId = Branded<string, 'PictureId'>
export type RoomId = Branded<string, 'RoomId'>
/** SHA-256 of a file's bytes, hex; the name under which it lies in the data folder. */
export type FileHash = Branded<string, 'FileHash'>

export interface People {
  /** The person behind a Discord account; made on first sight, renamed when their name has changed. */
  fromDiscord(account: { discordId: string; name: string }): Promise<Person>
  /** A guest of the web: a row and a secret for their cookie (128 bits, only its hash is stored). */
  newGuest(name: string): Promise<{ person: Person; secret: string }>
  fromSecret(secret: string): Promise<Person | null>
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
export type PictureState = 'asked' | 'running' | 'finished' | 'failed' | 'cancelled'

/** What a person may say about a picture; what is left out takes the model's default. */
export interface PictureWish {
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
  readonly model: string
  readonly modelHash: string
}

export interface Picture {
  readonly id: PictureId
  readonly ask: AskId
  /** 0 … count − 1 within its ask. */
  readonly index: number
  readonly owner: PersonId
  readonly origin: Origin
  readonly state: PictureState
  readonly recipe: Recipe
  readonly parent: PictureId | null
  /** The PNG, once finished. */
  readonly file: FileHash | null
  readonly made: Made | null
  /** Why it failed, in words for people. */
  readonly failure: { readonly code: string; readonly words: string } | null
  readonly askedAt: Date
  readonly finishedAt: Date | null
}

export interface Pictures {
  /**
   * Writes one row per picture, then hands them to the engine, then resolves: whoever is told of a picture can rely on
   * its row. `chat` is written in the same transaction.
   */
  ask(by: PersonId, origin: Origin, wish: PictureWish, chat?: ChatReplyTarget): Promise<AskedPictures>
  /** The same wish again as a new ask (a new seed unless `sameSeed`). */
  again(
    by: PersonId,
    of: PictureId,
    change?: Partial<PictureWish> & { readonly sameSeed?: boolean },
    chat?: ChatReplyTarget,
  ): Promise<AskedPictures>
  find(id: PictureId): Promise<Picture | null>
  ofAsk(ask: AskId): Promise<Picture[]>
  /** Newest first. */
  ofFrame(room: RoomId, frameId: string, limit: number): Promise<Picture[]>
  ofPerson(person: PersonId, limit: number): Promise<Picture[]>
  /** Facts about one ask from now on, and first what is already true. Returns what stops it. */
  watch(ask: AskId, listener: (fact: PictureFact) => void, options?: { previews?: boolean }): () => void
  /** Only the owner's own; those that are finished stay. */
  cancel(ask: AskId, by: PersonId): Promise<void>
  /** Removes rows and, when nothing else uses them, files. Only the owner's own. */
  remove(ask: AskId, by: PersonId): Promise<void>
  readonly files: Files
}
export interface AskedPictures {
  readonly ask: AskId
  readonly pictures: readonly Picture[]
}

export type PictureFact =
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
  paint(by: PersonId, ask: LiveAsk, onProgress?: (progress: PaintProgress) => void): Painting
  /** Makes a finished live picture durable: a row (origin canvas, state finished) and a file. */
  keep(by: PersonId, ask: LiveAsk, end: Extract<PaintEnd, { type: 'finished' }>): Promise<Picture>
}
export interface LiveAsk extends Omit<PaintAsk, 'owner' | 'lane' | 'liveKey'> {
  readonly room: RoomId
  readonly frameId: string
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

/** Where in chat an ask is to be answered, kept until it has been, so that a restart can still answer. */
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
  readonly ask: AskId
  readonly createdAt: Date
}
export interface Chat {
  /** Asks whose final message has not been delivered, oldest first. */
  undelivered(): Promise<ChatReply[]>
  setMessage(ask: AskId, messageId: string): Promise<void>
  /** Where an ask was answered (buttons need it after a restart). */
  find(ask: AskId): Promise<ChatReply | null>
  markDelivered(ask: AskId): Promise<void>
}
