/** What tells a process that waits for its turn on a busy machine from one that has stopped. */
import { readFileSync } from 'node:fs'

/** Linux counts a process's time in hundredths of a second, whatever its clock is (USER_HZ). */
const msPerTick = 10
/** Of the fields after the name, in parentheses: proc(5) counts them from 1, the name being the second. */
const userTime = 14 - 3
const systemTime = 15 - 3

/** Milliseconds of CPU time that all threads of a process have used; `undefined` if there is none, or no /proc. */
export function cpuTimeOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[userTime]) + Number(fields[systemTime])
    return Number.isFinite(ticks) ? ticks * msPerTick : undefined
  } catch {
    return undefined
  }
}

/** However little a process computes, this share of the time counts: a driver that hangs may leave a thread that ticks. */
const leastShare = 0.1

/**
 * Milliseconds of silence, out of `ms`, of a process whose CPU time went from `before` to `after`. While it computes, what
 * it computed counts: where it has to share the CPU with others, the rest was theirs. If nothing was computed, or nobody
 * knows, all of it counts.
 */
export function heldAgainst(ms: number, before: number | undefined, after: number | undefined): number {
  if (before === undefined || after === undefined || after <= before) return ms
  return Math.min(ms, Math.max(after - before, ms * leastShare))
}
