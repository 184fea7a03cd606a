import { spawn } from 'node:child_process'
import { PrismaPg } from '@prisma/adapter-pg'
import { type DatabaseContent, readContent } from './databaseContent.ts'

/** PostgreSQL's own programs are not installed. */
export class MissingProgramError extends Error {
  constructor(program: string) {
    super(`${program} was not found`)
    this.name = 'MissingProgramError'
  }
}

/**
 * Writes a consistent copy of a database, while others read and write it, in pg_dump's own format. Returns what is in
 * the copy: both see the same snapshot.
 */
export async function dumpPostgresql(url: string, to: string): Promise<DatabaseContent> {
  const connection = await new PrismaPg({ connectionString: url }).connect()
  try {
    const transaction = await connection.startTransaction('REPEATABLE READ')
    try {
      const { rows } = await transaction.queryRaw({ sql: 'SELECT pg_export_snapshot()', args: [], argTypes: [] })
      const snapshot = String(rows[0]?.[0])
      const content = await readContent(transaction, 'postgres')
      const options = ['--format=custom', '--no-owner', '--no-privileges', `--snapshot=${snapshot}`, `--file=${to}`]
      await run('pg_dump', options, url)
      return content
    } finally {
      await transaction.rollback()
    }
  } finally {
    await connection.dispose()
  }
}

/** Fills an empty database from such a copy, or leaves it empty. */
export async function restorePostgresql(url: string, from: string): Promise<void> {
  const { PGDATABASE } = environmentOf(url)
  const options = ['--no-owner', '--no-privileges', '--exit-on-error', '--single-transaction']
  await run('pg_restore', [...options, `--dbname=${PGDATABASE}`, from], url)
}

/** Whether a database has no tables. */
export async function isEmptyPostgresql(url: string): Promise<boolean> {
  const connection = await new PrismaPg({ connectionString: url }).connect()
  try {
    const sql = 'SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() LIMIT 1'
    return (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows.length === 0
  } finally {
    await connection.dispose()
  }
}

/** As environment, not as arguments: those can be read by every user of the machine, and there is a password in them. */
function environmentOf(url: string): Record<'PGDATABASE', string> & Record<string, string> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url)
  const variables = {
    PGHOST: decodeURIComponent(searchParams.get('host') ?? hostname.replace(/^\[(.*)\]$/, '$1')),
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGSSLMODE: searchParams.get('sslmode') ?? '',
  }
  const set = Object.entries(variables).filter(([, value]) => value !== '')
  return { ...Object.fromEntries(set), PGDATABASE: decodeURIComponent(pathname.slice(1)) }
}

/** Characters of what it wrote to standard error. */
const maxErrorOutput = 2_000

function run(program: string, args: readonly string[], url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      // biome-ignore lint/style/noProcessEnv: a child inherits it, as always; it finds its libraries by it.
      env: { ...process.env, ...environmentOf(url) },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let errorOutput = ''
    child.stderr.on('data', (chunk: Buffer) => {
      errorOutput = (errorOutput + chunk.toString()).slice(-maxErrorOutput)
    })
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? new MissingProgramError(program) : error)
    })
    child.once('close', code => {
      if (code === 0) resolve()
      else reject(new Error(`${program} ended with code ${code}: ${errorOutput.trim()}`))
    })
  })
}
