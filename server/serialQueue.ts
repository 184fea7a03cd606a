/** Work that is done one after the other. */
export interface SerialQueue {
  /** Does this after all that was pushed before; what fails is reported and keeps nothing back. */
  push(work: () => Promise<void>): void
  /** Resolves when all that has been pushed is done. Never rejects. */
  done(): Promise<void>
}

export function createSerialQueue(failed: (cause: unknown) => void): SerialQueue {
  let last = Promise.resolve()
  return {
    push(work) {
      last = last.then(work).catch(failed)
    },
    done: () => last,
  }
}
