/** A whole bot in a process of its own, to be killed: `botProcess.ts <api> <token> <data folder> <ms per step>`. */
import { join } from 'node:path'
import { startBot } from '../../bot/start.ts'
import { openStudio } from '../../studio/index.ts'
import { openTestEngine } from './engine.ts'

const [api = '', token = '', folder = '', stepMs = ''] = process.argv.slice(2)
const studio = await openStudio({
  engine: openTestEngine({ stepMs: Number(stepMs) }),
  databaseUrl: `file:${join(folder, 'fourstroke.db')}`,
  dataFolder: folder,
  resume: 'all',
})
const log = { info: console.log, warn: console.log, error: console.log }
await startBot({ studio, token, api, publicUrl: 'https://paint.example.org', log })
console.log('ready')
