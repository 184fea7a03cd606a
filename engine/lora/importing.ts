/** Style files in a process of their own: reducing a large one takes many seconds, in which others want answers. */

import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants, setPriority } from 'node:os'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type ErrorPayload, UserError } from '../../protocol/errors.ts'
import type { StyleLayout } from '../types/styles.ts'
import type { ImportedStyle } from './styleFile.ts'

/** What the process is given. */
export interface ImportWork {
  readonly bytes: Uint8Array
  readonly layout: StyleLayout
  /** The text of `adapter_config.json` that lies beside a file of peft. */
  readonly peftConfig?: string | undefined
}

/** What it answers; anything else that goes wrong there is a bug, and ends it. */
export type ImportResult =
  | { readonly type: 'imported'; readonly style: ImportedStyle }
  | { readonly type: 'failed'; readonly error: ErrorPayload }

export interface ImportLimits {
  readonly timeoutMs: number
  /** Of its process, measured where the system tells (Linux); its heap is bounded everywhere. */
  readonly maxMemoryBytes: number
}

/**
 * A file of rank 128 for all of Stable Diffusion 1.5 takes 13 s of a core, which may have much else to do. Memory: the
 * program itself, the largest file several times, and an adapter.
 */
const defaultLimits: ImportLimits = { timeoutMs: 5 * 60_000, maxMemoryBytes: 1.5 * 2 ** 30 }
const maxHeapMegabytes = 512
const memoryCheckMs = 50

/** `importStyle` for programs that serve others at the same time, and must live on whatever a file does to its reader. */
export async function importStyleAside(work: ImportWork, limits: Partial<ImportLimits> = {}): Promise<ImportedStyle> {
  const { timeoutMs, maxMemoryBytes } = { ...defaultLimits, ...limits }
  const hint = `reduce its ranks to ${work.layout.maxRank} in the program that made it.`
  let importer: ChildProcess | undefined
  let timer: NodeJS.Timeout | undefined
  let watch: NodeJS.Timeout | undefined
  try {
    const answer = await new Promise<ImportResult>((resolve, reject) => {
      const refuse = (message: string) => reject(new UserError('style/file', message))
      const started = forkImporter()
      importer = started
      // Sent by `importer.ts` alone.
      started.once('message', message => resolve(message as ImportResult))
      started.once('error', error => refuse(`The file cannot be read now (${error.message}): try again in a minute.`))
      started.once('exit', (code, signal) =>
        refuse(`This file ended the process that read it (${signal ?? `code ${code}`}): ${hint}`),
      )
      timer = setTimeout(
        () => refuse(`Expected a file that can be read within ${timeoutMs / 1000} seconds: ${hint}`),
        timeoutMs,
      )
      watch = setInterval(() => {
        if (memoryOf(started.pid) <= maxMemoryBytes) return
        refuse(`Expected a file that can be read within ${Math.round(maxMemoryBytes / 2 ** 20)} MB of memory: ${hint}`)
      }, memoryCheckMs)
      if (started.connected) started.send(work, error => error && refuse(`The file was not read: ${error.message}.`))
    })
    if (answer.type === 'failed') throw UserError.from(answer.error)
    return answer.style
  } finally {
    clearTimeout(timer)
    clearInterval(watch)
    importer?.kill('SIGKILL') // it has nothing to put in order
  }
}

/** Bytes of a process that lie in memory; 0 where the system does not tell. */
function memoryOf(pid: number | undefined): number {
  try {
    const pages = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]
    return Number(pages) * 4096
  } catch {
    return 0
  }
}

/** From source the process needs tsx to read it, compiled it does not. It reads a stranger's bytes, so it knows no secret. */
function forkImporter(): ChildProcess {
  const isSource = import.meta.url.endsWith('.ts')
  const require = createRequire(import.meta.url)
  const importer = fork(fileURLToPath(new URL(isSource ? './importer.ts' : './importer.js', import.meta.url)), [], {
    serialization: 'advanced',
    env: {},
    execArgv: [
      `--max-old-space-size=${maxHeapMegabytes}`,
      ...(isSource ? ['--import', pathToFileURL(require.resolve('tsx')).href] : []),
    ],
  })
  try {
    if (importer.pid !== undefined) setPriority(importer.pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It has ended already, and its end is reported.
  }
  return importer
}
