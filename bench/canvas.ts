import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus, totalmem } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

/** What both canvas benchmarks share: a server beside them, and words for what they found. */
export interface BenchServer {
  readonly url: string
  readonly pid: number
  readonly model: string
  readonly device: string
  /** What it has used. */
  close(): Promise<{ readonly cpuMs: number; readonly rssMb: number; readonly loopDelayMs: LoopDelay }>
}

export async function startBenchServer(
  model: string,
  environment: Readonly<Record<string, string>> = {},
  budgets: 'friends' | 'strangers' = 'friends',
): Promise<BenchServer> {
  const isSource = import.meta.url.endsWith('.ts')
  const file = fileURLToPath(new URL(isSource ? './canvasServer.ts' : './canvasServer.js', import.meta.url))
  const child: ChildProcess = fork(file, [model, budgets], {
    execArgv: isSource ? ['--import', 'tsx'] : [],
    // As Dockerfile and systemd's unit start it.
    env: { ...process.env, MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', ...environment },
  })
  child.once('exit', code => {
    if (code !== 0) throw new Error(`The server of this benchmark ended with code ${code}; its own words are above.`)
  })
  const [{ url, ...engine }] = await once(child, 'message')
  return {
    url,
    ...engine,
    async close() {
      child.send('close')
      const [used] = await once(child, 'message')
      await once(child, 'exit')
      return used
    },
  }
}

/** How late timers fire: where it nears the figures themselves, the machine was busy with something else. */
export interface LoopDelay {
  readonly p50: number
  readonly p99: number
}

/** Measures this process; returns what reads it. */
export function watchLoopDelay(): () => LoopDelay {
  const resolution = 10
  const delay = monitorEventLoopDelay({ resolution })
  delay.enable()
  const at = (percentile: number) => round(Math.max(0, delay.percentile(percentile) / 1e6 - resolution))
  return () => ({ p50: at(50), p99: at(99) })
}

export function summarize(times: readonly number[]): { n: number; p50: number; p95: number; p99: number; max: number } {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN)
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

/** Whether times have grown: by more than a quarter, and by more than timers and a busy machine explain by themselves. */
export function hasRisen(before: number, after: number): boolean {
  return !(after <= before * 1.25 || after <= before + 5)
}

export const round = (figure: number): number => Math.round(figure * 10) / 10

export const hardware = {
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
}

/** Says it for people, then once more for machines. */
export function report(title: string, lines: readonly string[], figures: object): void {
  console.log([title, ...lines.map(line => `  ${line}`)].join('\n'))
  console.log(`  on ${hardware.cores} × ${hardware.cpu}, ${hardware.memoryGb} GB, Node ${hardware.node}`)
  console.log(JSON.stringify({ ...figures, hardware }))
}
