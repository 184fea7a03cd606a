import { randomUUID } from 'node:crypto'
import type { Config } from '../config.ts'
import type { EngineOptions } from '../engine/index.ts'
import type { Log } from '../logging.ts'
import { UserError } from '../protocol/errors.ts'
import { offerEngine } from './engines.ts'
import { createLoadingLines } from './loading.ts'
import type { Shutdown } from './shutdown.ts'

/** An engine for other programs and nothing else: no database, no page, no bot. */
export async function startEngine(
  options: Omit<EngineOptions, 'modelFolder'>,
  { config, shutdown, log }: { readonly config: Config; readonly shutdown: Shutdown; readonly log: Log },
): Promise<void> {
  const { cluster } = config
  if (!cluster) throw new UserError('settings/invalid', noRedis)
  const { checkRedis, openMembership } = await import('../cluster/index.ts')
  await checkRedis(cluster.redisUrl)
  const membership = openMembership({ redisUrl: cluster.redisUrl, id: randomUUID(), log })
  shutdown.add('share of Redis', () => membership.close())
  await membership.agree({ secret: cluster.secret })
  const { onLoading, end } = createLoadingLines()
  const opening = offerEngine({ config, options: { ...options, onLoading }, hasEngine: true, log }, cluster)
  opening.then(end, end)
  shutdown.add('engine', () =>
    opening.then(
      offered => offered.close(),
      () => undefined,
    ),
  )
  const { engine, url } = await opening
  const { model, deviceReason } = engine.info
  const lines = [
    `  Fourstroke engine  ${url}`,
    `  model       ${model.name}, ${model.sizes.default.width} × ${model.sizes.default.height}`,
    `  device      ${deviceReason}`,
  ]
  console.log(['', ...lines, '', '  Ctrl-C stops it.', ''].join('\n'))
}

const noRedis = 'An engine alone is of use to others only: set REDIS_URL, by which they find it, and CLUSTER_SECRET.'
