/** What programs on one Redis share besides engines. */
import { randomUUID } from 'node:crypto'
import type { BotCluster } from '../bot/start.ts'
import type { Leadership, RoomLeases } from '../cluster/index.ts'
import type { ClusterConfig } from '../config.ts'
import type { Log } from '../logging.ts'
import type { SharedBudgetStore } from '../studio/budgets/redisBudgetStore.ts'
import type { Studio } from '../studio/studio.ts'
import { addressAt } from './engines.ts'

export interface Sharing {
  readonly budgetStore: SharedBudgetStore
  /** null: this program has no page. */
  readonly holders: RoomLeases | null
  readonly secret: string
  /** The same studio, once it is certain that the others have its database and its files. @throws UserError where they do not */
  join(opening: Promise<Studio>, files: string): Promise<Studio>
  /** For the bot, which several programs may be together. */
  readonly bot: BotCluster
  /** What is not shared now, as a sentence; null while all is. */
  problem(): string | null
  close(): Promise<void>
}

/** Resolves whether Redis is there or not. @throws UserError where it, or who is on it, turns this program away. `port`: where this program's page listens; null: it has none. */
export async function openSharing(
  { redisUrl, nodeUrl, secret }: ClusterConfig,
  { port, log }: { readonly port: number | null; readonly log: Log },
): Promise<Sharing> {
  const program = randomUUID()
  const [{ openRedisBudgetStore }, { checkRedis, openLeadership, openMembership, openRoomLeases, openShardLeases }] =
    await Promise.all([import('../studio/budgets/redisBudgetStore.ts'), import('../cluster/index.ts')])
  await checkRedis(redisUrl)
  const membership = openMembership({ redisUrl, id: program, log })
  try {
    await membership.agree({ secret })
  } catch (error) {
    await membership.close()
    throw error
  }
  const budgetStore = await openRedisBudgetStore({ url: redisUrl, program, log })
  const node = port === null ? null : { id: program, url: addressAt(nodeUrl, port) }
  const holders = node && openRoomLeases({ redisUrl, node, log })
  const open = new Set<Leadership>()
  /** Does what only one of the programs may do at a time. */
  async function alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    const leadership = openLeadership({ redisUrl, name, id: program, log })
    open.add(leadership)
    try {
      const term = await leadership.lead()
      if (!term) throw new Error('The program ends')
      return await work().finally(term.end)
    } finally {
      open.delete(leadership)
      await leadership.close()
    }
  }
  return {
    ...{ budgetStore, holders, secret },
    async join(opening, files) {
      const studio = await opening
      try {
        await membership.agree({ secret, database: studio.installation, files })
        return studio
      } catch (error) {
        await studio.close()
        throw error
      }
    },
    bot: {
      shares: openShardLeases({ redisUrl, id: program, log }),
      alone: work => alone('bot commands', work),
    },
    problem: () => membership.problem() ?? holders?.problem() ?? budgetStore.problem(),
    async close() {
      await Promise.all([...open].map(one => one.close()))
      await holders?.close()
      await budgetStore.close()
      await membership.close()
    },
  }
}
