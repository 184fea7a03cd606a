import { createGuard } from '../../protocol/guard.ts'

/**
 * Watches until `onEvent` calls `end`. Rejects when aborted, and with what `onEvent` throws. `watch` returns what stops it;
 * it may call its listener before it returns.
 */
export function watchUntil<Event>(
  watch: (listener: (event: Event) => void) => () => void,
  onEvent: (event: Event, end: () => void) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const finish = (settle: () => void) => {
      signal.removeEventListener('abort', abort)
      settle()
      // What is already true may be told before `watch` has returned.
      queueMicrotask(() => unwatch())
    }
    const guard = createGuard((_, cause) => finish(() => reject(cause)))
    const abort = guard('It could not be aborted', () => finish(() => reject(signal.reason)))
    signal.addEventListener('abort', abort)
    const unwatch = watch(guard('An event could not be read', event => onEvent(event, () => finish(resolve))))
  })
}
