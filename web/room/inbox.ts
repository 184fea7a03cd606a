/** Messages in the order in which they came, some of which have to wait until a slow one has been taken in. */
export interface Inbox {
  /** Makes a listener wait for its turn. */
  inTurn<A extends unknown[]>(listener: (...args: A) => void): (...args: A) => void
  /** Whatever comes until `work` is done waits, and is then delivered in its order. */
  during(work: Promise<unknown>): Promise<void>
}

export function createInbox(): Inbox {
  let waiting: (() => void)[] | null = null
  return {
    inTurn:
      listener =>
      (...args) => {
        if (waiting) waiting.push(() => listener(...args))
        else listener(...args)
      },
    async during(work) {
      waiting = []
      try {
        await work
      } finally {
        const held = waiting
        waiting = null
        for (const deliver of held) deliver()
      }
    },
  }
}
