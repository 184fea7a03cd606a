/** What is computed next: requests of one kind, of as many pictures as fit into one call of a network. */

import type { LatentSize, Pipeline, Row } from '../pipeline/pipeline.ts'
import { pieces } from '../pipeline/rows.ts'
import type { StepRequest, StepResult } from '../pipeline/stepRequests.ts'
import { answerTexture } from '../pipeline/textures.ts'
import type { Priority } from '../types/engine.ts'
import { rankOf } from './queue.ts'

/** A picture with a slot, and what it needs to go on. */
export interface Candidate {
  readonly priority: Priority
  readonly step: StepRequest
}

/** Finish first, then begin, then step. */
const urgency = {
  picture: 0,
  texture: 0,
  stepped: 0,
  promptEmbeds: 1,
  latents: 1,
  prediction: 2,
} satisfies Record<StepRequest['type'], number>

/** What a network answers for one picture at a time. */
const isAlone: Partial<Record<StepRequest['type'], true>> = { promptEmbeds: true, latents: true, texture: true }

/**
 * Who shares the next call, led by the best priority; as many rows as `limitOf` allows at the size of their pictures,
 * unless one picture has more.
 */
export function nextCall<C extends Candidate>(candidates: readonly C[], limitOf: (step: StepRequest) => number): C[] {
  const [leader] = [...candidates].sort((a, b) => rankOf(a) - rankOf(b) || urgency[a.step.type] - urgency[b.step.type])
  if (!leader) return []
  if (isAlone[leader.step.type]) return [leader]
  const kind = kindOf(leader.step)
  // Background work does not ride along: on a CPU every row costs its time.
  const isAlike = (other: C) => other !== leader && rankOf(other) === rankOf(leader) && kindOf(other.step) === kind
  const limit = limitOf(leader.step)
  const together = [leader]
  let rows = rowCount(leader.step)
  for (const other of candidates.filter(isAlike)) {
    if (rows + rowCount(other.step) > limit) continue
    together.push(other)
    rows += rowCount(other.step)
  }
  return together
}

/** Rows of the network that answers: several where regions or classifier-free guidance have rows of their own. */
export function rowCount(step: StepRequest): number {
  return step.type === 'prediction' ? step.rows.length : 1
}

/** Requests of one kind share a call: the same network at the same size. */
function kindOf(step: StepRequest): string {
  const network = 'autoencoder' in step ? `${step.type} ${step.autoencoder}` : step.type
  return 'size' in step ? `${network} ${step.size.width}×${step.size.height}` : network
}

/** Answers requests of one kind by one call, or pictures on a CPU by one each; `batchSizes`: those that the device has been warmed up for. */
export async function computeCall(
  pipeline: Pipeline,
  steps: readonly StepRequest[],
  batchSizes: readonly number[],
): Promise<readonly StepResult[]> {
  const [first] = steps
  const alike = <T extends StepRequest['type']>(type: T) =>
    steps.filter((step): step is Extract<StepRequest, { type: T }> => step.type === type)
  switch (first!.type) {
    case 'promptEmbeds':
      return [await pipeline.encodePrompt(first!.prompt)]
    case 'latents':
      return [await pipeline.encodePicture(first!.picture, first!.noise, first!)]
    case 'prediction': {
      const predictions = alike('prediction')
      const rows = predictions.flatMap(step => step.rows)
      const outputs = await predict(pipeline, rows, first!.size, batchSizes)
      return pieces(outputs, predictions.map(rowCount))
    }
    case 'picture': {
      const latents = alike('picture').map(step => step.latents)
      // A CPU decodes one after the other sooner, and in the memory of one.
      const batch = takesAnySize(pipeline) ? 1 : filledSize(latents.length, batchSizes)
      return pipeline.decode(latents, first!.size, batch, first!.autoencoder)
    }
    case 'texture':
      return [await answerTexture(pipeline, first!)]
    case 'stepped':
      throw new Error('Expected a request that a network answers, got "stepped"')
    default:
      throw new Error(`Unknown request: ${first satisfies undefined}`)
  }
}

/** As few calls as the device's largest batch allows: one picture alone may have more rows than that. */
async function predict(
  pipeline: Pipeline,
  rows: readonly Row[],
  size: LatentSize,
  batchSizes: readonly number[],
): Promise<Float32Array[]> {
  const most = batchSizes.at(-1)!
  const outputs: Float32Array[] = []
  for (let start = 0; start < rows.length; start += most) {
    const some = rows.slice(start, start + most)
    const batch = takesAnySize(pipeline) ? some.length : filledSize(some.length, batchSizes)
    outputs.push(...(await pipeline.predict(some, size, batch)))
  }
  return outputs
}

/** A CPU computes as many rows as there are; for other devices each number of rows is another program to compile. */
const takesAnySize = ({ device, folder }: Pipeline): boolean => device === 'cpu' && !folder.fixedShape

/** The least of these sizes that holds so many rows. */
const filledSize = (rows: number, batchSizes: readonly number[]): number =>
  batchSizes.find(size => size >= rows) ?? rows
