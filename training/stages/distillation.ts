import type { Random } from '../../onnx/optim/random.ts'
import { float32, int64, type Tensor } from '../../onnx/tensor.ts'
import { ownTokenizer, tokensOf } from '../workspace/captions.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { BatchOf } from './batches.ts'
import { guidanceRows, openDenoiser, openTextEncoder } from './denoiser.ts'
import { openLatents } from './latents.ts'
import { openPrefetcher } from './prefetcher.ts'
import { guidedV } from './student.ts'
import { trainedTeacher } from './teacher.ts'

/** Noisy latents z (B, C, h, w) at the timesteps `from`, with ω, prompt embeddings (B, L, size), and the teacher. */
export interface DistillationBatch extends Pick<BatchOf<'lcd'>, 'z' | 'from' | 'omegas'> {
  readonly context: Float32Array
  /** v of the guided teacher; guided only at timesteps in [first, end). */
  teacherV(guidedBetween: readonly [first: number, end: number]): ReturnType<typeof guidedV>
}

/** What both stages of distillation begin with: the trained teacher, batches for it, and a student's feeds. */
export async function openDistillation(workspace: Workspace) {
  const { recipe } = workspace
  const { batch, guidanceSize } = recipe.lcd
  const tokenizer = await ownTokenizer(workspace)
  const latents = await openLatents(workspace)
  const shape = [batch, ...latents.shape]
  const teacherWeights = trainedTeacher(workspace)
  const teacher = await openDenoiser(workspace, teacherWeights, 0)
  const encodePrompts = await openTextEncoder(workspace, teacherWeights)
  const nothing = await encodePrompts(tokensOf(tokenizer, ['']))
  const batches = await openPrefetcher('lcd', workspace, latents)

  return {
    ...{ tokenizer, latents, shape, teacherWeights },
    /** The batch of a step; `random` goes on from where making it left off. */
    async take(step: number, random: Random): Promise<DistillationBatch> {
      const { tokens, z, from, omegas } = await batches.take(step, random)
      const context = await encodePrompts(tokens)
      return {
        ...{ z, from, omegas, context },
        teacherV: guidedBetween => guidedV(teacher, { omegas, context, nothing }, guidedBetween),
      }
    },
    prepare: batches.prepare,
    /** What the graph of a student takes, and what it is compared with, (B, C, h, w). */
    feeds({ z, from, omegas, context }: DistillationBatch, target: Float32Array): Record<string, Tensor> {
      return {
        sample: float32(z, shape),
        timestep: int64(from),
        encoder_hidden_states: float32(context, [batch, recipe.text.length, recipe.text.size]),
        timestep_cond: float32(guidanceRows(omegas, guidanceSize), [batch, guidanceSize]),
        target: float32(target, shape),
      }
    },
    async release(): Promise<void> {
      await batches.close()
      for (const opened of [teacher, encodePrompts]) await opened.release()
    },
  }
}
