import { embedGuidance } from '../../engine/diffusion/guidance.ts'
import { overSession, type Releasable } from '../../onnx/optim/releasable.ts'
import { sessionOptions } from '../../onnx/optim/sessionOptions.ts'
import { createSession, type Session } from '../../onnx/session.ts'
import { float32, int64, type Tensor } from '../../onnx/tensor.ts'
import { weightFeeds } from '../loop/trainable.ts'
import { Network, type Place, type Weights } from '../networks/network.ts'
import { textEncoder } from '../networks/textEncoder.ts'
import { unet } from '../networks/unet.ts'
import { spatialFactorOf } from '../networks/vae.ts'
import { rgbOf } from '../workspace/pictures.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { latentStatistics, openPlaneDecoder } from './autoencoder.ts'

/** v for a batch of noisy latents (B, C, h, w) at their timesteps, with their prompt embeddings (B, L, size). */
export interface Denoiser extends Releasable {
  predict(
    sample: Float32Array,
    timesteps: readonly number[],
    context: Float32Array,
    omegas?: readonly number[],
  ): Promise<Float32Array>
}

/** The UNet forward, its weights inside. */
export async function openDenoiser(workspace: Workspace, weights: Weights, guidanceSize: number): Promise<Denoiser> {
  const n = new Network(weights)
  const session = await createSession(recordDenoiser(n, workspace, guidanceSize), sessionOptions(workspace.threads))
  return denoiser(session, workspace, guidanceSize, {})
}

/** The UNet forward over weights that go on changing: it reads the flat array at every call. */
export async function followDenoiser(
  workspace: Workspace,
  weights: Weights,
  { places, flat }: { readonly places: readonly Place[]; readonly flat: Float32Array },
  guidanceSize: number,
): Promise<Denoiser> {
  const n = new Network(weights, { trainable: () => true })
  const session = await createSession(recordDenoiser(n, workspace, guidanceSize), sessionOptions(workspace.threads))
  return denoiser(session, workspace, guidanceSize, weightFeeds(places, flat))
}

function recordDenoiser(n: Network, { recipe }: Workspace, guidanceSize: number): Uint8Array {
  const { sampleSize, channels, contextSize } = recipe.unet
  const inputs = {
    sample: n.input('sample', 'float32', ['batch', channels, sampleSize, sampleSize]),
    timestep: n.input('timestep', 'int64', ['batch']),
    context: n.input('encoder_hidden_states', 'float32', ['batch', recipe.text.length, contextSize]),
    ...(guidanceSize > 0 ? { guidance: n.input('timestep_cond', 'float32', ['batch', guidanceSize]) } : {}),
  }
  return n.encode({ out_sample: unet(n, inputs, { ...recipe.unet, guidanceSize }) })
}

function denoiser(
  session: Session,
  { recipe }: Workspace,
  guidanceSize: number,
  weights: Record<string, Tensor>,
): Denoiser {
  const { sampleSize, channels, contextSize } = recipe.unet
  return {
    async predict(sample, timesteps, context, omegas) {
      const batch = timesteps.length
      const feeds: Record<string, Tensor> = {
        ...weights,
        sample: float32(sample, [batch, channels, sampleSize, sampleSize]),
        timestep: int64(timesteps),
        encoder_hidden_states: float32(context, [batch, recipe.text.length, contextSize]),
      }
      if (guidanceSize > 0) feeds['timestep_cond'] = float32(guidanceRows(omegas!, guidanceSize), [batch, guidanceSize])
      return (await session.run(feeds))['out_sample']!.data as Float32Array
    },
    release: () => session.release(),
  }
}

/** One row for each ω. */
export function guidanceRows(omegas: readonly number[], size: number): Float32Array {
  const rows = new Float32Array(omegas.length * size)
  for (const [index, omega] of omegas.entries()) rows.set(embedGuidance(omega + 1, size), index * size)
  return rows
}

/** Tokens of captions (B, L) → rows for every token, (B, L, size). */
export async function openTextEncoder(
  workspace: Workspace,
  weights: Weights,
): Promise<Releasable & ((tokens: Tensor) => Promise<Float32Array>)> {
  const { text } = workspace.recipe
  const n = new Network(weights)
  const ids = n.input('input_ids', 'int64', ['batch', text.length])
  const session = await createSession(
    n.encode({ last_hidden_state: textEncoder(n, ids, text) }),
    sessionOptions(workspace.threads),
  )
  return overSession(
    async (tokens: Tensor) => (await session.run({ input_ids: tokens }))['last_hidden_state']!.data as Float32Array,
    session,
  )
}

/** Latents as the UNet sees them (B, C, h, w) → pictures as RGB bytes. */
export async function openDecoder(
  workspace: Workspace,
): Promise<Releasable & ((latents: Float32Array) => Promise<Uint8Array[]>)> {
  const { size } = workspace.recipe.pictures
  const area = (size / spatialFactorOf(workspace.recipe.vae)) ** 2
  const { mean, deviation } = latentStatistics(workspace)
  const decode = await openPlaneDecoder(workspace)
  return overSession(async (latents: Float32Array) => {
    const planes = await decode(
      latents.map((value, at) => {
        const channel = Math.floor(at / area) % mean.length
        return value * deviation[channel]! + mean[channel]!
      }),
    )
    const length = 3 * size * size
    return Array.from({ length: planes.length / length }, (_, at) =>
      rgbOf(planes.subarray(at * length, (at + 1) * length), size),
    )
  }, decode)
}
