import type { PrismaLibSql } from '@prisma/adapter-libsql'
import type { PrismaPg } from '@prisma/adapter-pg'
import { type Queryable, wrapQueries } from './wrapQueries.ts'

/** Who wants to know how long queries take, in milliseconds. */
export interface QueryTimes {
  report(durationMs: number): void
  listen(listener: (durationMs: number) => void): void
}

export function createQueryTimes(): QueryTimes {
  const listeners: ((durationMs: number) => void)[] = []
  return {
    report(durationMs) {
      for (const listener of listeners) listener(durationMs)
    },
    listen: listener => void listeners.push(listener),
  }
}

/**
 * Has an adapter measure every query from here on, its wait for another program's transaction included. Prisma's own
 * event `query` writes all parameters out as text each time, which takes longer than many a query.
 */
export function measureQueries(adapter: PrismaLibSql | PrismaPg, times: QueryTimes): void {
  wrapQueries(adapter, queryable => measure(queryable, times))
}

function measure(queryable: Queryable, { report }: QueryTimes): void {
  const timed =
    <Query, Result>(run: (query: Query) => Promise<Result>) =>
    async (query: Query): Promise<Result> => {
      const startedAt = performance.now()
      try {
        return await run(query)
      } finally {
        report(performance.now() - startedAt)
      }
    }
  queryable.queryRaw = timed(queryable.queryRaw.bind(queryable))
  queryable.executeRaw = timed(queryable.executeRaw.bind(queryable))
}
