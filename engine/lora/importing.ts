/** Style files in a process of their own: reducing a large one takes many seconds, in which others want answers. */

import { fork } from 'node:child_process'
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
}

/** What it answers; anything else that goes wrong there is a bug, and ends it. */
export type ImportAnswer =
  | { readonly type: 'imported'; readonly style: ImportedStyle }
  | { readonly type: 'failed'; readonly error: ErrorPayload }

/** A file of rank 128 for all of Stable Diffusion 1.5 takes 13 s of a core, which may have much else to do. */
const patienceMs = 5 * 60_000

/** `importStyle` for programs that do other things meanwhile. */
export async function importStyleAside(
  bytes: Uint8Array,
  layout: StyleLayout,
  { timeoutMs = patienceMs }: { readonly timeoutMs?: number } = {},
): Promise<ImportedStyle> {
  const importer = forkImporter()
  let timer: NodeJS.Timeout | undefined
  try {
    const answer = await new Promise<ImportAnswer>((resolve, reject) => {
      // Sent by `importer.ts` alone.
      importer.once('message', message => resolve(message as ImportAnswer))
      importer.once('error', reject)
      importer.once('exit', (code, signal) =>
        reject(new Error(`Expected an answer of the import, it ended with ${signal ?? code}; what it wrote is above.`)),
      )
      const message = `Expected a file that can be read within ${timeoutMs / 1000} seconds: reduce its ranks to ${layout.maxRank} in the program that made it.`
      timer = setTimeout(() => reject(new UserError('style/file', message)), timeoutMs)
      const work: ImportWork = { bytes, layout }
      importer.send(work, error => error && reject(error))
    })
    if (answer.type === 'failed') throw UserError.from(answer.error)
    return answer.style
  } finally {
    clearTimeout(timer)
    importer.kill('SIGKILL') // it has nothing to put in order
  }
}

/** From source the process needs tsx to read it, compiled it does not. */
function forkImporter() {
  const isSource = import.meta.url.endsWith('.ts')
  const require = createRequire(import.meta.url)
  const importer = fork(fileURLToPath(new URL(isSource ? './importer.ts' : './importer.js', import.meta.url)), [], {
    serialization: 'advanced',
    execArgv: isSource ? ['--import', pathToFileURL(require.resolve('tsx')).href] : [],
  })
  if (importer.pid !== undefined) setPriority(importer.pid, constants.priority.PRIORITY_BELOW_NORMAL)
  return importer
}
