/** What engines say of the jobs of this client. */
import type { EngineLoad, LearnProgress, LearnResult, PaintProgress, PaintResult } from '../engine/index.ts'
import type { Guard } from '../protocol/guard.ts'
import { floatsOf, plain } from './bytes.ts'
import type { Connection } from './connections.ts'
import type { TicketAnswer } from './protocol.ts'

/** What an engine has just sent about a job. */
export type EngineMessage =
  | { readonly type: 'painting'; readonly progress: PaintProgress }
  | { readonly type: 'learning'; readonly progress: LearnProgress }
  | { readonly type: 'painted'; readonly result: PaintResult }
  | { readonly type: 'learned'; readonly result: LearnResult }
  /** Takes the job of its ticket. */
  | { readonly type: 'ticket'; readonly answer: (answer: TicketAnswer) => void }

/** `placement`: which of the jobs it is about. */
export interface EngineListener {
  /** What the engine asks for by its hash. */
  bytesOf(hash: string): Uint8Array | null
  onTicket(placement: number, answer: (answer: TicketAnswer) => void): void
  onPainting(placement: number, progress: PaintProgress): void
  onLearning(placement: number, progress: LearnProgress): void
  /** With how the engine is now. */
  onPainted(placement: number, result: PaintResult, load: EngineLoad): void
  onLearned(placement: number, result: LearnResult, load: EngineLoad): void
}

export const reportFailed = 'A report of an engine could not be handled'

/** Puts a listener onto the socket of one engine. */
export function listenToEngine(socket: Connection['socket'], guard: Guard, on: EngineListener): void {
  const listener = <Arguments extends unknown[]>(handle: (...args: Arguments) => unknown) =>
    guard<Arguments>(reportFailed, handle)
  socket.on(
    'bytes',
    listener((hash, answer) => answer(on.bytesOf(hash))),
  )
  socket.on(
    'ticket',
    listener((placement, answer) => on.onTicket(placement, answer)),
  )
  socket.on(
    'painting',
    listener((placement, progress, seen) => {
      on.onPainting(placement, plain(progress))
      seen?.()
    }),
  )
  socket.on(
    'learning',
    listener((placement, progress, seen) => {
      on.onLearning(placement, plain(progress))
      seen?.()
    }),
  )
  socket.on(
    'painted',
    listener((placement, result, load) => on.onPainted(placement, plain(result), load)),
  )
  socket.on(
    'learned',
    listener((placement, result, load) => on.onLearned(placement, withFloats(plain(result)), load)),
  )
}

/** Numbers cross as bytes. */
function withFloats(result: LearnResult): LearnResult {
  if (result.type !== 'finished') return result
  const { rank, values, tint, texture } = result.adapter
  const floats = (sent: Float32Array) => floatsOf(sent as unknown as Uint8Array) // what the socket made of it
  const adapter = {
    ...{ rank, values: floats(values) },
    ...(tint && { tint: floats(tint) }),
    ...(texture && { texture: floats(texture) }),
  }
  return { ...result, adapter }
}
