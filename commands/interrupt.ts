import { createLog, errorReporter } from '../logging.ts'
import { createGuard } from '../protocol/guard.ts'

/** Calls `stop` at the first of the signals: Ctrl-C, and where it is named, a service manager. Returns what forgets it. */
export function onInterrupt(stop: () => unknown, signals: readonly NodeJS.Signals[] = ['SIGINT']): () => void {
  const guard = createGuard(errorReporter(createLog()))
  const listener = guard('What is being done could not be stopped', stop)
  for (const signal of signals) process.once(signal, listener)
  return () => {
    for (const signal of signals) process.off(signal, listener)
  }
}
