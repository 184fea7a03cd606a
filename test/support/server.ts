import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import type { RoomMade } from '../../protocol/http.ts'
import type { SignInSettings } from '../../server/discord.ts'
import type { FramePosts } from '../../server/framePosts.ts'
import type { MetricsAccess } from '../../server/metricsRoutes.ts'
import type { TrustProxy } from '../../server/proxies.ts'
import type { Readiness } from '../../server/readiness.ts'
import { type RunningServer, startServer } from '../../server/start.ts'
import type { Studio } from '../../studio/studio.ts'
import { type CollectedLog, collectLog } from './log.ts'
import { buildStudio, type TestStudio } from './studio.ts'

export interface TestServer extends TestStudio {
  readonly url: string
  readonly readiness: Readiness
  readonly metricsUrl: string | null
  readonly countError: RunningServer['countError']
  readonly watchShards: RunningServer['watchShards']
  /** What the server has logged as its own fault. */
  readonly faults: CollectedLog['bugs']
  /** Every line of its log at `info` and above. */
  readonly lines: readonly string[]
  /** A new guest's `Cookie` header. */
  newGuest(): Promise<string>
  newRoom(cookie: string): Promise<{ edit: string; view: string }>
}

/** The real server on a free port, over a real studio and an engine that paints stripes. */
export async function buildServer({
  over = studio => studio,
  lingerMs = 20_000,
  signIn = null,
  publicUrl = null,
  trustProxy = [],
  metricsAccess = { token: null, listen: null },
  isPublic = false,
  framePosts = () => null,
  ...overrides
}: Parameters<typeof buildStudio>[0] & {
  /** Puts something between the server and its studio. */
  over?: (studio: Studio) => Studio
  /** How long rooms stay in memory. */
  lingerMs?: number
  signIn?: SignInSettings | null
  publicUrl?: string | null
  trustProxy?: TrustProxy
  metricsAccess?: MetricsAccess
  isPublic?: boolean
  /** Sends pictures to Discord, over its studio. */
  framePosts?: (studio: Studio) => FramePosts | null
} = {}): Promise<TestServer> {
  const world = await buildStudio(overrides)
  const pagesFolder = join(world.folder, 'pages')
  mkdirSync(join(pagesFolder, 'assets'), { recursive: true })
  writeFileSync(join(pagesFolder, 'index.html'), '<!doctype html><title>Fourstroke</title>')
  writeFileSync(join(pagesFolder, 'assets', 'page-1a2b3c.js'), 'console.log(1)')
  writeFileSync(join(pagesFolder, 'assets', 'page-1a2b3c.js.br'), brotliCompressSync('console.log(1)'))
  const { log, bugs: faults, lines } = collectLog({ level: 'info' })
  const server = await startServer({
    studio: over(world.studio),
    port: 0,
    host: '127.0.0.1',
    pagesFolder,
    log,
    lingerMs,
    signIn,
    publicUrl,
    trustProxy,
    metricsAccess,
    isPublic,
    framePosts: framePosts(world.studio),
  })
  const { readiness, countError, watchShards, metricsUrl, port } = server
  return {
    ...world,
    // Behind its public address it is asked here as well.
    url: `http://127.0.0.1:${port}`,
    ...{ readiness, countError, watchShards, metricsUrl },
    faults,
    lines,
    newGuest: () => newGuest(`http://127.0.0.1:${port}`),
    newRoom: cookie => newRoom(`http://127.0.0.1:${port}`, cookie),
    async close() {
      await server.close()
      await world.close()
    },
  }
}

export async function newGuest(url: string): Promise<string> {
  const response = await fetch(`${url}/guest`, { method: 'POST' })
  return response.headers.getSetCookie()[0]!.split(';')[0]!
}

/** The secrets of a new room's links. */
export async function newRoom(url: string, cookie: string): Promise<{ edit: string; view: string }> {
  const response = await fetch(`${url}/rooms`, { method: 'POST', headers: { cookie } })
  const { links } = (await response.json()) as RoomMade
  const secretOf = (path: string) => path.split('/').at(-1)!
  return { edit: secretOf(links.edit), view: secretOf(links.view) }
}
