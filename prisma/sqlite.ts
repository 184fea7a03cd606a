import type { Client, InStatement, Transaction } from '@libsql/client'
import { PrismaLibSql } from '@prisma/adapter-libsql'

/**
 * Prisma's adapter for libsql, on one connection. libsql leaves the connection of every transaction to the garbage
 * collector and goes on with a new one that lacks our settings. As the adapter lets nothing else run during a
 * transaction, one connection can carry everything.
 */
export class OneConnectionLibSql extends PrismaLibSql {
  override createClient(config: Parameters<PrismaLibSql['createClient']>[0]): Client {
    const client = super.createClient({ ...config, timeout: busyTimeoutMs })
    client.transaction = () => begin(client)
    return client
  }

  override async connect() {
    const connection = await super.connect()
    await connection.executeScript(settings)
    return connection
  }
}

/** How long to wait for another program's transaction; those take milliseconds. */
const busyTimeoutMs = 5_000

/**
 * WAL: readers and the writer do not wait for each other. NORMAL: a commit survives the death of the program at once,
 * and a power cut as soon as the system has written it out.
 */
const settings = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;'

/**
 * IMMEDIATE, because a transaction that began by reading fails if another program has written meanwhile, and no waiting
 * mends that: ours ask for the right to write when they begin.
 */
async function begin(client: Client): Promise<Transaction> {
  await client.execute('BEGIN IMMEDIATE')
  let closed = false
  const end = async (sql: 'COMMIT' | 'ROLLBACK') => {
    if (closed) return
    await client.execute(sql)
    closed = true
  }
  return {
    execute: client.execute.bind(client),
    executeMultiple: client.executeMultiple.bind(client),
    batch: (statements: InStatement[]) => Promise.all(statements.map(statement => client.execute(statement))),
    commit: () => end('COMMIT'),
    rollback: () => end('ROLLBACK'),
    close: () => void end('ROLLBACK'),
    get closed() {
      return closed
    },
  }
}
