import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { type Postgres, postgresPrograms, startPostgres } from './postgres.ts'

/** Runs a suite on SQLite and, where its programs are installed, on PostgreSQL. `newUrl` names an empty database. */
export function onEachDatabase(
  suite: (newUrl: (folder: string) => string, provider: 'sqlite' | 'postgresql') => void,
): void {
  let files = 0
  describe('on SQLite', () => suite(folder => `file:${join(folder, `test${++files}.db`)}`, 'sqlite'))

  if (!postgresPrograms) console.warn('Skipped on PostgreSQL: it is not installed (/usr/lib/postgresql/*/bin).')
  describe.skipIf(!postgresPrograms)('on PostgreSQL', () => {
    let postgres: Postgres
    beforeAll(async () => {
      postgres = await startPostgres(postgresPrograms!)
    })
    afterAll(() => postgres?.stop())
    suite(() => postgres.newDatabase(), 'postgresql')
  })
}
