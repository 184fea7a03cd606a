/** One of several programs that are the bot. Arguments: Redis, database, its folder, the secret, Discord's API, the token. */
import { mkdirSync } from 'node:fs'
import { startBot } from '../bot/start.ts'
import { openRemoteEngine } from '../cluster/index.ts'
import { openSharing } from '../commands/sharing.ts'
import { createLog } from '../logging.ts'
import { openStudio } from '../studio/index.ts'

const [redisUrl = '', databaseUrl = '', dataFolder = '', secret = '', api = '', token = ''] = process.argv.slice(2)
const log = createLog({ level: 'fatal' })
mkdirSync(dataFolder, { recursive: true })
const engineListen = { host: '127.0.0.1', port: 0 }
const sharing = await openSharing({ redisUrl, secret, nodeUrl: 'http://127.0.0.1', engineListen }, { port: null, log })
const { budgetStore, bot: cluster } = sharing
const engine = openRemoteEngine({ redisUrl, secret, log })
const studio = await openStudio({ engine, databaseUrl, dataFolder, budgetStore, resume: 'all', log })
await startBot({ studio, token, api, publicUrl: null, cluster, log })
process.stdout.write('ready\n')
