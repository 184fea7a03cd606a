import type { ErrorPayload } from './errors.ts'
import type { FrameOptions, FrameRegion, PaintOptions } from './frameOptions.ts'
import type { Person, PersonLook, Pointer, Role, RoomMember } from './person.ts'
import type { Box, Operation, SceneElement } from './scene.ts'
import type { RoomStyle, StyleProgress } from './styles.ts'

/** Both sides say this in the handshake; a different number asks the page to reload. */
export const protocolVersion = 8

/** A reply to a request: the value, or an error that a person can mend. */
export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorPayload }

/** What a browser may say. Asks, in the imperative. */
export interface ClientToServer {
  /** First message after connecting: enter a room by its link's secret, saying what is already known. */
  'room:enter': (request: EnterRequest, reply: (answer: Reply<Welcome>) => void) => void
  /** Operations in the order they were made. Acknowledged when they are stored; idempotent by `seq`. */
  'scene:operate': (batch: OperationBatch, reply: (answer: Reply<OperationsStored>) => void) => void
  /** Where my pointer is; may be lost. null: it left the canvas. */
  'cursor:move': (at: Pointer | null) => void
  /** Follow what somebody looks at, until they go or null is said. */
  'person:follow': (person: string | null, reply: (answer: Reply<null>) => void) => void
  /** What part of the scene I look at: for those who follow me. */
  'view:show': (view: Box) => void
  /** Who people are that have drawn here and may be gone; those whom nobody knows are left out. */
  'people:find': (ids: readonly string[], reply: (answer: Reply<readonly PersonLook[]>) => void) => void
  'person:rename': (name: string, reply: (answer: Reply<Person>) => void) => void
  'room:rename': (name: string, reply: (answer: Reply<null>) => void) => void
  /** Owners only, as what follows: everybody who has been in the room, and those who were removed. */
  'room:members': (request: null, reply: (answer: Reply<readonly RoomMember[]>) => void) => void
  /** What somebody may do from now on, by whatever link they come; lets those in again who were removed. */
  'member:role': (
    request: { readonly person: string; readonly role: Role },
    reply: (answer: Reply<null>) => void,
  ) => void
  /** Their pages are closed, and no link lets them in. */
  'member:remove': (request: { readonly person: string }, reply: (answer: Reply<null>) => void) => void
  /** While a room is locked, only its owners change it. */
  'room:lock': (isLocked: boolean, reply: (answer: Reply<null>) => void) => void
  /** New secrets for both links; the old ones lead nowhere, and everybody who is here stays. */
  'room:renew-links': (request: null, reply: (answer: Reply<null>) => void) => void
  /** Deletes the room for everybody. */
  'room:delete': (request: null, reply: (answer: Reply<null>) => void) => void
  /** Put a colour, as #rrggbb, into the room's palette; one that is there stays where it is. */
  'palette:add': (color: string, reply: (answer: Reply<null>) => void) => void
  'palette:remove': (color: string, reply: (answer: Reply<null>) => void) => void
  /** Paint a frame once, not live, with every step's preview. `options`: what this picture asks beyond what the frame says. */
  'frame:paint': (
    request: { readonly frameId: string; readonly options?: PaintOptions },
    reply: (answer: Reply<{ readonly job: string }>) => void,
  ) => void
  /** The path of a page that shows this frame alone, to whoever has it: `/f/<room>/<frame>/<key>`. */
  'frame:link': (request: { readonly frameId: string }, reply: (answer: Reply<string>) => void) => void
  /** Show me one frame and nothing else of its room, as it is painted. Needs no room; answers with its size in scene units. */
  'frame:watch': (
    request: { readonly room: string; readonly frameId: string; readonly key: string },
    reply: (answer: Reply<{ readonly width: number; readonly height: number }>) => void,
  ) => void
  'frame:cancel': (request: { readonly frameId: string }, reply: (answer: Reply<null>) => void) => void
  /** The saved results of a frame, newest first. */
  'frame:history': (
    request: { readonly frameId: string },
    reply: (answer: Reply<readonly FrameResult[]>) => void,
  ) => void
  /** Make what a frame shows durable now, and say which result it is. */
  'frame:save': (request: { readonly frameId: string }, reply: (answer: Reply<FrameResult>) => void) => void
  /** Where I may send a picture of this room in Discord. */
  'discord:places': (request: null, reply: (answer: Reply<DiscordPlaces>) => void) => void
  /** The channels of a server, by its id, that I may send to. */
  'discord:channels': (server: string, reply: (answer: Reply<readonly DiscordChannel[]>) => void) => void
  /** Send a result of a frame to Discord; answers with the message's address. */
  'frame:send': (request: FrameSend, reply: (answer: Reply<{ readonly url: string }>) => void) => void
  /** Show an older result again as the frame's picture, to everyone; its recipe goes back into the frame. */
  'frame:restore': (
    request: { readonly frameId: string; readonly picture: string },
    reply: (answer: Reply<null>) => void,
  ) => void
  /** Opens one place in the preview window. */
  'preview:shown': (id: number) => void
  /** Follow a learning, from what is known of it now until it has ended; asked again after a reconnect. Needs no room. */
  'style:watch': (learning: string, reply: (answer: Reply<null>) => void) => void
  'style:unwatch': (learning: string) => void
}

/** Where somebody may send to in Discord. */
export interface DiscordPlaces {
  /** Whether nobody at Discord stands behind them: then there is nothing else. */
  readonly isGuest: boolean
  /** Where the room came from; null: it was opened on the page. */
  readonly origin: {
    /** Empty: a message with the bot. */
    readonly channel: string
    /** Of its server; null where there is none, or the bot is no member. */
    readonly server: string | null
    /** Whether what is sent answers the message that the room came from. */
    readonly isReply: boolean
    /** Why they cannot send there; null: they can. */
    readonly problem: ErrorPayload | null
  } | null
  /** Servers where they have used the bot. */
  readonly servers: readonly { readonly id: string; readonly name: string }[]
}
export interface DiscordChannel {
  readonly id: string
  readonly name: string
  /** What it stands under in its server. */
  readonly group: string | null
}
export interface FrameSend {
  readonly frameId: string
  /** A result of this frame. */
  readonly picture: string
  /** The id of a channel; null: where the room came from. */
  readonly channel: string | null
  /** Names this act: what comes twice under one name is posted once. */
  readonly request: string
  /** Whether the message's way back to the room lets people draw, or look alone. */
  readonly mayDraw: boolean
}

/** What the server emits: events, in the past tense. */
export interface ServerToClient {
  /** Stored operations, in clock order, to everyone in the room, their author too. */
  'scene:operated': (batch: StoredOperations) => void
  'people:changed': (people: readonly Person[]) => void
  /** Latest cursor of each person that moved; may be lost. */
  'cursors:moved': (cursors: readonly { readonly person: string; readonly at: Pointer | null }[]) => void
  /** Who follows what this page's person looks at. */
  'followers:changed': (followers: readonly string[]) => void
  /** What the person looks at whom this page follows. */
  'view:moved': (moved: { readonly person: string; readonly view: Box }) => void
  'room:renamed': (name: string) => void
  'room:locked': (isLocked: boolean) => void
  /** The room's links for this page: they were renewed, or it may do something else now. */
  'links:changed': (links: Welcome['links']) => void
  /** The whole palette, oldest colour first. */
  'palette:changed': (palette: readonly string[]) => void
  'frame:state': (state: FrameState) => void
  /** A preview or a live result as an image; counted against the window. */
  'frame:shown': (shown: FrameShown, image: Uint8Array) => void
  /** A result became durable: a new entry in the frame's history. */
  'frame:saved': (result: FrameResult) => void
  /** All styles of the room's frames, whenever one of them has changed or come; before or after the frame itself. */
  'styles:changed': (styles: readonly RoomStyle[]) => void
  'style:progressed': (progress: StyleProgress) => void
  /** The session ended for a reason that reconnecting cannot mend. */
  'room:closed': (error: ErrorPayload) => void
}

export interface EnterRequest {
  readonly protocol: number
  readonly secret: string
  /** Random, one per page load and kept over reconnects; scopes `seq`. */
  readonly client: string
  /** The last clock this page has seen, or null for everything. */
  readonly clock: number | null
}
export interface Welcome {
  readonly room: { readonly id: string; readonly name: string }
  readonly you: Person
  /** A guest goes by the name that this browser remembers, an account by its own. */
  readonly isGuest: boolean
  readonly people: readonly Person[]
  /** Only its owners change it. */
  readonly isLocked: boolean
  /** Paths on this origin: `/r/<secret>`. A viewer has no edit link. */
  readonly links: { readonly edit: string | null; readonly view: string }
  /**
   * Origins under which others reach this server: the public address where one is set; else, for a page that is open on
   * the server's machine, those in the local network. None for everybody else.
   */
  readonly addresses: readonly string[]
  /** Whether pictures can be sent to Discord here. */
  readonly canSend: boolean
  readonly clock: number
  /** The highest `seq` of this client that is stored. */
  readonly seq: number
  readonly scene: WelcomeScene
  /**
   * Which elements have changed after the clock that a frame's picture shows, with the clocks of their last changes: the
   * picture does not show them yet.
   */
  readonly newer: readonly (readonly [id: string, clock: number])[]
  readonly frames: readonly FrameState[]
  readonly styles: readonly RoomStyle[]
  /** Colours as #rrggbb that people have put aside for each other, oldest first. */
  readonly palette: readonly string[]
  readonly model: ModelVocabulary
}
export type WelcomeScene =
  /** Operations after the clock that was asked for. */
  | { readonly type: 'since'; readonly operations: readonly StoredOperation[] }
  /** The scene, with all that was removed: for a page that comes back, whose undo may ask for it. */
  | { readonly type: 'all'; readonly elements: readonly SceneElement[] }
  /** What could be seen at an earlier `clock` (packScene.ts, in zlib's format), and the operations since. */
  | {
      readonly type: 'packed'
      readonly clock: number
      /** Bytes, which socket.io-client hands over as an ArrayBuffer in a browser and as a Buffer in Node. */
      readonly elements: Uint8Array | ArrayBuffer
      readonly operations: readonly StoredOperation[]
    }
/** What the page needs to know about the model. */
export interface ModelVocabulary {
  readonly name: string
  readonly device: string
  /** Pixels of its pictures, unless their frames are no squares. */
  readonly size: { readonly width: number; readonly height: number }
  /** Pixels that a side may have. */
  readonly sides: { readonly min: number; readonly max: number; readonly multiple: number }
  /** Whether it can be told what to keep away from: only where guidance is no embedding. */
  readonly takesNegativePrompt: boolean
  readonly defaults: { readonly steps: number; readonly guidance: number; readonly strength: number }
  /** null: the model takes any words. */
  readonly vocabulary: { readonly words: readonly string[]; readonly examples: readonly string[] } | null
}
export interface OperationBatch {
  /** `seq` of the first operation; the others follow without gaps. */
  readonly seq: number
  readonly operations: readonly Operation[]
}
export interface OperationsStored {
  readonly clock: number
  /** Operations that were rejected (by their place in the batch), to be dropped by the browser and said. */
  readonly rejected: readonly { readonly index: number; readonly error: ErrorPayload }[]
}
export interface StoredOperation {
  readonly clock: number
  readonly client: string
  readonly seq: number
  readonly author: string
  readonly operation: Operation
  /** Of a `restore`: what it has brought back, as it is. Pages that came later never had it. */
  readonly restored?: readonly SceneElement[]
}
export interface StoredOperations {
  readonly operations: readonly StoredOperation[]
}

export type FrameState = {
  readonly frameId: string
  /** `fresh`: the picture matches what is drawn · `stale`: it does not, and nobody is painting · `rendering` · `failed`. */
  readonly state: 'empty' | 'fresh' | 'stale' | 'rendering' | 'failed'
  /** Why it failed or is not painted; null if neither is so. */
  readonly error: ErrorPayload | null
  /** Live waits until the pen rests, as the next picture takes long here (`expectedMs`). */
  readonly waitsForPen: boolean
  /** From raster to picture, the last time. */
  readonly ms: number | null
  /** What its next picture takes here, about; null where that is soon done, or nobody knows. */
  readonly expectedMs: number | null
  readonly ahead: number | null
  /** The result that the frame shows; null while what it shows is not saved yet, or nothing is shown. */
  readonly picture: string | null
  /**
   * The picture that was rasterised at the room's clock `at` shows all that was drawn up to the clock `upTo`: what was
   * drawn in between changed nothing that the model sees. null: nothing is shown.
   */
  readonly painted: { readonly at: number; readonly upTo: number } | null
}
export interface FrameShown {
  /** To be acknowledged by `preview:shown`. */
  readonly id: number
  readonly frameId: string
  /** The room's clock that was rasterised. */
  readonly clock: number
  /** Step of a preview; null for a finished picture. */
  readonly step: { readonly step: number; readonly steps: number } | null
  readonly ms: number
  readonly box: Box
  readonly type: 'image/webp' | 'image/png' | 'image/jpeg'
}
export interface FrameResult {
  readonly picture: string
  readonly frameId: string
  readonly file: string
  readonly width: number
  readonly height: number
  readonly madeAt: number
  readonly recipe: {
    readonly prompt: string
    readonly seed: number
    readonly steps: number
    readonly guidance: number
    readonly strength: number | null
    readonly styles: readonly StyleInResult[]
    readonly negativePrompt?: string
    readonly guidanceByStep?: readonly number[]
    readonly customTimesteps?: readonly number[]
    readonly variation?: FrameOptions['variation']
    readonly maskImage?: string
    readonly maskBlur?: number
    readonly regions?: readonly (Omit<FrameRegion, 'styles'> & { readonly styles?: readonly StyleInResult[] })[]
    /** The first steps of a branch, and what they were painted by. */
    readonly prefix?: readonly { readonly untilStep: number; readonly prompt: string; readonly seed: number }[]
    readonly endStep?: number
    readonly upscale?: { readonly strength: number }
  }
}
/** A style as it was when a picture was painted in it. */
export interface StyleInResult {
  readonly style: string
  readonly name: string
  readonly version: number
  readonly weight: number
}
