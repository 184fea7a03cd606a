/** The bot's log. Lines never hold a token, and never what a person wrote. */
export interface Log {
  info(line: string): void
  warn(line: string): void
  error(line: string): void
}

/** Takes secrets out of every line: whoever reads an interaction's token may edit its message for 15 minutes. */
export function redacted(log: Log, token: string): Log {
  const clean = (line: string) =>
    line
      .replaceAll(token, '[token]')
      .replace(/(\/(?:webhooks|interactions)\/\d+\/)[\w-]+/g, '$1[token]')
      .replace(/[\w-]{100,}/g, '[token]')
  return {
    info: line => log.info(clean(line)),
    warn: line => log.warn(clean(line)),
    error: line => log.error(clean(line)),
  }
}

/**
 * An error for the log. Errors of discord.js carry the request's body, which is what a person wrote, so only their
 * message and place are logged; any other error is a bug of ours and logged whole, with its cause.
 */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('requestBody' in error || 'majorParameter' in error) {
    const field = (name: string) => (name in error ? `${name} ${Reflect.get(error, name)}` : '')
    return [error.name, error.message, ...['method', 'route', 'status', 'code'].map(field)].filter(Boolean).join(' · ')
  }
  const cause = error.cause === undefined ? '' : `\ncaused by ${describe(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
