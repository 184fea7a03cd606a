import { type DestinationStream, destination, type LevelWithSilent, type Logger, pino, stdTimeFunctions } from 'pino'
import pretty from 'pino-pretty'

/** Where every part says what it does and what went wrong: `log.error({ err, room }, 'A sentence')`. */
export type Log = Logger

export interface LogOptions {
  /** The least important level that is written; `info` if left out. */
  readonly level?: LevelWithSilent
  /** Texts that are blotted out wherever they stand, such as the bot's token; those below 8 characters are not looked for. */
  readonly secrets?: readonly string[]
  /** Takes lines of JSON; standard error if left out, in colours for people when that is a terminal. */
  readonly output?: DestinationStream
}

const censor = '[redacted]'

/** Names of values that nobody may read in a log, at the first three depths of what is logged. */
const secretKeys = ['token', 'interactionToken', 'cookie', 'set-cookie', 'authorization', 'password', 'clientSecret']
const secretPaths = secretKeys.flatMap(key => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`])

/** What stands in the middle of a text: kept is only what `$1` holds. */
const secretTexts: readonly RegExp[] = [
  // Whoever reads an interaction's token may edit its message for 15 minutes.
  /(\/(?:webhooks|interactions)\/\d+\/)[\w-]+/g,
  // The password in an address, as in DATABASE_URL.
  /(\b[a-z][a-z+]*:\/\/[^\s:/@"]*:)[^\s/"]+(?=@)/gi,
  /(\b(?:Bearer|Bot|Basic) )[\w.~+/=-]{16,}/g,
  /(\bfourstroke_\w+=)[^;\s"\\]+/g,
  // The link of a room is its key.
  /(\/r\/)[\w-]{16,}/g,
  // Whatever else is as long as a token and is no sentence.
  /()[\w-]{100,}/g,
]

/** The one logger. Lines are JSON with time, level, ids and message; secrets are taken out of every one of them. */
export function createLog({ level = 'info', secrets = [], output = standardError() }: LogOptions = {}): Log {
  return pino(
    {
      level,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      serializers: { err: serializeError },
      redact: { paths: secretPaths, censor },
      hooks: { streamWrite: redactor(secrets) },
    },
    output,
  )
}

/** For a promise that nobody waits for: `work().catch(logError(log, 'What was not done'))`. */
export function logError(log: Log, message: string): (err: unknown) => void {
  return err => log.error({ err }, message)
}

/** For `createGuard`: logs what a listener or a timer threw. */
export function errorReporter(log: Pick<Log, 'error'>): (message: string, cause: unknown) => void {
  return (message, err) => log.error({ err }, message)
}

/** Written at once, so that nothing is lost when the program ends. */
function standardError(): DestinationStream {
  if (!process.stderr.isTTY) return destination({ dest: 2, sync: true })
  return pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', singleLine: true })
}

/** Takes secrets out of a finished line of JSON. */
function redactor(secrets: readonly string[]): (line: string) => string {
  const known = secrets.filter(secret => secret.length >= 8).map(secret => JSON.stringify(secret).slice(1, -1))
  return line => {
    const withoutKnown = known.reduce((text, secret) => text.replaceAll(secret, censor), line)
    return secretTexts.reduce((text, pattern) => text.replace(pattern, `$1${censor}`), withoutKnown)
  }
}

/**
 * An error as a log shows it, with its causes. Errors of discord.js carry the request's body, which is what a person
 * wrote, so only their message and place are shown; any other error is a bug of ours and shown with its stack.
 */
export function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name: type, message, stack } = error
  const field = (name: string) => (name in error ? { [name]: Reflect.get(error, name) } : {})
  if ('requestBody' in error || 'majorParameter' in error) {
    return { type, message, ...field('method'), ...field('route'), ...field('status'), ...field('code') }
  }
  const cause = error.cause === undefined ? {} : { cause: serializeError(error.cause) }
  return { type, message, ...field('code'), stack, ...cause }
}
