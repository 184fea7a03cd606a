import type { Guard } from '../protocol/guard.ts'

/** Named timers, each running at most once. They do not hold a program open. */
export interface Timers<Name extends string> {
  /** Starts it anew; null stops it. */
  set(name: Name, ms: number | null): void
}

export function createTimers<Name extends string>(guard: Guard, onDue: (name: Name) => void): Timers<Name> {
  const running = new Map<Name, NodeJS.Timeout>()
  return {
    set(name, ms) {
      clearTimeout(running.get(name))
      running.delete(name)
      if (ms === null) return
      const timer = setTimeout(
        guard(`The timer "${name}" could not be served`, () => {
          running.delete(name)
          onDue(name)
        }),
        ms,
      )
      timer.unref()
      running.set(name, timer)
    },
  }
}
