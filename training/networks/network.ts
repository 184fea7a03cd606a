import type { Random } from '../../onnx/optim/random.ts'
import type { RecorderOptions } from '../../onnx/tape/recorder.ts'
import { Tape, type Value } from '../../onnx/tape/tape.ts'
import { float32, type Tensor } from '../../onnx/tensor.ts'

/** How a weight begins: all alike, or uniform within ±`within`. */
export type Start = 'zeros' | 'ones' | { readonly within: number }

/** A tape that knows where weights come from. */
export class Network extends Tape {
  readonly #weights: Weights

  constructor(weights: Weights, options: RecorderOptions = {}) {
    super(options)
    this.#weights = weights
  }

  /** A weight beneath the current scope: the one that is there, or a new one. */
  weight(name: string, shape: readonly number[], start: Start): Value {
    return this.parameter(name, this.#weights.tensor(this.path(name), shape, start))
  }
}

/** Where one weight lies in the flat array of all. */
export interface Place {
  readonly name: string
  readonly shape: readonly number[]
  readonly offset: number
  readonly length: number
}

/** All weights of some networks by name, begun where they are first asked for. */
export class Weights {
  readonly #tensors = new Map<string, Tensor>()
  readonly #random: Random | undefined

  /** Without `random`, asking for a weight that is not there is an error. */
  constructor(known: Iterable<readonly [string, Tensor]> = [], random?: Random) {
    for (const [name, tensor] of known) this.#tensors.set(name, tensor)
    this.#random = random
  }

  tensor(name: string, shape: readonly number[], start: Start): Tensor {
    const found = this.#tensors.get(name)
    if (found === undefined) {
      if (!this.#random) throw new Error(`Expected weights for ${name} [${shape.join(', ')}], got none.`)
      const tensor = float32(begin(shape, start, this.#random), shape)
      this.#tensors.set(name, tensor)
      return tensor
    }
    if (found.dims.join() !== shape.join()) {
      throw new Error(`Expected ${name} to be [${shape.join(', ')}], got [${found.dims.join(', ')}].`)
    }
    return found
  }

  /** Takes over the values of all weights that are there as well. */
  take(others: Weights): void {
    for (const [name, { dims, data }] of others.entries()) {
      if (this.#tensors.has(name)) (this.tensor(name, dims, 'zeros').data as Float32Array).set(data as Float32Array)
    }
  }

  entries(): IterableIterator<[string, Tensor]> {
    return this.#tensors.entries()
  }

  /** What is `wanted` in one array, in the order in which it was begun, and where each weight lies in it. */
  flatten(wanted: (name: string) => boolean = () => true): {
    readonly flat: Float32Array
    readonly places: readonly Place[]
  } {
    const places: Place[] = []
    let offset = 0
    for (const [name, { dims, data }] of this.#tensors) {
      if (!wanted(name)) continue
      places.push({ name, shape: dims, offset, length: data.length })
      offset += data.length
    }
    const flat = new Float32Array(offset)
    for (const place of places) flat.set(this.#tensors.get(place.name)!.data as Float32Array, place.offset)
    return { flat, places }
  }
}

/** Each weight as a view of the flat array. */
export function viewsOf(places: readonly Place[], flat: Float32Array): Map<string, Tensor> {
  return new Map(
    places.map(({ name, shape, offset, length }) => [name, float32(flat.subarray(offset, offset + length), shape)]),
  )
}

function begin(shape: readonly number[], start: Start, random: Random): Float32Array {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1))
  if (start === 'zeros') return values
  if (start === 'ones') return values.fill(1)
  return values.map(() => random.between(-start.within, start.within))
}
