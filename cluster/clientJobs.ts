/** What an engine does for one client, from the job's arrival to its end. */
import type {
  AbleEngine,
  Learning,
  LearnProgress,
  LearnRequest,
  Painting,
  PaintProgress,
  PaintRequest,
} from '../engine/index.ts'
import { promptsIn } from '../engine/index.ts'
import { type Log, logError } from '../logging.ts'
import { UserError } from '../protocol/errors.ts'
import type { Guard } from '../protocol/guard.ts'
import { type ByteCache, plain, unpack } from './bytes.ts'
import type { ClientSocket, JobMessage, TicketAnswer } from './protocol.ts'
import type { StyleMemory } from './styleMemory.ts'

export interface ClientJobs {
  size(): number
  /** A job without a ticket. */
  take(job: JobMessage, received: () => void): void
  /** Asks the client for the job of a ticket; resolves when that has ended. */
  takeTicket(placement: number, answerMs: number): Promise<'done' | 'putBack'>
  cancel(placement: number): void
  /** Stops everything: the client is gone, or has moved its jobs. */
  close(): void
}

/** Pictures on their way to the client that it has not handled yet: beyond that, previews are left out. */
const maxUnacknowledgedBytes = 2 ** 20

export function createClientJobs({
  socket,
  engine,
  styles,
  cache,
  guard,
  log,
}: {
  readonly socket: ClientSocket
  readonly engine: AbleEngine
  readonly styles: StyleMemory
  readonly cache: ByteCache
  readonly guard: Guard
  readonly log: Log
}): ClientJobs {
  const jobs = new Map<number, AbortController>()
  let unacknowledgedBytes = 0
  let isClosed = false

  async function bytesOf(hash: string): Promise<Uint8Array> {
    const known = cache.get(hash)
    if (known) return known
    const bytes = plain(await socket.emitWithAck('bytes', hash))
    if (!bytes) throw new Error('The client does not have the bytes of its own job')
    cache.set(hash, bytes)
    return bytes
  }

  /** Sends pictures on the way, or leaves them out while the client is behind. */
  function withPictures(bytes: number, send: (seen: () => void) => void): boolean {
    if (unacknowledgedBytes > 0 && unacknowledgedBytes + bytes > maxUnacknowledgedBytes) return false
    unacknowledgedBytes += bytes
    send(
      guard('A picture on its way could not be counted', () => {
        unacknowledgedBytes -= bytes
      }),
    )
    return true
  }

  function sendPainting(placement: number, progress: PaintProgress): void {
    if (progress.type !== 'stepped' || !progress.preview) return void socket.emit('painting', placement, progress)
    const { preview, ...step } = progress
    const isSent = withPictures(preview.data.length, seen => socket.emit('painting', placement, progress, seen))
    if (!isSent) socket.emit('painting', placement, step)
  }

  function sendLearning(placement: number, progress: LearnProgress): void {
    if (progress.type !== 'painted') return void socket.emit('learning', placement, progress)
    const bytes = progress.pictures.reduce((sum, { data }) => sum + data.length, 0)
    withPictures(bytes, seen => socket.emit('learning', placement, progress, seen))
  }

  async function paint({ placement, request: packed, listens }: JobMessage, signal: AbortSignal): Promise<void> {
    const request = (await unpack(plain(packed), bytesOf)) as PaintRequest // packed by our own client
    const used = promptsIn(request).flatMap(({ styles: uses = [] }) => uses.map(({ id }) => id))
    const held = await styles.hold([...new Set(used)], bytesOf)
    try {
      if (signal.aborted) return void socket.emit('painted', placement, { type: 'cancelled' }, engine.load())
      const painting = engine.paint(request, progress => {
        // When it was begun is what its client always has to know.
        if (listens || progress.type === 'started') sendPainting(placement, progress)
      })
      stopWith(signal, painting)
      const result = await painting.ended
      // An engine that closes cancels; then another paints it.
      if (!isClosed) socket.emit('painted', placement, result, engine.load())
    } finally {
      held.release()
    }
  }

  async function learn({ placement, request: packed }: JobMessage, signal: AbortSignal): Promise<void> {
    const request = (await unpack(plain(packed), bytesOf)) as LearnRequest // packed by our own client
    if (signal.aborted) return void socket.emit('learned', placement, { type: 'cancelled' }, engine.load())
    const learning = engine.learn(request, progress => sendLearning(placement, progress))
    stopWith(signal, learning)
    const result = await learning.ended
    if (!isClosed) socket.emit('learned', placement, result, engine.load())
  }

  function stopWith(signal: AbortSignal, { cancel }: Painting | Learning): void {
    signal.addEventListener('abort', guard('A job could not be cancelled', cancel))
  }

  function fail({ placement, kind }: JobMessage, error: unknown): void {
    if (!(error instanceof UserError)) logError(log, 'A job of a client could not be done')(error)
    const { code, message } = error instanceof UserError ? error : new UserError('picture/bug')
    if (kind === 'picture') socket.emit('painted', placement, { type: 'failed', code, message }, engine.load())
    else socket.emit('learned', placement, { type: 'failed', message }, engine.load())
  }

  async function run(job: JobMessage): Promise<void> {
    const abort = new AbortController()
    jobs.set(job.placement, abort)
    try {
      await (job.kind === 'picture' ? paint(job, abort.signal) : learn(job, abort.signal))
    } catch (error) {
      if (!isClosed) fail(job, error)
    } finally {
      jobs.delete(job.placement)
    }
  }

  return {
    size: () => jobs.size,
    take(job, received) {
      received()
      void run(job)
    },
    takeTicket(placement, answerMs) {
      if (jobs.has(placement)) return Promise.resolve('done')
      return new Promise(resolve => {
        // Run at once: what the client says next may be about this job.
        const onAnswer = (error: Error | null, answer: TicketAnswer) => {
          if (error || answer.type === 'unfit') resolve('putBack')
          else if (answer.type === 'gone') resolve('done')
          else void run(answer.job).then(() => resolve('done'))
        }
        socket.timeout(answerMs).emit('ticket', placement, guard('A ticket could not be answered', onAnswer))
      })
    },
    cancel: placement => jobs.get(placement)?.abort(),
    close() {
      isClosed = true
      for (const abort of jobs.values()) abort.abort()
    },
  }
}
