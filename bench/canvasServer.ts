import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEngine } from '../engine/index.ts'
import { createLog } from '../logging.ts'
import { startServer } from '../server/start.ts'
import { openStudio } from '../studio/index.ts'
import { friends, strangers } from '../studio/studio.ts'
import { openTestEngine } from '../test/support/engine.ts'
import { watchLoopDelay } from './canvas.ts'

/**
 * The server in a process of its own, so that a benchmark's browsers do not wait for it nor it for them.
 * Arguments: a model's folder, or `none` when nothing will be painted; and `strangers` for the budgets of PUBLIC=1, with
 * whatever address a browser says that it has. `BENCH_PAGES` is the folder of the pages, for those who open them.
 */
const model = process.argv[2] ?? 'none'
const isPublic = process.argv[3] === 'strangers'
const dataFolder = mkdtempSync(join(tmpdir(), 'fourstroke-bench-'))
const engine = model === 'none' ? openTestEngine() : await openEngine({ modelFolder: model })
const databaseUrl = `file:${join(dataFolder, 'bench.db')}`
const budgets = isPublic ? strangers : friends
const studio = await openStudio({ engine, databaseUrl, dataFolder, budgets, resume: 'all' })
const server = await startServer({
  ...{ studio, port: 0, host: '127.0.0.1', pagesFolder: process.env['BENCH_PAGES'] ?? dataFolder, log: createLog() },
  trustProxy: isPublic ? ['loopback'] : [],
})
process.send?.({ url: server.url, pid: process.pid, model: engine.info.model.name, device: engine.info.device })

const started = process.cpuUsage()
const loopDelay = watchLoopDelay()
process.once('message', async () => {
  // Starting is not what is measured.
  const { user, system } = process.cpuUsage(started)
  const rssMb = Math.round(process.memoryUsage.rss() / 2 ** 20)
  process.send?.({ cpuMs: Math.round((user + system) / 1000), rssMb, loopDelayMs: loopDelay() })
  await server.close()
  await studio.close()
  await engine.close()
  rmSync(dataFolder, { recursive: true, force: true })
  process.disconnect()
})
