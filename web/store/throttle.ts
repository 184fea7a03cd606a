/** Calls `send` with the newest value at most once in each `everyMs`; the first one waits that long, too. */
export interface Throttle<T> {
  push(value: T): void
  dispose(): void
}

export function createThrottle<T>(everyMs: number, send: (newest: T) => void): Throttle<T> {
  let newest: T
  let timer: ReturnType<typeof setTimeout> | undefined
  return {
    push(value) {
      newest = value
      timer ??= setTimeout(() => {
        timer = undefined
        send(newest)
      }, everyMs)
    },
    dispose: () => clearTimeout(timer),
  }
}
