/** The public face of the cluster: engines on other machines, found and shared through Redis. Loaded where there is one. */

import type { Engine, StyleEngine } from '../engine/index.ts'
import type { Log } from '../logging.ts'
import { type EngineNode, type EngineNodeOptions, startEngineNode as startNode } from './engineNode.ts'
import { openEngineRegistry } from './registry.ts'
import { openRemoteEngine as openRemote } from './remoteEngine.ts'
import { consumeTickets, openTicketQueue } from './tickets.ts'

export type { EngineNode } from './engineNode.ts'
export { type ClusterFindings, checkRedis, examineCluster, type Reached } from './examine.ts'
export { type Leadership, openLeadership } from './leadership.ts'
export { type Membership, openMembership } from './membership.ts'
export { openRoomLeases, type RoomLeases } from './roomLeases.ts'
export { openShardLeases, type ShardLeases } from './shardLeases.ts'

export interface ClusterOptions {
  readonly redisUrl: string
  readonly secret: string
  readonly log: Log
}

/** The engines that others have announced, as one. Resolves when the first can be reached. */
export function openRemoteEngine({ redisUrl, secret, log }: ClusterOptions): Promise<Engine & StyleEngine> {
  const registry = openEngineRegistry(redisUrl, log)
  const openTickets = (client: string, modelHash: string) => openTicketQueue(redisUrl, client, modelHash, log)
  return openRemote({ secret, registry, openTickets, log })
}

/** Offers an engine to others. */
export function startEngineNode({
  redisUrl,
  secret,
  log,
  ...node
}: ClusterOptions & Pick<EngineNodeOptions, 'engine' | 'listen' | 'addressOf' | 'patience'>): Promise<EngineNode> {
  const registry = openEngineRegistry(redisUrl, log)
  return startNode({
    ...{ secret, registry, log, ...node },
    consumeTickets: ({ info, slots }, onTicket) =>
      consumeTickets(redisUrl, { modelHash: info.model.hash, slots, log }, onTicket),
  })
}
