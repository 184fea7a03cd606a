/** A stand-in engine as a program of its own, for others. Arguments: the address of Redis, the secret, milliseconds of a step, batch, side, its name. */
import { startEngineNode } from '../cluster/index.ts'
import { createLog } from '../logging.ts'
import { openStandInEngine } from './standInEngine.ts'

const [redisUrl = '', secret = '', stepMs = '', batch = '', side = '', name = ''] = process.argv.slice(2)
const engine = openStandInEngine({ stepMs: Number(stepMs), batch: Number(batch), side: Number(side), name })
const host = '127.0.0.1'
const node = await startEngineNode({
  ...{ redisUrl, secret, engine, listen: { host, port: 0 }, log: createLog({ level: 'warn' }) },
  addressOf: port => `http://${host}:${port}`,
})
process.stdout.write(`${node.url}\n`)
