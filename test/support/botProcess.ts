/**
 * A whole bot in a process of its own, to be killed: `botProcess.ts <api> <token> <data folder> <ms per step>`. With
 * `spellbound` for the milliseconds, its studio never comes to write down what it is asked.
 */
import { join } from 'node:path'
import { startBot } from '../../bot/start.ts'
import { createLog } from '../../logging.ts'
import { openStudio } from '../../studio/index.ts'
import { openTestEngine } from './engine.ts'

const [api = '', token = '', folder = '', stepMs = ''] = process.argv.slice(2)
const isSpellbound = stepMs === 'spellbound'
const studio = await openStudio({
  engine: openTestEngine({ stepMs: isSpellbound ? 1 : Number(stepMs) }),
  databaseUrl: `file:${join(folder, 'fourstroke.db')}`,
  dataFolder: folder,
  resume: 'all',
})
const never = () => new Promise<never>(() => undefined)
if (isSpellbound) Object.assign(studio.pictures, { ask: never, again: never })
const log = createLog({ secrets: [token], output: process.stdout })
await startBot({ studio, token, api, publicUrl: 'https://paint.example.org', log })
console.log('ready')
