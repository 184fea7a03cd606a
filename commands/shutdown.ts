import { type Log, logError } from '../logging.ts'

/** What is to be closed at the end. */
export interface Shutdown {
  /** `name` says in the log what does not close. */
  add(name: string, close: () => Promise<void>): void
  /** Closes in reverse order, whoever asks and however often. Resolves with whether all closed in time. */
  close(): Promise<boolean>
}

export interface ShutdownLimits {
  /** How long the next part waits for one. */
  readonly partMs: number
  /** After that, what still closes is given up. */
  readonly allMs: number
}

const defaultLimits: ShutdownLimits = { partMs: 2000, allMs: 8500 }

/** Each part may depend on those before it, so they are closed one after the other; one that hangs keeps no other open. */
export function createShutdown(log: Log, { partMs, allMs }: ShutdownLimits = defaultLimits): Shutdown {
  const parts: { readonly name: string; readonly close: () => Promise<void> }[] = []
  let closing: Promise<boolean> | undefined

  async function closeAll(): Promise<boolean> {
    const endsAt = performance.now() + allMs
    const open = new Map<string, Promise<void>>()
    for (const { name, close } of parts.reverse()) {
      const closed = close()
        .catch(logError(log, `The ${name} could not be closed`))
        .then(() => void open.delete(name))
      open.set(name, closed)
      await Promise.race([closed, after(Math.min(partMs, endsAt - performance.now()))])
    }
    await Promise.race([Promise.all(open.values()), after(endsAt - performance.now())])
    if (open.size > 0) log.error(`Given up, because it does not close: the ${[...open.keys()].join(', the ')}`)
    return open.size === 0
  }

  return {
    add: (name, close) => void parts.push({ name, close }),
    close: () => (closing ??= closeAll()),
  }
}

function after(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, Math.max(0, ms)).unref())
}
