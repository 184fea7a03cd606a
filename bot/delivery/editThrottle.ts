import { createGuard } from '../../protocol/guard.ts'
import type { Message } from '../messages/message.ts'
import type { EditResult, MessageTarget } from './messageTarget.ts'

/** Discord takes about five edits in five seconds from one interaction; pictures are heavy, so a little fewer. */
export const defaultThrottle = {
  firstMs: 250,
  gapMs: 1_100,
  /** For what takes minutes. */
  slowGapMs: 3_000,
  slotsForFinal: 1,
  /** A preview that hangs is given up, so that it does not hold the final. */
  previewTimeoutMs: 4_000,
}
export type ThrottleOptions = typeof defaultThrottle

/**
 * Previews on their way to one message: one in flight, a gap between them, and the newest wins. What is offered is
 * made only when its turn comes. Discord's headers are obeyed, and one slot of what they allow is kept for the final.
 * The first one waits a moment: a picture that is done by then should not queue behind its own preview.
 */
export interface EditThrottle {
  offer(make: () => Promise<Message>): void
  /** No more previews. Resolves when the one in flight has ended, with when the target may be written again. */
  stop(): Promise<{
    readonly freeAt: number
    readonly last: EditResult | null
    /** A preview was given up while it hung: it may still take effect, after the final one. */
    readonly mayBeOvertaken: boolean
  }>
}

/** Whether two messages say the same; pictures are never compared. */
function isSame(shown: Message | null, message: Message): boolean {
  return shown?.content === message.content && !shown.galleries.length && !message.galleries.length
}

export function createEditThrottle(
  target: MessageTarget,
  onBug: (error: unknown) => void,
  options: ThrottleOptions = defaultThrottle,
): EditThrottle {
  const guard = createGuard((_, cause) => onBug(cause))
  let newest: (() => Promise<Message>) | null = null
  let timer: NodeJS.Timeout | null = null
  let inFlight: Promise<void> | null = null
  let stopped = false
  /** For previews; the final may go at `freeAt`. */
  let nextAt = Date.now() + options.firstMs
  let freeAt = 0
  let last: EditResult | null = null
  let shown: Message | null = null
  let mayBeOvertaken = false

  const schedule = () => {
    if (stopped || inFlight || timer || !newest) return
    timer = setTimeout(guard('A preview was not sent', sendNewest), Math.max(0, nextAt - Date.now()))
  }

  const sendNewest = () => {
    timer = null
    inFlight = send()
      .catch(onBug)
      .finally(() => {
        inFlight = null
        schedule()
      })
  }

  const send = async () => {
    const make = newest
    newest = null
    if (!make || stopped) return
    const message = await make()
    if (stopped || isSame(shown, message)) return
    const timeout = AbortSignal.timeout(options.previewTimeoutMs)
    last = await target(message, timeout)
    mayBeOvertaken ||= timeout.aborted && last.type === 'failed'
    const now = Date.now()
    nextAt = now + options.gapMs
    switch (last.type) {
      case 'edited':
        shown = message
        if (last.remaining <= 0) freeAt = now + last.resetMs
        if (last.remaining <= options.slotsForFinal) nextAt = Math.max(nextAt, now + last.resetMs)
        break
      case 'rateLimited':
        freeAt = now + last.retryMs
        nextAt = Math.max(nextAt, freeAt)
        break
      case 'tooLarge':
      case 'failed':
        break
      case 'deleted':
      case 'closed':
        stopped = true
        break
      default:
        last satisfies never
    }
  }

  return {
    offer(make) {
      newest = make
      schedule()
    },
    async stop() {
      stopped = true
      if (timer) clearTimeout(timer)
      await inFlight
      return { freeAt, last, mayBeOvertaken }
    },
  }
}
