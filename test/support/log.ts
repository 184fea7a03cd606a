import { createLog, type Log, type LogOptions } from '../../logging.ts'

/** Says nothing to nobody. */
export const silentLog: Log = createLog({ level: 'silent' })

/** An error as it stands in a line. */
export interface LoggedError {
  readonly type: string
  readonly message: string
  readonly stack?: string
}

export interface CollectedLog {
  readonly log: Log
  /** Every line, as written. */
  readonly lines: string[]
  /** The errors of all lines at level `error` and above. */
  readonly bugs: (LoggedError | undefined)[]
  /** Messages of the lines at one level. */
  messages(level: string): string[]
}

/** The real logger, with its lines in memory. */
export function collectLog(options: LogOptions = {}): CollectedLog {
  const lines: string[] = []
  const bugs: (LoggedError | undefined)[] = []
  const write = (line: string) => {
    lines.push(line)
    const { level, err } = JSON.parse(line) as { level: string; err?: LoggedError }
    if (level === 'error' || level === 'fatal') bugs.push(err)
  }
  const messages = (level: string) =>
    lines.map(line => JSON.parse(line)).flatMap(line => (line.level === level ? [String(line.msg)] : []))
  return { log: createLog({ level: 'debug', output: { write }, ...options }), lines, bugs, messages }
}
