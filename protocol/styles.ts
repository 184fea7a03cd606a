import type { ErrorPayload } from './errors.ts'
import type { Person } from './person.ts'

/**
 * Personal styles and signing in, over HTTP. What a person can mend is an `ErrorPayload`; all else that is not
 * an image or a file is JSON. Everything asks for the cookie of `POST /guest` and, but for GET, for our own origin.
 *
 *   GET    /api/me                              → Me
 *   GET    /auth/discord?then=<path>&join=1     goes to Discord and comes back to `then`; `join` gives the guest's rooms, pictures and styles to the account
 *   POST   /auth/code        { code }           → Me; signs in with the `#code=` of a link from chat (leave it out of what servers see)
 *   POST   /auth/join                           → Me; gives what this browser's guest has to the account that is signed in
 *   POST   /auth/out                            → Me; the guest of this browser again, or a new one
 *
 *   DELETE /api/me/default-style                → Me; no style is the default of pictures in chat
 *   GET    /api/styles                          → StyleSummary[]: own ones first, then those shared with you
 *   POST   /api/styles       { name }           → StyleShown
 *   POST   /api/styles/import  bytes of a .safetensors file; header `x-name` (encodeURIComponent) → StyleImported
 *   GET    /api/styles/<id>                     → StyleShown
 *   PATCH  /api/styles/<id>  StyleChange        → StyleShown
 *   DELETE /api/styles/<id>                     → null: pictures, checkpoints, vectors and previews are gone
 *   POST   /api/styles/<id>/pictures   an image's bytes as they are, its own content type; header `x-caption` (encodeURIComponent);
 *                                      or { picture, caption? } for one that you made here → StyleShown
 *   PATCH  /api/styles/<id>/pictures/<picture>  { caption } → StyleShown
 *   DELETE /api/styles/<id>/pictures/<picture>  → StyleShown
 *   GET    /api/styles/<id>/pictures/<picture>.png   only for its owner
 *   GET    /api/pictures                        → MadePicture[]: what you made here, newest first, to learn from
 *   POST   /api/styles/<id>/learn    { method? }  → StyleShown; then `style:watch` over the socket
 *   DELETE /api/styles/<id>/learn                 → StyleShown; the learning is cancelled
 *   POST   /api/styles/<id>/versions   bytes of a .safetensors file → StyleImported: the next version, in use
 *   GET    /api/styles/<id>/versions/<number>/(before|after)-<index>.png   example pictures, from 0
 *   GET    /api/styles/<id>/file                  the version in use as .safetensors
 */
export interface Me {
  readonly person: Omit<Person, 'role'>
  /** A guest is known to this browser alone. */
  readonly account: 'guest' | 'discord'
  /** Signed in, while this browser has also been somebody as a guest whose things can be joined. */
  readonly canJoin: boolean
  /** Whether signing in with Discord is set up here. */
  readonly canSignIn: boolean
  readonly isOperator: boolean
  /** Discord servers where they have used the bot lately: a style can be shared with one that allows it (`sharing`). */
  readonly guilds: readonly { readonly id: string; readonly name: string | null; readonly sharing: boolean }[]
  /** Why this model takes no styles; null if it does. */
  readonly stylesError: ErrorPayload | null
  /** What learning a style from ten pictures takes here; null where it is short, or nobody knows. */
  readonly learnEstimate: LearnEstimate | null
  /** Why their pictures in chat are painted without their default style; null if they are not. */
  readonly defaultStyleProblem: { readonly name: string | null; readonly error: ErrorPayload } | null
  readonly limits: {
    readonly stylesPerPerson: number
    readonly picturesPerStyle: number
    readonly learningsPerPerson: number
  }
}

/** What learning takes on the server's device. */
export interface LearnEstimate {
  readonly ms: number
  readonly bytes: number | null
  /** Whether a GPU, which the server has none of, would do it in minutes. */
  readonly wantsGpu: boolean
  /** Options of the server's command line that take less. */
  readonly ways: readonly { readonly flags: string; readonly colorsOnly: boolean; readonly ms: number }[]
}

/** A finished picture of one's own, from whichever face. */
export interface MadePicture {
  readonly id: string
  readonly path: string
  readonly prompt: string
  readonly width: number
  readonly height: number
}

export interface StyleSummary {
  readonly id: string
  readonly name: string
  readonly owner: { readonly id: string; readonly name: string; readonly color: string }
  readonly isMine: boolean
  readonly isDefault: boolean
  /** `private`, `everyone` or `guild:<id>` of a Discord server. */
  readonly sharing: string
  readonly createdAt: number
  /** The version in use; null before the first one. */
  readonly version: number | null
  readonly pictures: number
  /** Why it cannot be used now; null if it can. */
  readonly error: ErrorPayload | null
  readonly isDisabled: boolean
  readonly learning: StyleLearning | null
  /** What it takes to learn it here, for its owner; null where that is short, or nobody knows. */
  readonly learnEstimate: LearnEstimate | null
  /** Paths of the example pictures of the version in use; before and after belong together. */
  readonly before: readonly string[]
  readonly after: readonly string[]
}
export interface StyleShown extends StyleSummary {
  /** Only for the owner. */
  readonly stylePictures: readonly {
    readonly id: string
    readonly caption: string
    readonly width: number
    readonly height: number
    readonly path: string
  }[]
  /** Newest first. */
  readonly versions: readonly StyleVersionShown[]
  /** Empty: the engine's own. */
  readonly examplePrompts: readonly string[]
}
/** Its example pictures are painted when nobody waits: ask again until they are there. */
export interface StyleImported extends StyleShown {
  readonly changes: ImportChanges
}
/** What became different of a file on its way in. */
export interface ImportChanges {
  /** Its rank was too high: what is left of it keeps `percent` of what the file changes. */
  readonly reduced: { readonly from: number; readonly to: number; readonly percent: number } | null
  /** Left out: of a text encoder, and of bundled embeddings. */
  readonly textTensors: number
  readonly embeddingTensors: number
  /** The file does not say how strong it is. */
  readonly isAlphaAssumed: boolean
}
export interface StyleVersionShown {
  readonly number: number
  readonly createdAt: number
  readonly origin: 'learned' | 'imported'
  readonly isInUse: boolean
  readonly fits: boolean
  readonly rank: number
  readonly bytes: number
  readonly method: string | null
  readonly pictures: number
  readonly curve: readonly CurvePoint[]
  readonly assessment: StyleAssessment | null
  readonly before: readonly string[]
  readonly after: readonly string[]
}
/** What came of it, by pictures painted without and with it. */
export interface StyleAssessment {
  readonly outcome: 'better' | 'blurred' | 'lost' | 'further' | 'same'
  /** By how much pictures are closer to those that were given, 0 … 1; below 0 if they are further away. */
  readonly gain: number
  /** How much of what is painted stays in its place, 0 … 1. */
  readonly contentKept: number
}
export interface CurvePoint {
  readonly step: number
  readonly loss: number
  readonly heldOutLoss?: number
}
export interface StyleLearning {
  readonly id: string
  readonly state: 'queued' | 'running' | 'finished' | 'failed' | 'cancelled'
  readonly step: number
  readonly steps: number
  /** The version that it made. */
  readonly version: number | null
  /** Why it failed. */
  readonly error: ErrorPayload | null
}

/** What may change about a style; at least one of them. */
export interface StyleChange {
  readonly name?: string
  readonly sharing?: string
  /** Puts an older version back in use. */
  readonly version?: number
  readonly isDefault?: boolean
  readonly examplePrompts?: readonly string[]
  /** Operators only. */
  readonly isDisabled?: boolean
}

/** What the socket tells of a learning that a page watches; pictures are WebP. */
export type StyleProgress =
  | { readonly type: 'queued'; readonly learning: string; readonly ahead: number }
  | { readonly type: 'started'; readonly learning: string; readonly steps: number }
  /** All steps so far, thinned where they are many: first thing a page hears that comes in the middle. */
  | { readonly type: 'curve'; readonly learning: string; readonly points: readonly CurvePoint[] }
  | ({
      readonly type: 'stepped'
      readonly learning: string
      readonly steps: number
      readonly secondsLeft: number
    } & CurvePoint)
  | {
      readonly type: 'painted'
      readonly learning: string
      readonly step: number
      readonly pictures: readonly Uint8Array[]
    }
  /** The last one: ask for the style again. */
  | { readonly type: 'ended'; readonly learning: string; readonly style: string; readonly state: StyleLearning }

/** A style on a frame, as everybody in the room sees it. */
export interface RoomStyle {
  readonly id: string
  readonly name: string
  readonly owner: { readonly id: string; readonly name: string; readonly color: string }
  /** Why it cannot be used now. */
  readonly error: ErrorPayload | null
}
