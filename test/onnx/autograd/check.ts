/** The slow truth: derivatives along a random direction by central differences of the graph itself. */

import { gradients } from '../../../onnx/autograd/backward.ts'
import { createSession } from '../../../onnx/session.ts'
import { Tape, type Value } from '../../../onnx/tape/tape.ts'
import type { Case } from './cases.ts'

/** Seeded, so that a failure replays (Mulberry32, Tommy Ettinger). */
export function randomNumbers(seed: number): (length: number, range?: readonly [number, number]) => Float32Array {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return (length, [low, high] = [-1, 1]) => Float32Array.from({ length }, () => low + (high - low) * next())
}

const size = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1)
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!
  return sum
}

export interface Difference {
  readonly input: string
  readonly analytic: number
  readonly numeric: number
  /** Of the two, relative to the largest derivative that a direction of this length could have. */
  readonly error: number
}

/** Σ w·y for fixed random w, differentiated for each input along one random direction. */
export async function differences(subject: Case, seed = 1): Promise<Difference[]> {
  const random = randomNumbers(seed)
  const t = new Tape(subject.opset === undefined ? {} : { opset: subject.opset })
  const inputs = subject.shapes.map((shape, at) => t.input(`x${at}`, 'float32', shape))
  const y = subject.build(t, ...inputs)
  const forward = await createSession(t.encode({ y }))
  const seedValue = t.input('dy', 'float32', y.shape)
  const grads = gradients(t, y, inputs, { seed: seedValue })
  const outputs = Object.fromEntries([...grads].map(([name, value]) => [`${name}_grad`, value] as [string, Value]))
  const backward = await createSession(t.encode(outputs))

  const dims = y.shape as number[]
  const dy = random(size(dims))
  const feeds = Object.fromEntries(
    subject.shapes.map((dims, at) => {
      const data = subject.spaced ? spaced(size(dims), at, random) : random(size(dims), subject.range)
      return [`x${at}`, { dtype: 'float32' as const, dims, data }]
    }),
  )
  const results = await backward.run({ ...feeds, dy: { dtype: 'float32', dims, data: dy } })

  const found: Difference[] = []
  for (const [at, shape] of subject.shapes.entries()) {
    const name = `x${at}`
    const direction = random(size(shape))
    const along = async (step: number) => {
      const data = feeds[name]!.data.map((element, index) => element + step * direction[index]!)
      const moved = await forward.run({ ...feeds, [name]: { dtype: 'float32', dims: shape, data } })
      return dot(moved['y']!.data as Float32Array, dy)
    }
    const central = async (step: number) => ((await along(step)) - (await along(-step))) / (2 * step)
    // Richardson: the error of the second order cancels, so that the step can stay far above float32's noise.
    const numeric = (4 * (await central(step / 2)) - (await central(step))) / 3
    const gradient = results[`${name}_grad`]!.data as Float32Array
    const analytic = dot(gradient, direction)
    const scale = Math.sqrt(dot(gradient, gradient) * dot(direction, direction)) + 1e-3
    found.push({ input: name, analytic, numeric, error: Math.abs(analytic - numeric) / scale })
  }
  await forward.release()
  await backward.release()
  return found
}

const step = 0.01

/** Numbers from −1 to 1 in random order, no two of them within two steps, nor any within a step of a round number. */
function spaced(length: number, input: number, random: (length: number) => Float32Array): Float32Array {
  const order = [...random(length).entries()].sort((a, b) => a[1] - b[1]).map(([at]) => at)
  return Float32Array.from(order, at => ((at + 0.5) / length) * 2 - 1 + 0.013 + (0.6 * input) / length)
}
