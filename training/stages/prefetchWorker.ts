import { parentPort, workerData } from 'node:worker_threads'
import { Random } from '../../onnx/optim/random.ts'
import { ownTokenizer } from '../workspace/captions.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { type BatchStage, batches } from './batches.ts'
import type { Latents } from './latents.ts'

/** What the thread is given; the values of the latents lie in memory that is shared with it. */
export interface PrefetchWorkerData extends Pick<Workspace, 'folder' | 'recipe'> {
  readonly stage: BatchStage
  readonly latents: Latents
}
export interface BatchRequest {
  readonly step: number
  readonly random: readonly number[]
}
export interface PreparedBatch<Batch> {
  readonly batch: Batch
  /** The randomness after it. */
  readonly random: readonly number[]
}

/** A thread that makes the batches of a stage; `openAhead` starts it. */
const { stage, folder, recipe, latents } = workerData as PrefetchWorkerData
const port = parentPort!
const tokenizer = await ownTokenizer({ folder, recipe })
port.on('message', ({ step, random: state }: BatchRequest) => {
  const random = Random.restore(state)
  const batch = batches[stage]({ recipe, tokenizer, latents }, step, random)
  port.postMessage({ batch, random: random.state } satisfies PreparedBatch<typeof batch>)
})
port.postMessage('ready')
