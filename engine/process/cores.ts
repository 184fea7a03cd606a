/**
 * How many threads the runtime may compute with. By itself it takes as many as the machine has physical cores, also in a
 * container that may use two of them: its threads then wait for each other while the kernel keeps some of them still.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { dirname, join } from 'node:path'

/** What is asked of the system; a test has one of its own. */
export interface CoreSource {
  /** Physical cores of the machine, and processors that this process may run on. */
  readonly cores: number
  readonly allowedCores: number
  /** A file's text, or undefined where there is none. */
  read(file: string): string | undefined
}

/** Threads for a process here; undefined where nothing limits it and the runtime knows best. */
export function threadsHere(source: CoreSource = system): number | undefined {
  const allowed = Math.min(source.allowedCores, Math.ceil(quotaInCores(source)))
  return allowed < source.cores ? Math.max(1, allowed) : undefined
}

/** Cores' worth of processor time that the control groups above this process leave it; Infinity without a limit. */
function quotaInCores({ read }: CoreSource): number {
  // Version 2: one line `0::/path`; a limit of any group above holds as well.
  const path = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1] ?? '/'
  const quotas: number[] = []
  for (let group = path; ; group = dirname(group)) {
    const [quota, period] = (read(join('/sys/fs/cgroup', group, 'cpu.max')) ?? '').trim().split(' ').map(Number)
    quotas.push(coresOf(quota, period))
    if (group === dirname(group)) break
  }
  const [quota, period] = ['quota', 'period'].map(name => Number(read(`/sys/fs/cgroup/cpu/cpu.cfs_${name}_us`)))
  return Math.min(...quotas, coresOf(quota, period))
}

/** `max` (not a number) and −1 mean no limit. */
const coresOf = (quota = 0, period = 0) => (quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY)

/** Two processors of one core share what computes: Linux lists both, with the same two numbers. */
export function physicalCores(cpuinfo: string | undefined): number {
  const fields = (name: string) => [...(cpuinfo ?? '').matchAll(new RegExp(`^${name}\\s*: (\\d+)`, 'gm'))]
  const [packages, cores] = [fields('physical id'), fields('core id')]
  return new Set(cores.map(([, core], at) => `${packages[at]?.[1]}:${core}`)).size || cpus().length
}

const read = (file: string) => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // not Linux, or no container
  }
}

const system: CoreSource = {
  cores: physicalCores(read('/proc/cpuinfo')),
  allowedCores: availableParallelism(),
  read,
}
