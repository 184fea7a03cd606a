/**
 * Acknowledgements first. Discord waits 3 s, and the database works on our own thread: what an interaction asks of the
 * studio therefore waits while acknowledgements of others are on their way, and starts in a turn of the event loop of
 * its own, so that interactions which arrive meanwhile are received in between.
 */
export interface AckGate {
  acknowledge<T>(send: () => Promise<T>): Promise<T>
  /** Resolves when it is this one's turn to work. */
  turn(): Promise<void>
}

const lookAgainMs = 10
/** Under a steady stream there is always somebody to be acknowledged; work must go on all the same. */
const maxWaitMs = 1_000

export function createAckGate(): AckGate {
  let acknowledging = 0
  let queue = Promise.resolve()

  const next = async () => {
    const deadline = Date.now() + maxWaitMs
    while (acknowledging > 0 && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, lookAgainMs))
    await new Promise(resolve => setImmediate(resolve))
  }

  return {
    async acknowledge(send) {
      acknowledging += 1
      try {
        return await send()
      } finally {
        acknowledging -= 1
      }
    },
    turn() {
      queue = queue.then(next)
      return queue
    },
  }
}
