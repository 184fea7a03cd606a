/**
 * The student in a thread of its own: to build its graph and to have the runtime optimise it takes a second of one core,
 * and on a busy machine many, during which whoever owns the device could not paint.
 */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { FolderOptions } from '../pipeline/modelFolder.ts'
import type { Sample, Student, StudentOptions } from './student.ts'

/** What the thread is started with. */
export interface StudentThreadData extends Pick<StudentOptions, 'size' | 'promptShape' | 'rank' | 'batch' | 'session'> {
  /** Where the thread reads the model again, and how: networks cannot be handed over. */
  readonly modelFolder: string
  readonly folderOptions: FolderOptions
}

export type ToStudent =
  | {
      readonly type: 'gradient'
      readonly samples: readonly Sample[]
      readonly targets: readonly Float32Array[]
      readonly adapter: Float32Array
    }
  | { readonly type: 'release' }

export type FromStudent =
  | { readonly type: 'opened' | 'released' }
  | { readonly type: 'gradient'; readonly loss: number; readonly gradient: Float32Array }

/** Opens students of one model, each in a thread that ends when it is released. */
export function studentsInThreads(
  modelFolder: string,
  { lcmLora, styleTargets, cacheFolder }: FolderOptions,
): (options: StudentOptions) => Promise<Student> {
  const folderOptions = { lcmLora, styleTargets, cacheFolder }
  return async ({ size, promptShape, rank, batch, session }) => {
    const workerData: StudentThreadData = { modelFolder, folderOptions, size, promptShape, rank, batch, session }
    const worker = new Worker(workerFile(), { workerData })
    await answerOf(worker, 'opened')
    return {
      async gradient(samples, targets, adapter) {
        send(worker, { type: 'gradient', samples, targets, adapter })
        const { loss, gradient } = await answerOf(worker, 'gradient')
        return { loss, gradient }
      },
      async release() {
        send(worker, { type: 'release' })
        await answerOf(worker, 'released')
        await worker.terminate()
      },
    }
  }
}

/** Compiled it is run as it is. From source: `--import tsx` reaches no worker of Node 20, so the thread asks for it itself. */
function workerFile(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./studentWorker.js', import.meta.url)
  const tsx = new URL('./esm/api/index.mjs', pathToFileURL(createRequire(import.meta.url).resolve('tsx'))).href
  const source = new URL('./studentWorker.ts', import.meta.url).href
  const code = `import { register } from ${JSON.stringify(tsx)}; register(); await import(${JSON.stringify(source)})`
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`)
}

const send = (worker: Worker, message: ToStudent) => worker.postMessage(message)

/** Rejects with what the thread threw, or when it ends without an answer. */
async function answerOf<Type extends FromStudent['type']>(
  worker: Worker,
  type: Type,
): Promise<FromStudent & { type: Type }> {
  const waiting = new AbortController()
  const { signal } = waiting
  try {
    // `once` rejects with whatever the thread has thrown.
    const [answer] = await Promise.race([
      once(worker, 'message', { signal }),
      once(worker, 'exit', { signal }).then(([code]) => {
        throw new Error(`The thread of a learning ended with code ${code} before it had answered.`)
      }),
    ])
    if (answer.type !== type) throw new Error(`Expected ${type} of the thread of a learning, got ${answer.type}.`)
    return answer
  } finally {
    waiting.abort()
  }
}
