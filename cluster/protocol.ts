/** What a client (a program with a studio) and an engine on another machine say to each other over their socket. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Socket } from 'socket.io'
import type {
  EngineAbilities,
  EngineLoad,
  LearnProgress,
  LearnResult,
  PaintProgress,
  PaintResult,
} from '../engine/index.ts'
import type { JobKind } from './placements.ts'

/** A request in which large arrays of bytes are named by their hash (`bytes.ts`). */
export type Packed = { readonly [key: string]: unknown }

/** Of whoever connects. */
export interface Credentials {
  readonly secret: string
  /** The client's id, which its tickets carry. */
  client: string
}

/** A job on its way to an engine. */
export interface JobMessage {
  readonly placement: number
  readonly kind: JobKind
  /** A `PaintRequest`, whose styles are named by the hash of their adapter, or a `LearnRequest`. */
  readonly request: Packed
  /** Whether its progress is to be reported. */
  readonly listens: boolean
}

/** What a client says to an engine that holds one of its tickets. `unfit`: another engine may have it. */
export type TicketAnswer =
  | { readonly type: 'gone' }
  | { readonly type: 'unfit' }
  | { readonly type: 'job'; readonly job: JobMessage }

/** What an engine can do. */
export interface NodeAbilities extends EngineAbilities {
  /** Hashes of the adapters in its memory. */
  readonly styles: readonly string[]
  /** Jobs of each kind that it likes to have at a time. */
  readonly slots: Readonly<Record<JobKind, number>>
}

export interface ClientToEngine {
  /** A job without a ticket; `received` is called when all of it is there. */
  job: (job: JobMessage, received: () => void) => void
  cancel: (placement: number) => void
}

export interface EngineToClient {
  abilities: (abilities: NodeAbilities) => void
  load: (load: EngineLoad) => void
  /** It has drawn a ticket of this client, and asks for the job. */
  ticket: (placement: number, answer: (answer: TicketAnswer) => void) => void
  /** It does not have these bytes. */
  bytes: (hash: string, answer: (bytes: Uint8Array | null) => void) => void
  /** `seen` is called when it was handled: pictures on the way are left out while too many were not. */
  painting: (placement: number, progress: PaintProgress, seen?: () => void) => void
  learning: (placement: number, progress: LearnProgress, seen?: () => void) => void
  painted: (placement: number, result: PaintResult, load: EngineLoad) => void
  learned: (placement: number, result: LearnResult, load: EngineLoad) => void
  /** It leaves: it finishes what it paints, and takes nothing more. */
  draining: () => void
}

/** An engine's end of a socket. */
export type ClientSocket = Socket<ClientToEngine, EngineToClient, Record<string, never>, Credentials>

/** Of one message: a picture of 4096 × 4096, or the checkpoint of a large adapter. */
export const maxMessageBytes = 2 ** 28

/** How long either side may be silent until the other takes it for dead: the sum. */
export interface Patience {
  readonly pingIntervalMs: number
  readonly pingTimeoutMs: number
}

export const patienceDefaults: Patience = { pingIntervalMs: 2000, pingTimeoutMs: 4000 }

/** Whether two secrets are the same, in constant time. */
export function isSameSecret(mine: string, other: unknown): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return typeof other === 'string' && timingSafeEqual(digest(mine), digest(other))
}
