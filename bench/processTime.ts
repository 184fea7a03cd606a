import { readdirSync, readFileSync } from 'node:fs'

/**
 * Milliseconds of processor that a process has used, to the nanosecond, without threads that have ended; NaN where there
 * is no /proc. Unlike times of a clock they stay comparable on a machine that does something else as well.
 */
export function processorMs(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN
  return threadsOf(pid).reduce((sum, thread) => sum + threadMs(`/proc/${pid}/task/${thread}/schedstat`), 0)
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return [] // it has ended
  }
}

function threadMs(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return 0 // it ended in between
  }
}
