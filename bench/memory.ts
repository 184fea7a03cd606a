import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** Megabytes that a process keeps after its garbage was collected. */
export interface Kept {
  readonly rssMb: number
  readonly heapMb: number
  /** Outside the heap of JavaScript, known to it: buffers, most of all. */
  readonly externalMb: number
}

/** Watches what the processes of a benchmark keep. `environment` must be theirs from their start. */
export interface MemoryWatch {
  readonly environment: Readonly<Record<string, string>>
  /** After a forced collection, for the server and its engine; the engine is null where it has no process of its own. */
  measure(): Promise<{ readonly server: Kept; readonly engine: Kept | null }>
  close(): void
}

const hook = fileURLToPath(new URL('./collect.cjs', import.meta.url))
const mebibytes = (bytes: number) => Math.round((bytes / 2 ** 20) * 10) / 10

export function watchMemory(): MemoryWatch {
  const folder = mkdtempSync(join(tmpdir(), 'fourstroke-memory-'))
  return {
    environment: { FOURSTROKE_MEMORY: folder, NODE_OPTIONS: `--require ${hook}` },
    async measure() {
      const found = await Promise.all(processesIn(folder).map(pid => collect(folder, pid)))
      const of = (file: RegExp) => found.find(one => one !== null && file.test(one.script))?.kept ?? null
      const server = of(/canvasServer/)
      if (!server) throw new Error('The server of this benchmark has not said how much memory it has.')
      return { server, engine: of(/engine[/\\]process[/\\]process/) }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

function processesIn(folder: string): number[] {
  return readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .map(name => Number.parseInt(name, 10))
}

/** Null where the process has ended, or is not one that we look for. */
async function collect(folder: string, pid: number): Promise<{ readonly script: string; readonly kept: Kept } | null> {
  const file = join(folder, `${pid}.json`)
  const before = statSync(file).mtimeMs
  try {
    process.kill(pid, 'SIGUSR2')
  } catch {
    return null
  }
  for (let tries = 0; statSync(file).mtimeMs === before; tries++) {
    if (tries > 600) return null
    await sleep(50)
  }
  const { argv, rss, heapUsed, external } = JSON.parse(readFileSync(file, 'utf8')) as {
    argv: string[]
    rss: number
    heapUsed: number
    external: number
  }
  const kept = { rssMb: mebibytes(rss), heapMb: mebibytes(heapUsed), externalMb: mebibytes(external) }
  return { script: argv[0] ?? '', kept }
}
