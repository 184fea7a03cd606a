/** What is computed next: requests of one kind, of as many pictures as fit into one call of a network. */
import type { StepRequest, StepResult } from '../pipeline/paint.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
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
  stepped: 0,
  promptEmbeds: 1,
  latents: 1,
  prediction: 2,
} satisfies Record<StepRequest['type'], number>

/** Who shares the next call, led by the best priority; at most `limit`. */
export function nextCall<C extends Candidate>(candidates: readonly C[], limit: number): C[] {
  const [leader] = [...candidates].sort((a, b) => rankOf(a) - rankOf(b) || urgency[a.step.type] - urgency[b.step.type])
  if (!leader) return []
  if (leader.step.type === 'promptEmbeds' || leader.step.type === 'latents') return [leader]
  const kind = kindOf(leader.step)
  // Background work does not ride along: on a CPU every row costs its time.
  const isAlike = (other: C) => other !== leader && rankOf(other) === rankOf(leader) && kindOf(other.step) === kind
  return [leader, ...candidates.filter(isAlike)].slice(0, limit)
}

/** Requests of one kind share a call: the same network at the same size. */
function kindOf(step: StepRequest): string {
  return 'size' in step ? `${step.type} ${step.size.width}×${step.size.height}` : step.type
}

/** Answers requests of one kind by one call; `batchSizes`: those that the device has been warmed up for. */
export async function computeCall(
  pipeline: Pipeline,
  steps: readonly StepRequest[],
  batchSizes: readonly number[],
): Promise<readonly StepResult[]> {
  const [first] = steps
  const batch = batchSizes.find(size => size >= steps.length) ?? steps.length
  const alike = <T extends StepRequest['type']>(type: T) =>
    steps.filter((step): step is Extract<StepRequest, { type: T }> => step.type === type)
  switch (first!.type) {
    case 'promptEmbeds':
      return [await pipeline.encodePrompt(first!.prompt)]
    case 'latents':
      return [await pipeline.encodePicture(first!.picture, first!.noise)]
    case 'prediction': {
      const rows = alike('prediction').map(({ row }) => row)
      return pipeline.predict(rows, first!.size, batch)
    }
    case 'picture': {
      const latents = alike('picture').map(step => step.latents)
      return pipeline.decode(latents, first!.size, batch)
    }
    case 'stepped':
      throw new Error('Expected a request that a network answers, got "stepped"')
    default:
      throw new Error(`Unknown request: ${first satisfies undefined}`)
  }
}
