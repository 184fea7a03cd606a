/** What programs on one Redis share besides engines. */
import { randomUUID } from 'node:crypto'
import type { ClusterConfig } from '../config.ts'
import type { Log } from '../logging.ts'
import type { SharedBudgetStore } from '../studio/budgets/redisBudgetStore.ts'

export interface Sharing {
  readonly budgetStore: SharedBudgetStore
  /** What is not shared now, as a sentence; null while all is. */
  problem(): string | null
  close(): Promise<void>
}

/** Resolves whether Redis is there or not. */
export async function openSharing({ redisUrl: url }: ClusterConfig, log: Log): Promise<Sharing> {
  const program = randomUUID()
  const { openRedisBudgetStore } = await import('../studio/budgets/redisBudgetStore.ts')
  const budgetStore = await openRedisBudgetStore({ url, program, log })
  return { budgetStore, problem: () => budgetStore.problem(), close: () => budgetStore.close() }
}
