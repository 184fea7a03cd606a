import { isPostgresql } from './address.ts'

/** As Prisma's adapters wrap what the database or its connection said. */
interface Wrapped {
  readonly message?: string
  readonly cause?: {
    readonly kind?: string
    readonly originalMessage?: string
    readonly reason?: string
    readonly message?: string
  }
}

/** Why a database cannot be used, in some words. Names no secret. */
export function describeDatabaseProblem(error: unknown, url: string): string {
  const { cause, message = '' } = error as Wrapped
  const where = isPostgresql(url) && URL.canParse(url) ? new URL(url).host : 'its file'
  const silent = `${where} does not answer as PostgreSQL does`
  const byKind: Readonly<Record<string, string>> = {
    DatabaseNotReachable: `nobody answers at ${where}`,
    SocketTimeout: silent,
    ConnectionClosed: silent,
    AuthenticationFailed: 'it does not know this user and password',
    TlsConnectionError: `no TLS with ${where}: ${cause?.reason ?? ''}`,
  }
  if (/timeout/i.test(`${message} ${cause?.message}`)) return silent
  return byKind[cause?.kind ?? ''] ?? cause?.originalMessage ?? message
}
