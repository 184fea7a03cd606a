import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRoomLeases } from '../../cluster/index.ts'
import type { FramePosts } from '../../server/framePosts.ts'
import { startServer } from '../../server/start.ts'
import type { Studio } from '../../studio/studio.ts'
import { freePort } from './freePort.ts'
import { collectLog } from './log.ts'
import { newGuest, newRoom } from './server.ts'
import { buildStudio, type TestStudio } from './studio.ts'

const secret = 'a-secret-of-these-servers'

/** One of several servers of this process on one database and one Redis. */
export interface LeasedServer extends TestStudio {
  readonly url: string
  readonly faults: () => readonly unknown[]
  newGuest(): Promise<string>
  newRoom(cookie: string): Promise<{ edit: string; view: string }>
  /** Its leases alone: it does not know, and goes on. */
  forgetLeases(): Promise<void>
}

export async function startLeasedServer(options: {
  readonly redisUrl: string
  readonly databaseUrl: string
  readonly folder: string
  readonly name: string
  readonly leaseMs?: number
  /** Sends pictures to Discord, over its studio. */
  readonly framePosts?: (studio: Studio) => FramePosts
}): Promise<LeasedServer> {
  const { redisUrl, databaseUrl, name, leaseMs } = options
  const folder = join(options.folder, name)
  const pagesFolder = join(folder, 'pages')
  mkdirSync(pagesFolder, { recursive: true })
  writeFileSync(join(pagesFolder, 'index.html'), '<!doctype html><title>Fourstroke</title>')
  const world = await buildStudio({ databaseUrl, dataFolder: folder })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { log, bugs } = collectLog({ level: 'info' })
  const node = { id: name, url }
  const leases = openRoomLeases({ redisUrl, node, log, ...(leaseMs !== undefined && { leaseMs }) })
  const server = await startServer({
    ...{ studio: world.studio, port, host: '127.0.0.1', pagesFolder, log, lingerMs: 200 },
    cluster: { holders: leases, secret },
    framePosts: options.framePosts?.(world.studio) ?? null,
  })
  return {
    ...world,
    url,
    faults: () => [...bugs, ...world.bugs],
    newGuest: () => newGuest(url),
    newRoom: cookie => newRoom(url, cookie),
    forgetLeases: () => leases.close(),
    async close() {
      await server.close()
      await leases.close()
      await world.close()
    },
  }
}
