import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Random } from '../../onnx/optim/random.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { BatchOf, BatchStage } from './batches.ts'
import type { Latents } from './latents.ts'
import type { BatchRequest, PrefetchWorkerData, PreparedBatch } from './prefetchWorker.ts'

/** The batches of a stage, each made in another thread while the optimizer learns from the one before. */
export interface Prefetcher<Batch> {
  /** The batch of a step. `random` goes on from where making it left off, wherever it was made. */
  take(step: number, random: Random): Promise<Batch>
  /** Begins with the batch that is taken next; `random` stays where it is, for a checkpoint in between. */
  prepare(step: number, random: Random): void
  close(): Promise<unknown>
}

/** Starts the thread; resolves when it can begin. */
export async function openPrefetcher<Stage extends BatchStage>(
  stage: Stage,
  { folder, recipe }: Pick<Workspace, 'folder' | 'recipe'>,
  latents: Latents,
): Promise<Prefetcher<BatchOf<Stage>>> {
  const worker = new Worker(program(), { workerData: { stage, folder, recipe, latents } satisfies PrefetchWorkerData })
  const ended = new AbortController()
  worker.once('exit', code => ended.abort(new Error(`Its thread ended with code ${code}.`)))
  const nextMessage = async () => {
    try {
      const [message] = await once(worker, 'message', { signal: ended.signal })
      return message
    } catch (cause) {
      throw new Error(`Expected batches of the stage ${stage} from the thread that prepares them.`, { cause })
    }
  }
  const order = (step: number, { state }: Random): Promise<PreparedBatch<BatchOf<Stage>>> => {
    const answer = nextMessage()
    // Whoever takes the batch hears of a failure, not the process while nobody waits.
    answer.catch(() => undefined)
    worker.postMessage({ step, random: state } satisfies BatchRequest)
    return answer
  }

  await nextMessage()
  let prepared: Promise<PreparedBatch<BatchOf<Stage>>> | undefined
  return {
    async take(step, random) {
      const { batch, random: after } = await (prepared ?? order(step, random))
      prepared = undefined
      random.state = after
      return batch
    },
    prepare(step, random) {
      prepared = order(step, random)
    },
    close: () => worker.terminate(),
  }
}

function program(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./prefetchWorker.js', import.meta.url)
  // From source: `--import tsx` reaches no worker of Node 20, so the thread asks for it itself.
  const [tsx, source] = [import.meta.resolve('tsx/esm/api'), new URL('./prefetchWorker.ts', import.meta.url)].map(
    String,
  )
  const code = `import { register } from ${JSON.stringify(tsx)}; register(); await import(${JSON.stringify(source)})`
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`)
}
