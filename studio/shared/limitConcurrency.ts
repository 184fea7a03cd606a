/** Runs a task once there is a free slot. */
export type Limit = <T>(task: () => Promise<T>) => Promise<T>

/** At most so many tasks run at once; the others wait in the order in which they came. */
export function limitConcurrency(slots: number): Limit {
  let free = slots
  const waiting: (() => void)[] = []
  return async task => {
    if (free > 0) free--
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
