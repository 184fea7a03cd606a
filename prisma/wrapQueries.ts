import type { PrismaLibSql } from '@prisma/adapter-libsql'
import type { PrismaPg } from '@prisma/adapter-pg'

/** What runs SQL: a connection or a transaction of an adapter. */
export type Queryable = Pick<Awaited<ReturnType<PrismaLibSql['connect']>>, 'queryRaw' | 'executeRaw'>

/** Has `wrap` change every connection of an adapter, and every transaction in it, before anything runs there. */
export function wrapQueries(adapter: PrismaLibSql | PrismaPg, wrap: (queryable: Queryable) => void): void {
  const connect = adapter.connect.bind(adapter)
  adapter.connect = async () => {
    const connection = await connect()
    wrap(connection)
    const startTransaction = connection.startTransaction.bind(connection)
    connection.startTransaction = async isolation => {
      const transaction = await startTransaction(isolation)
      wrap(transaction)
      return transaction
    }
    return connection
  }
}
