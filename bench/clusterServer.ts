/** A server with a page as one of several. Arguments: the addresses of Redis and of the database, its folder, the secret. */
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openRemoteEngine, openRoomLeases } from '../cluster/index.ts'
import { createLog } from '../logging.ts'
import { startServer } from '../server/start.ts'
import { openRedisBudgetStore } from '../studio/budgets/redisBudgetStore.ts'
import { openStudio } from '../studio/index.ts'
import { freePort } from '../test/support/freePort.ts'

const [redisUrl = '', databaseUrl = '', dataFolder = '', secret = ''] = process.argv.slice(2)
const log = createLog({ level: 'fatal' })
const host = '127.0.0.1'
mkdirSync(dataFolder, { recursive: true })
const port = await freePort()
const id = randomUUID()
const budgetStore = await openRedisBudgetStore({ url: redisUrl, program: id, log })
const engine = openRemoteEngine({ redisUrl, secret, log })
const studio = await openStudio({ engine, databaseUrl, dataFolder, budgetStore, resume: 'all', log })
const holders = openRoomLeases({ redisUrl, node: { id, url: `http://${host}:${port}` }, log })
await startServer({
  ...{ studio, port, host, pagesFolder: dataFolder, log, cluster: { holders, secret } },
  // All come from one address here; what is measured are rooms.
  trustProxy: ['loopback'],
})
// On SIGUSR2 it says what it holds, without garbage: bytes of the heap and of buffers.
setFlagsFromString('--expose_gc')
const collect: () => void = runInNewContext('gc')
process.on('SIGUSR2', () => {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  process.stdout.write(`${heapUsed + external}\n`)
})
process.stdout.write(`http://${host}:${port}\n`)
