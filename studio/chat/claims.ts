import type { WorkerRegistry } from '../shared/workers.ts'

/**
 * Whose messages a program goes on with: `everybody`: it is the only one that is the bot; `dead`: it is one of several, and
 * those that live write their own.
 */
export type Left = 'everybody' | 'dead'

/** Whose a row is: the program that writes its message. */
export interface Claimed {
  readonly workerId: string | null
  readonly createdAt: Date
}

/**
 * Of several programs that are the bot, one writes each message: the row names it. What a program that has ended has left is
 * taken over row by row, by whoever is first.
 */
export function createClaims(workers: WorkerRegistry) {
  return {
    mine: { workerId: workers.id },
    /** What has no row any more is nobody else's. */
    isMine: (row: Pick<Claimed, 'workerId'> | null): boolean => row === null || row.workerId === workers.id,

    /**
     * Of these rows, those that are this program's from now on. `take` writes if the row is as it was: how many it changed.
     * `isWritten`: whether this program is writing one of its own. One that is not, and is no longer new, it has lost over an
     * error, as where the database went away in the middle of a claim.
     */
    async claim<Row extends Claimed>(
      left: Left,
      rows: readonly Row[],
      take: (row: Row) => Promise<{ readonly count: number }>,
      isWritten: (row: Row) => boolean = () => true,
    ): Promise<Row[]> {
      // One that has slept would take everybody for dead.
      if (rows.length === 0 || (left === 'dead' && workers.isLeaseExpired())) return []
      const alive = left === 'dead' ? await workers.findAlive() : []
      const isAtWork = (row: Row) =>
        row.workerId === workers.id
          ? isWritten(row) || row.createdAt >= workers.strayBefore()
          : alive.includes(row.workerId ?? '')
      const claimed: Row[] = []
      for (const row of rows) {
        if (!(left === 'dead' && isAtWork(row)) && (await take(row)).count === 1) claimed.push(row)
      }
      return claimed
    },
  }
}
