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
  private readonly busyTimeoutMs: number

  constructor(config: Config, { busyTimeoutMs = patienceMs }: { readonly busyTimeoutMs?: number } = {}) {
    super(config)
    this.busyTimeoutMs = busyTimeoutMs
  }

  override createClient(config: Config): Client {
    const client = super.createClient(config)
    const execute: (...query: Parameters<Client['execute']>) => ReturnType<Client['execute']> =
      client.execute.bind(client)
    const executeMultiple = client.executeMultiple.bind(client)
    const patiently = patience(async () => {
      await client.reconnect()
      await executeMultiple(settings)
    }, this.busyTimeoutMs)
    client.execute = (...query: Parameters<Client['execute']>) => patiently(() => execute(...query))
    client.executeMultiple = sql => patiently(() => executeMultiple(sql))
    client.transaction = () => begin(client)
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

/**
 * Work that is refused while another program writes is tried again, on a new connection: libsql leaves the refused
 * statement open until the garbage is collected, and while one is open SQLite commits nothing there. What came after it
 * would seem written, and keep every other program out. Nothing is lost with the old connection: a transaction of ours
 * has the right to write from its beginning, and is not refused.
 */
function patience(reconnect: () => Promise<void>, busyTimeoutMs: number): <T>(work: () => Promise<T>) => Promise<T> {
  let isSpoilt = false
  return async work => {
    const endsAt = performance.now() + busyTimeoutMs
    while (true) {
      try {
        if (isSpoilt) await reconnect()
        isSpoilt = false
        return await work()
      } catch (error) {
        if (!isBusy(error)) throw error
        isSpoilt = true
        if (performance.now() > endsAt) throw error
      }
      // Not in step with the others that wait.
      await sleep(1 + Math.random() * 15)
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY'
}

/**
 * IMMEDIATE, because a transaction that began by reading fails if another program has written meanwhile, and no waiting
 * mends that: ours ask for the right to write when they begin.
 */
async function begin(client: Client): Promise<Transaction> {
  await client.execute('BEGIN IMMEDIATE')
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
