/** Where a program's pictures are painted: by an engine of its own, or by all engines that share one Redis. */
import type { ClusterConfig, Config } from '../config.ts'
import { type AbleEngine, type Engine, type EngineOptions, openEngine, type StyleEngine } from '../engine/index.ts'
import type { Log } from '../logging.ts'
import { UserError } from '../protocol/errors.ts'

export interface EngineSource {
  readonly config: Pick<Config, 'cluster' | 'engine'>
  readonly options: Omit<EngineOptions, 'modelFolder'>
  /** Whether this program has an engine of its own. */
  readonly hasEngine: boolean
  readonly log: Log
}

export interface OpenedEngines {
  /** Rejects with `UserError` where there can be none. */
  readonly engine: Promise<Engine & StyleEngine>
  close(): Promise<void>
}

/** The engine that a program asks: alone its own; with Redis all that are there, its own among them. */
export function openEngines(source: EngineSource): OpenedEngines {
  const parts: { close(): Promise<void> }[] = []
  const open = async () => {
    const { config, hasEngine, options, log } = source
    const { cluster } = config
    if (!cluster) {
      if (!hasEngine) throw new UserError('settings/invalid', noEngine)
      return added(parts, await openOwn(source))
    }
    if (hasEngine) added(parts, await offerEngine(source, cluster))
    options.onLoading?.({ type: 'searching' })
    const { openRemoteEngine } = await import('../cluster/index.ts')
    return added(parts, await openRemoteEngine({ redisUrl: cluster.redisUrl, secret: cluster.secret, log }))
  }
  const engine = open()
  engine.catch(() => undefined)
  return {
    engine,
    async close() {
      for (const part of parts.toReversed()) await part.close()
    },
  }
}

export interface OfferedEngine {
  readonly url: string
  readonly engine: AbleEngine
  /** Finishes what it paints for others, within seconds. */
  close(): Promise<void>
}

/** Lets all programs that share this Redis paint with this one's engine. */
export async function offerEngine(source: EngineSource, cluster: ClusterConfig): Promise<OfferedEngine> {
  const [engine, { startEngineNode }] = await Promise.all([openOwn(source), import('../cluster/index.ts')])
  const { redisUrl, secret, engineListen, nodeUrl } = cluster
  const node = await startEngineNode({
    ...{ redisUrl, secret, engine, listen: engineListen, log: source.log },
    addressOf: port => addressAt(nodeUrl, port),
  })
  return {
    ...{ url: node.url, engine },
    async close() {
      await node.close()
      await engine.close()
    },
  }
}

function openOwn({ config, options, log }: EngineSource): Promise<AbleEngine> {
  return openEngine({ ...config.engine, ...options, log: log.child({ name: 'engine' }) })
}

function added<Part extends { close(): Promise<void> }>(parts: { close(): Promise<void> }[], part: Part): Part {
  parts.push(part)
  return part
}

const noEngine =
  'This program has no engine, and no REDIS_URL to find others by: add engine to --services, or set REDIS_URL.'

/** The same machine at another port. */
export function addressAt(nodeUrl: string, port: number): string {
  const url = new URL(nodeUrl)
  url.port = `${port}`
  return url.origin
}
