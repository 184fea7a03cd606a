/**
 * Memory for time: results of the forward pass that are not kept are computed again from those that are, when the
 * backward pass comes by (gradient checkpointing, Chen et al. 2016).
 *
 * Plain copies of nodes would do nothing: runtimes merge equal subgraphs, and where they are told not to they run the
 * copies early. So a copy starts from `kept + zero · dy`, where `zero` is an input of the graph that is fed 0: no
 * optimiser can know that, and nothing can run before the gradient `dy` is there. It also waits for the weight gradients
 * before it: onnxruntime runs leaves of the graph in an order of its own, and would hold all they are made of till then.
 */
import type { Node } from '../model.ts'
import type { Tape, Value } from '../tape/tape.ts'

export interface RecomputeOptions {
  /** A float32 input of the graph without axes, fed 0 on every run. */
  readonly zero: Value
  /** Whether the result of a node stays in memory from the forward to the backward pass. */
  readonly isSaved: (result: Value, node: Node) => boolean
}

/** Operators that cost a pass over their elements and no more: keeping what they are made of is enough. */
const cheapOperators = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Neg',
  'Sigmoid',
  'Tanh',
  'Erf',
  'Relu',
  'Exp',
  'Cast',
  'Clip',
  'Where',
  'Pow',
  'Reshape',
  'Unsqueeze',
  'Squeeze',
  'Identity',
  'Split',
  'Slice',
])

/** Keeps what is dear: products, convolutions, normalisations. Activations and affine maps are recomputed. */
export const keepDear = (_result: Value, node: Node): boolean => !cheapOperators.has(node.op)

/** Keeps only the named values, such as the results of blocks, and recomputes everything between them. */
export function saveOnly(names: Iterable<string>): RecomputeOptions['isSaved'] {
  const saved = new Set(names)
  return result => saved.has(result.name)
}

export interface Recomputed {
  /** The value of the forward pass by that name, or its copy, recorded now if it was not before. */
  value(name: string, dy: Value): Value
  /** The name that a copy has in the forward pass. */
  original(name: string): string
  /** The gradient of a weight: what is recomputed after it waits for it, so that it cannot be put off to the end. */
  finish(gradient: Value): void
}

export function recompute(t: Tape, nodes: readonly Node[], { zero, isSaved }: RecomputeOptions): Recomputed {
  const producers = new Map(nodes.flatMap(node => node.outputs.map(name => [name, node] as const)))
  const copies = new Map<string, Value>()
  const originals = new Map<string, string>()
  const finished: Value[] = []

  let guard: { readonly dy: string; readonly value: Value } | undefined

  /** zero · (dy + the gradients that were finished since the last guard), each by its first element. */
  const guardAfter = (dy: Value): Value => {
    if (guard?.dy === dy.name && finished.length === 0) return guard.value
    const firsts = [dy, ...finished.splice(0)].map(each => t.reshape(t.slice(t.reshape(each, [-1]), [0], [1], [0]), []))
    guard = {
      dy: dy.name,
      value: t.mul(
        firsts.reduce((sum, first) => t.add(sum, first)),
        zero,
      ),
    }
    return guard.value
  }

  const guarded = (value: Value, dy: Value): Value => {
    // Weights are there all the time, and integers cannot carry the guard.
    const isWeight = t.parameters.has(value.name) || t.initializers.has(value.name)
    if (isWeight || value.dtype !== zero.dtype || dy.dtype !== zero.dtype) return value
    return t.add(value, guardAfter(dy))
  }

  const copy = (name: string, dy: Value): Value => {
    const known = copies.get(name)
    if (known !== undefined) return known
    const value = t.value(name)
    const node = producers.get(name)
    if (node === undefined || isSaved(value, node)) return remember(name, guarded(value, dy))
    const inputs = node.inputs.map(each => (each === '' ? undefined : copy(each, dy)))
    // What depends on weights and integers alone is there anyway.
    if (inputs.every((input, at) => input === undefined || input.name === node.inputs[at])) return remember(name, value)
    const results = t.record(node.op, inputs, node.attributes, {
      domain: node.domain,
      outputs: node.outputs.length,
      types: node.outputs.map(output => t.value(output)),
    })
    for (const [at, output] of node.outputs.entries()) remember(output, results[at]!)
    return copies.get(name)!
  }

  const remember = (name: string, value: Value): Value => {
    copies.set(name, value)
    if (value.name !== name) originals.set(value.name, name)
    return value
  }

  return {
    value: (name, dy) => {
      const node = producers.get(name)
      // A kept value is used as it is; only copies start from its guarded form.
      return node === undefined || isSaved(t.value(name), node) ? t.value(name) : copy(name, dy)
    },
    original: name => originals.get(name) ?? name,
    finish: gradient => {
      if (gradient.dtype === zero.dtype) finished.push(gradient)
    },
  }
}
