/**
 * Whether a process died for want of memory, and of how much there is. Linux counts the processes that it has killed for
 * it, for the whole machine and for a container; a process that asks in vain ends itself and says so.
 */
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'

/** How a process ended, and how often the system had killed any for want of memory before and after. */
export interface ProcessEnd {
  /** "signal SIGKILL", "code 134". */
  readonly how: string
  /** What it wrote to standard error last. */
  readonly errorOutput: string
  readonly killsBefore: number
  readonly killsAfter: number
}

export function isMemoryDeath({ how, errorOutput, killsBefore, killsAfter }: ProcessEnd): boolean {
  if (how === 'signal SIGKILL') return killsAfter > killsBefore
  if (how === 'code 137') return killsAfter > killsBefore
  return /std::bad_alloc|JavaScript heap out of memory|Array buffer allocation failed|Failed to allocate memory/i.test(
    errorOutput,
  )
}

const counters = [
  { file: '/sys/fs/cgroup/memory.events', field: 'oom_kill' },
  { file: '/sys/fs/cgroup/memory/memory.oom_control', field: 'oom_kill' },
  { file: '/proc/vmstat', field: 'oom_kill' },
] as const

/** Processes that the system has killed for want of memory so far, here and in this container; 0 where nothing tells. */
export function memoryKills(): number {
  return counters.reduce((sum, { file, field }) => {
    try {
      return sum + Number(new RegExp(`^${field} (\\d+)`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? 0)
    } catch {
      return sum // not Linux, or no container
    }
  }, 0)
}

/** Bytes that this program and its processes may have at most: of the machine, or of its container. */
export function memoryBytes(): number {
  const constrained = process.constrainedMemory()
  return Math.min(totalmem(), constrained > 0 ? constrained : Number.POSITIVE_INFINITY)
}
