import { type APIApplication, type APIGatewayBotInfo, REST, Routes } from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import { createGuard } from '../../protocol/guard.ts'
import { type Connection, checkToken, createConnection, startFailure } from './connection.ts'
import type { Gateway, GatewayOptions } from './gateway.ts'
import { gatewayProblem } from './gatewayState.ts'
import type { ShardShares } from './shardShares.ts'

/**
 * Connects to Discord as one of several programs that are the bot: with those of its shards that are this program's, each by
 * a client of its own, opened and closed as shares change. Rejects with one sentence and its cure when the token is not
 * accepted or Discord cannot be reached.
 */
export async function openSharedGateway(options: GatewayOptions, shares: ShardShares): Promise<Gateway> {
  const { token, log, rest: api, pauseMs = 5_000 } = options
  const connections = new Map<number, Connection>()
  const guard = createGuard((message, err) => log.error({ err }, message))
  const rest = new REST(api)
  let isClosed = false
  const wantedShards = async () => ((await rest.get(Routes.gatewayBot())) as APIGatewayBotInfo).shards

  /** Discord has ended a connection because it wants another number of them. */
  async function resize(connection: Connection, count: number): Promise<void> {
    const wanted = await wantedShards().catch(() => count)
    if (isClosed || ![...connections.values()].includes(connection)) return
    if (wanted !== count) return shares.resize(wanted)
    await new Promise(resolve => setTimeout(resolve, pauseMs).unref())
    if (!isClosed) await connection.openAtLast()
  }

  const listener = {
    gained(id: number, count: number) {
      if (isClosed) return
      const mayIdentify = (maxConcurrency: number, signal: AbortSignal) =>
        shares.mayIdentify(id, maxConcurrency, signal)
      const onResize = guard('The number of connections to Discord could not be changed', () =>
        resize(connection, count),
      )
      const connection = createConnection({ ...options, shard: { id, count, mayIdentify, onResize } })
      connections.set(id, connection)
      log.info({ shard: id, shards: count }, 'This program opens a connection of the bot')
      guard('A connection to Discord could not be opened', connection.openAtLast)()
    },
    async lost(id: number) {
      const connection = connections.get(id)
      connections.delete(id)
      await connection?.close()
      if (!isClosed) log.info({ shard: id }, 'This program has closed a connection of the bot')
    },
  }
  const close = async () => {
    isClosed = true
    await Promise.all([...connections.keys()].map(listener.lost))
    await shares.leave()
    rest.clearHashSweeper()
    rest.clearHandlerSweeper()
  }

  try {
    checkToken(token)
    rest.setToken(token)
    const application = (await rest.get(Routes.currentApplication())) as APIApplication
    shares.join(await wantedShards(), listener)
    const clients = () => [...connections.values()].flatMap(one => one.client() ?? [])
    const states = () => [...connections.values()].map(one => one.state())
    const firstOf = <T>(find: (client: ReturnType<typeof clients>[number]) => T | undefined) =>
      clients()
        .map(find)
        .find(found => found !== undefined)
    return {
      applicationId: application.id,
      name: nameOf(application),
      findGuild: id => firstOf(client => client.guilds.cache.get(id)),
      findChannel: id => firstOf(client => client.channels.cache.get(id)),
      shards: () => Object.assign({}, ...states().map(({ shards }) => shards)),
      problem: () => shares.problem() ?? firstProblem(states()),
      close,
    }
  } catch (error) {
    await close()
    throw new UserError('start/discord', startFailure(error, null, api.api), { cause: error })
  }
}

function nameOf({ bot, name }: APIApplication): string {
  return bot ? bot.username : name
}

/** Without a connection nothing is wrong: the others have all. */
function firstProblem(states: readonly ReturnType<Connection['state']>[]): string | null {
  const closure = states.find(one => one.closure !== null)?.closure ?? null
  return states.length === 0 ? null : gatewayProblem({ closure, shards: Object.assign({}, ...states.map(shardsOf)) })
}

/** A connection that is still being opened counts as lost. */
const shardsOf = ({ shards }: ReturnType<Connection['state']>) => shards
