import { type Channel, Events, type Guild } from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import { type ConnectionOptions, createConnection, startFailure } from './connection.ts'
import { type GatewayState, gatewayProblem } from './gatewayState.ts'

/** What comes from Discord, over as many connections as it wants. */
export interface Gateway {
  readonly applicationId: string
  /** Of the bot at Discord. */
  readonly name: string
  findGuild(id: string): Guild | undefined
  findChannel(id: string): Channel | undefined
  /** By number of the connections of this program: whether it hears of interactions there. */
  shards(): GatewayState['shards']
  /** Null while every connection of this program is open, or else what is wrong, as a sentence. */
  problem(): string | null
  close(): Promise<void>
}

export type GatewayOptions = Omit<ConnectionOptions, 'shard'>

/**
 * Connects to Discord, with as many shards as it recommends, as the only program that is the bot. Rejects with one sentence
 * and its cure when the token is not accepted or Discord cannot be reached.
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const connection = createConnection(options)
  const { client, state, close } = connection
  try {
    await connection.open()
  } catch (error) {
    await close()
    throw new UserError('start/discord', startFailure(error, state().closure, options.rest.api), { cause: error })
  }
  const ready = client()
  if (!ready?.isReady()) throw new Error(`Expected ${Events.ClientReady} before the connection is said to be open`)
  return {
    applicationId: ready.application.id,
    name: ready.user.tag,
    findGuild: id => client()?.guilds.cache.get(id),
    findChannel: id => client()?.channels.cache.get(id),
    shards: () => state().shards,
    problem: () => gatewayProblem(state()),
    close,
  }
}
