import { errorReporter, type Log } from '../logging.ts'
import type { Metrics } from './metrics.ts'

/** Told of an error that no person can mend. */
export type ReportFault = (message: string, cause: unknown) => void

/** Logs what no person can mend, and counts it. */
export function faultReporter(log: Pick<Log, 'error'>, metrics: Metrics): ReportFault {
  const report = errorReporter(log)
  return (message, cause) => {
    metrics.faults.inc()
    report(message, cause)
  }
}
