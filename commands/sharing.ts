/** What programs on one Redis share besides engines. */
import { randomUUID } from 'node:crypto'
import type { Leadership, RoomLeases } from '../cluster/index.ts'
import type { ClusterConfig } from '../config.ts'
import type { Log } from '../logging.ts'
import type { SharedBudgetStore } from '../studio/budgets/redisBudgetStore.ts'
import { addressAt } from './engines.ts'

export interface Sharing {
  readonly budgetStore: SharedBudgetStore
  /** null: this program has no page. */
  readonly holders: RoomLeases | null
  readonly secret: string
  /** Of what only one of the programs may do. Closed by whoever opens it. */
  openLeadership(name: string): Leadership
  /** What is not shared now, as a sentence; null while all is. */
  problem(): string | null
  close(): Promise<void>
}

/** Resolves whether Redis is there or not. `port`: where this program's page listens; null: it has none. */
export async function openSharing(
  { redisUrl, nodeUrl, secret }: ClusterConfig,
  { port, log }: { readonly port: number | null; readonly log: Log },
): Promise<Sharing> {
  const program = randomUUID()
  const [{ openRedisBudgetStore }, { openLeadership, openRoomLeases }] = await Promise.all([
    import('../studio/budgets/redisBudgetStore.ts'),
    import('../cluster/index.ts'),
  ])
  const budgetStore = await openRedisBudgetStore({ url: redisUrl, program, log })
  const node = port === null ? null : { id: program, url: addressAt(nodeUrl, port) }
  const holders = node && openRoomLeases({ redisUrl, node, log })
  return {
    ...{ budgetStore, holders, secret },
    openLeadership: name => openLeadership({ redisUrl, name, id: program, log }),
    problem: () => holders?.problem() ?? budgetStore.problem(),
    async close() {
      await holders?.close()
      await budgetStore.close()
    },
  }
}
