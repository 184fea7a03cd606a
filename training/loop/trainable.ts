import { gradients } from '../../onnx/autograd/backward.ts'
import { createOptimizerState, type Gradient, type OptimizerState } from '../../onnx/optim/adam.ts'
import { sessionOptions } from '../../onnx/optim/sessionOptions.ts'
import { createSession, type Session } from '../../onnx/session.ts'
import type { Value } from '../../onnx/tape/tape.ts'
import { float32, type Tensor } from '../../onnx/tensor.ts'
import { Network, type Place, type Weights } from '../networks/network.ts'

/** A loss as a graph, its gradients with it, and the weights that it is a function of. */
export interface Trainable {
  readonly places: readonly Place[]
  readonly optimizerState: OptimizerState
  /** Loss and gradients at the present weights; the gradients are good until the next call. */
  gradients(
    feeds: Readonly<Record<string, Tensor>>,
  ): Promise<{ readonly loss: number; readonly gradients: readonly Gradient[] }>
  release(): Promise<void>
}

/** A loss, and the weights that it trains: those that it is about, in networks that learn against each other. */
export interface Objective {
  readonly loss: Value
  readonly trains: (name: string) => boolean
}

/**
 * Records a network and its loss once. Weights that `trains` leaves out stay what they are. Of several objectives the
 * first one's loss is reported.
 */
export async function openTrainable(
  weights: Weights,
  recordLoss: (n: Network) => Value | readonly Objective[],
  { threads, trains = () => true }: { readonly threads: number; readonly trains?: (name: string) => boolean },
): Promise<Trainable> {
  const n = new Network(weights, { trainable: trains })
  const recorded = recordLoss(n)
  const objectives = 'length' in recorded ? recorded : [{ loss: recorded, trains }]
  const { loss } = objectives[0]!
  const { flat, places } = weights.flatten(trains)
  const names = places.map(({ name }) => name)
  const outputs = Object.fromEntries(
    objectives
      .flatMap(objective => [...gradients(n, objective.loss, names.filter(objective.trains))])
      .map(([name, value]) => [`${name}_grad`, value]),
  )
  // Without the memory pattern a training graph needs half the memory and no more time.
  const session: Session = await createSession(n.encode({ loss, ...outputs }), sessionOptions(threads))
  const optimizerState = createOptimizerState(flat)
  const { gradient } = optimizerState
  const feedsOfWeights = weightFeeds(places, optimizerState.weights)
  // Gradients go where they went before: fresh memory for all of them in every step costs time, and more of it.
  const receivers: Record<string, Tensor> = { loss: float32(new Float32Array(1), []) }
  for (const [name, tensor] of Object.entries(weightFeeds(places, gradient))) receivers[`${name}_grad`] = tensor
  const found = places.map(({ offset, length }) => ({ offset, values: gradient.subarray(offset, offset + length) }))
  return {
    places,
    optimizerState,
    async gradients(feeds) {
      const results = await session.run({ ...feeds, ...feedsOfWeights }, receivers)
      return { loss: (results['loss']!.data as Float32Array)[0]!, gradients: found }
    },
    release: () => session.release(),
  }
}

/** Views of a flat array as inputs of a graph, or as what it writes into: array and graph always see the same. */
export function weightFeeds(places: readonly Place[], flat: Float32Array): Record<string, Tensor> {
  return Object.fromEntries(
    places.map(({ name, shape, offset, length }) => [name, float32(flat.subarray(offset, offset + length), shape)]),
  )
}
