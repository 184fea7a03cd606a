/** What the project's own networks, losses and optimizer answer, small and with weights from a seed, for the twin to be compared with. */
import { adamStep, createOptimizerState } from '../../onnx/optim/adam.ts'
import { encodeCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { distance, edgeLoss, pseudoHuber, weightedSquares } from '../../onnx/optim/loss.ts'
import { Random } from '../../onnx/optim/random.ts'
import { sessionOptions } from '../../onnx/optim/sessionOptions.ts'
import { createSession } from '../../onnx/session.ts'
import type { Value } from '../../onnx/tape/tape.ts'
import { float32, int64, type Tensor } from '../../onnx/tensor.ts'
import { openTrainable } from '../../training/loop/trainable.ts'
import { critic } from '../../training/networks/critic.ts'
import { Network, type Place, Weights } from '../../training/networks/network.ts'
import { textEncoder } from '../../training/networks/textEncoder.ts'
import { unet } from '../../training/networks/unet.ts'
import { vaeDecoder, vaeEncoder } from '../../training/networks/vae.ts'
import { minSnrWeight, noiseAt } from '../../training/solvers/diffusion.ts'
import { guidanceRows } from '../../training/stages/denoiser.ts'
import { consistency } from '../../training/stages/lcd.ts'
import { recipes } from '../../training/workspace/recipes.ts'

const { text, lcd } = recipes.quick
const unetConfig = { ...recipes.quick.unet, guidanceSize: lcd.guidanceSize }
const vae = { ...recipes.quick.vae, fineWidth: 8 }
const detailedVae = { ...vae, channels: 12, detailChannels: 4 }
export const configs = { text, unet: unetConfig, vae, detailedVae }
export const timesteps = [999, 259]
export const omegas = [0.5, 6]

/** A step of AdamW with these, for both. */
export const adam = { ...recipes.quick.teacher.adam, warmUp: 1, clip: 0.05 }

/** Name → values, weights under `weights.<network>`, and where each weight lies. */
export interface Answers {
  readonly places: Readonly<Record<string, readonly Place[]>>
  readonly arrays: Readonly<Record<string, Float32Array>>
}

type Feeds = Readonly<Record<string, Tensor>>

export async function answers(): Promise<Answers> {
  const random = new Random(21)
  const normals = (shape: readonly number[]) =>
    float32(random.normals(new Float32Array(shape.reduce((product, size) => product * size, 1))), shape)
  const picture = normals([2, 3, 32, 32])
  const z = normals([2, 8, 4, 4])
  const context = normals([2, 5, unetConfig.contextSize])
  const ids = int64(
    Array.from({ length: 2 * text.length }, () => random.below(text.vocabulary)),
    [2, text.length],
  )
  const guidance = float32(guidanceRows(omegas, lcd.guidanceSize), [2, lcd.guidanceSize])
  const target = normals([2, 8, 4, 4])
  const weight = normals([2, 1, 4, 4])
  const asked = { sample: z, timestep: int64(timesteps, [2]), encoder_hidden_states: context, timestep_cond: guidance }

  const networks: Record<string, { readonly feeds: Feeds; record(n: Network): Record<string, Value> }> = {
    text: {
      feeds: { ids },
      record: n => ({ hidden: textEncoder(n, n.input('ids', 'int64', [2, text.length]), text) }),
    },
    unet: { feeds: asked, record: n => ({ v: recordUnet(n) }) },
    encoder: { feeds: { picture }, record: n => ({ mean: vaeEncoder(n, input(n, 'picture', picture), vae) }) },
    decoder: { feeds: { z }, record: n => ({ decoded: vaeDecoder(n, input(n, 'z', z), vae) }) },
    critic: {
      feeds: { picture },
      record(n) {
        const { scores, features } = critic(n, input(n, 'picture', picture))
        return { scores, feature: features[1]! }
      },
    },
    detailed: { feeds: { picture }, record: n => ({ mean: vaeEncoder(n, input(n, 'picture', picture), detailedVae) }) },
  }
  const places: Record<string, readonly Place[]> = {}
  const arrays: Record<string, Float32Array> = {}
  const keep = (name: string, tensor: Tensor) => {
    arrays[name] = Float32Array.from(tensor.data as Float32Array | BigInt64Array, Number)
  }
  for (const [name, tensor] of Object.entries({ picture, z, context, ids, guidance, target, weight }))
    keep(`input.${name}`, tensor)

  const weightsOf: Record<string, Weights> = {}
  for (const [name, { feeds, record }] of Object.entries(networks)) {
    const weights = stirred(record, random)
    weightsOf[name] = weights
    const found = weights.flatten()
    places[name] = found.places
    arrays[`weights.${name}`] = found.flat
    const n = new Network(weights)
    const session = await createSession(n.encode(record(n)), sessionOptions(1))
    for (const [output, tensor] of Object.entries(await session.run(feeds))) keep(`${name}.${output}`, tensor)
    await session.release()
  }

  // One step of the teacher's loss: the gradient, and the weights and their average after it.
  const trainable = await openTrainable(
    weightsOf['unet']!,
    n => weightedSquares(n, recordUnet(n), input(n, 'target', target), input(n, 'weight', weight)),
    { threads: 1 },
  )
  const { loss, gradients } = await trainable.gradients({ ...asked, target, weight })
  arrays['step.loss'] = Float32Array.of(loss)
  const state = createOptimizerState(arrays['weights.unet']!)
  for (const { offset, values } of gradients) state.gradient.set(values, offset)
  arrays['step.gradient'] = state.gradient.slice()
  adamStep(state, [{ offset: 0, values: state.gradient }], 0, adam)
  arrays['step.weights'] = state.weights.slice()
  arrays['step.average'] = state.average.slice()
  await trainable.release()

  const losses = new Network(new Weights())
  const a = input(losses, 'a', picture)
  const b = losses.mul(a, 0.5)
  const session = await createSession(
    losses.encode({
      huber: pseudoHuber(losses, a, b, 0.01),
      edge: edgeLoss(losses, a, b, 0.01),
      l2: distance(losses, a, b, 'l2'),
    }),
    sessionOptions(1),
  )
  for (const [name, tensor] of Object.entries(await session.run({ a: picture }))) keep(`loss.${name}`, tensor)
  await session.release()

  const levels = timesteps.map(noiseAt)
  arrays['diffusion.noised'] = (z.data as Float32Array).map((value, at) => {
    const { alpha, sigma } = levels[Math.floor(at / (8 * 16))]!
    return alpha * value + sigma * (target.data as Float32Array)[at]!
  })
  arrays['diffusion.consistency'] = consistency(z.data as Float32Array, target.data as Float32Array, timesteps)
  arrays['diffusion.snr'] = Float32Array.from([...timesteps, 19], t => minSnrWeight(t, { gamma: 5, floor: 0.3 }))
  return { places, arrays }

  function recordUnet(n: Network): Value {
    const sample = input(n, 'sample', z)
    const timestep = n.input('timestep', 'int64', [2])
    return unet(
      n,
      {
        sample,
        timestep,
        context: input(n, 'encoder_hidden_states', context),
        guidance: input(n, 'timestep_cond', guidance),
      },
      unetConfig,
    )
  }
}

const input = (n: Network, name: string, { dims }: Tensor) => n.input(name, 'float32', dims)

/** New weights, none of them left at zero, so that nothing hides behind one. */
function stirred(record: (n: Network) => unknown, random: Random): Weights {
  const weights = new Weights([], random)
  record(new Network(weights))
  for (const [, { data }] of weights.entries()) {
    const values = data as Float32Array
    const noise = random.normals(new Float32Array(values.length))
    for (let at = 0; at < values.length; at++) values[at]! += 0.03 * noise[at]!
  }
  return weights
}

/** As a checkpoint, which the twin reads. */
export const encodeAnswers = ({ places, arrays }: Answers): Uint8Array =>
  encodeCheckpoint({ record: { places, configs, timesteps, omegas, adam }, arrays })
