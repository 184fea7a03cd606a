import { UserError } from '../../protocol/errors.ts'
import type { BudgetLimit } from '../budgets/budgets.ts'
import type { PersonId } from '../shared/ids.ts'

/** Discord's slow mode spares bots: whoever sends through one waits as they would by themselves. */
export function slowModeLimit(
  by: PersonId,
  { channelId, slowModeSeconds: seconds }: { readonly channelId: string; readonly slowModeSeconds: number },
): BudgetLimit[] {
  if (seconds === 0) return []
  const error = () => new UserError('post/slow-mode', undefined, { values: { seconds } })
  return [{ key: `slowMode:${channelId}:${by}`, cost: 1, allowance: { atOnce: 1, perSecond: 1 / seconds }, error }]
}
