import type { PrismaLibSql } from '@prisma/adapter-libsql'
import type { PrismaPg } from '@prisma/adapter-pg'
import { type Queryable, wrapQueries } from './wrapQueries.ts'

/**
 * Has an adapter forget what it wrote. Prisma remembers the last hundred queries of its adapters for a bug report, whether
 * or not anybody debugs: of a quiet server these are the snapshots of a dozen rooms, several megabytes each, and what
 * people wrote.
 */
export function forgetArguments(adapter: PrismaLibSql | PrismaPg): void {
  wrapQueries(adapter, forget)
}

type Query = Parameters<Queryable['queryRaw']>[0]

function forget(queryable: Queryable): void {
  const forgetting =
    <Result>(run: (query: Query) => Promise<Result>) =>
    async (query: Query): Promise<Result> => {
      // What is remembered is the query itself, as it is then.
      const args = [...query.args]
      try {
        return await run({ ...query, args })
      } finally {
        args.length = 0
      }
    }
  queryable.queryRaw = forgetting(queryable.queryRaw.bind(queryable))
  queryable.executeRaw = forgetting(queryable.executeRaw.bind(queryable))
}
