import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { isHere } from './need.ts'
import { type Postgres, postgresPrograms, startPostgres } from './postgres.ts'

/** Runs a suite on SQLite and, where its programs are installed, on PostgreSQL. `newUrl` names an empty database. */
export function onEachDatabase(
  suite: (newUrl: (folder: string) => string, provider: 'sqlite' | 'postgresql') => void,
): void {
  let files = 0
  describe('on SQLite', () => suite(folder => `file:${join(folder, `test${++files}.db`)}`, 'sqlite'))

  const hasPostgres = isHere(
    postgresPrograms !== undefined,
    'tests on PostgreSQL need its programs in /usr/lib/postgresql. Install them, for example `apt-get install postgresql` on Debian.',
  )
  describe.runIf(hasPostgres)('on PostgreSQL', () => {
    let postgres: Postgres
    beforeAll(async () => {
      postgres = await startPostgres(postgresPrograms!)
    })
    afterAll(() => postgres?.stop())
    suite(() => postgres.newDatabase(), 'postgresql')
  })
}
