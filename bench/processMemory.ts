import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** What one process holds, in megabytes: memory of its own, and pages of files that the system may take back. */
export interface Resident {
  readonly privateMb: number
  readonly fileMb: number
}

/** The peak of both together, and of each by itself; as every file page may be given up, `privateMb` is what must fit. */
export interface Peak extends Resident {
  readonly totalMb: number
}

/**
 * Watches all processes below `pid`, itself included, until `ended`. Linux alone tells private memory and mapped files
 * apart (`/proc/<pid>/smaps_rollup`); elsewhere it throws.
 */
export async function peakMemory(pid: number, ended: Promise<unknown>, everyMs = 100): Promise<Peak> {
  let isOver = false
  const mark = () => {
    isOver = true
  }
  ended.then(mark, mark)
  const peak = { privateMb: 0, fileMb: 0, totalMb: 0 }
  while (!isOver) {
    const found = processesBelow(pid).map(residentOf)
    const privateMb = found.reduce((sum, one) => sum + one.privateMb, 0)
    const fileMb = found.reduce((sum, one) => sum + one.fileMb, 0)
    peak.privateMb = Math.max(peak.privateMb, privateMb)
    peak.fileMb = Math.max(peak.fileMb, fileMb)
    peak.totalMb = Math.max(peak.totalMb, privateMb + fileMb)
    await sleep(everyMs)
  }
  return peak
}

/** A process and all below it. */
export function processesBelow(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = readOr(`/proc/${name}/stat`, '')
    // The command in brackets may hold spaces; behind it come state and parent.
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (parent !== undefined) parents.set(Number(name), Number(parent))
  }
  const found = [pid]
  for (const each of found) for (const [child, parent] of parents) if (parent === each) found.push(child)
  return found
}

/** Zero for one that has ended. */
export function residentOf(pid: number): Resident {
  const text = readOr(`/proc/${pid}/smaps_rollup`, '')
  const mb = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1e3
  return { privateMb: mb('Anonymous'), fileMb: mb('Rss') - mb('Anonymous') }
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return otherwise // it ended in between
  }
}
