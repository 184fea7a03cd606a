/**
 * A whole bot in a process of its own, to be killed: `botProcess.ts <api> <token> <data folder> <ms per step>`. With
 * `spellbound` for the milliseconds, its studio never comes to write down what it is asked; with a model folder for
 * them, the real engine paints. Asked by a message, it answers with the studio's statistics. Followed by the addresses of a
 * Redis and of a database, it is one of several programs that are the bot.
 */
import { join } from 'node:path'
import { startBot } from '../../bot/start.ts'
import { openSharing } from '../../commands/sharing.ts'
import { openEngine } from '../../engine/index.ts'
import { createLog } from '../../logging.ts'
import { openStudio } from '../../studio/index.ts'
import { openTestEngine } from './engine.ts'

const [api = '', token = '', folder = '', stepMs = '', redisUrl, databaseUrl] = process.argv.slice(2)
const isSpellbound = stepMs === 'spellbound'
const isModel = !isSpellbound && Number.isNaN(Number(stepMs))
const studio = await openStudio({
  engine: isModel
    ? openEngine({ modelFolder: stepMs, device: 'cpu' })
    : openTestEngine({ stepMs: isSpellbound ? 1 : Number(stepMs) }),
  databaseUrl: databaseUrl ?? `file:${join(folder, 'fourstroke.db')}`,
  dataFolder: folder,
  resume: 'all',
})
const never = () => new Promise<never>(() => undefined)
if (isSpellbound) Object.assign(studio.pictures, { ask: never, again: never })
const log = createLog({ secrets: [token], output: process.stdout })
const cluster = {
  nodeUrl: 'http://127.0.0.1',
  secret: 'a-secret-of-this-test',
  engineListen: { host: '127.0.0.1', port: 0 },
}
const sharing = redisUrl === undefined ? null : await openSharing({ redisUrl, ...cluster }, { port: null, log })
const bot = await startBot({
  ...{ studio, token, api, publicUrl: 'https://paint.example.org', log },
  ...(sharing && { cluster: sharing.bot }),
})
process.once('SIGTERM', () => void bot.close().finally(() => process.exit()))
process.on('message', () => void studio.statistics().then(statistics => process.send?.(statistics)))
console.log('ready')
