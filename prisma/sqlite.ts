import { setTimeout as sleep } from 'node:timers/promises'
import { PrismaLibSql } from '@prisma/adapter-libsql'

type Config = Parameters<PrismaLibSql['createClient']>[0]
type Client = ReturnType<PrismaLibSql['createClient']>
type Transaction = Awaited<ReturnType<Client['transaction']>>

/**
 * Prisma's adapter for libsql, on one connection and with patience.
 *
 * libsql leaves the connection of every transaction to the garbage collector and goes on with a new one that lacks our
 * settings. As the adapter lets nothing else run during a transaction, one connection can carry everything. And SQLite
 * itself would wait for another program's transaction by blocking our thread; here the wait lets others work.
 */
export class OneConnectionLibSql extends PrismaLibSql {
  override createClient(config: Config): Client {
    const client = super.createClient(config)
    const execute: (...query: Parameters<Client['execute']>) => ReturnType<Client['execute']> =
      client.execute.bind(client)
    const executeMultiple = client.executeMultiple.bind(client)
    client.execute = (...query: Parameters<Client['execute']>) => patiently(() => execute(...query))
    client.executeMultiple = sql => patiently(() => executeMultiple(sql))
    client.transaction = () => begin(client, () => execute('BEGIN IMMEDIATE'))
    return client
  }

  override async connect() {
    const connection = await super.connect()
    await connection.executeScript(settings)
    return connection
  }
}

/**
 * WAL: readers and the writer do not wait for each other. NORMAL: a commit survives the death of the program at once,
 * and a power cut as soon as the system has written it out. What people delete is overwritten, not only forgotten.
 */
const settings =
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;'

/** Other programs' transactions take milliseconds; one that holds the database for so long is stuck. */
const patienceMs = 10_000

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const endsAt = performance.now() + patienceMs
  while (true) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > endsAt) throw error
    }
    // Not in step with the others that wait.
    await sleep(1 + Math.random() * 15)
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY'
}

async function reconnect(client: Client): Promise<void> {
  await client.reconnect()
  await client.executeMultiple(settings)
}

/**
 * IMMEDIATE, because a transaction that began by reading fails if another program has written meanwhile, and no waiting
 * mends that: ours ask for the right to write when they begin.
 */
async function begin(client: Client, ask: () => Promise<unknown>): Promise<Transaction> {
  await patiently(async () => {
    try {
      await ask()
    } catch (error) {
      // libsql leaves the refused statement open until the garbage is collected, and SQLite lets no transaction end
      // while a statement of its connection is open. A new connection has none.
      if (isBusy(error)) await reconnect(client)
      throw error
    }
  })
  let closed = false
  const end = async (sql: 'COMMIT' | 'ROLLBACK') => {
    if (closed) return
    closed = true
    await client.execute(sql)
  }
  return {
    execute: client.execute.bind(client),
    executeMultiple: client.executeMultiple.bind(client),
    batch: statements => Promise.all(statements.map(statement => client.execute(statement))),
    commit: () => end('COMMIT'),
    rollback: () => end('ROLLBACK'),
    close: () => void end('ROLLBACK'),
    get closed() {
      return closed
    },
  }
}
