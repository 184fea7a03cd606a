/**
 * Reverse-mode differentiation, from graph to graph: walks a tape backwards and records, for every node between the
 * wanted values and the loss, what its rule says. The result is an ordinary ONNX graph of standard operators.
 *
 * ```ts
 * const grads = gradients(t, loss, [w, b])
 * const bytes = t.encode({ loss, w_grad: grads.get('w')!, b_grad: grads.get('b')! })
 * ```
 */
import { broadcast, shown } from '../dimensions.ts'
import { type Node, operatorOf, type Shape } from '../model.ts'
import type { Tape, Value } from '../tape/tape.ts'
import type { DataType } from '../tensor.ts'
import { type Recomputed, type RecomputeOptions, recompute } from './recompute.ts'
import { rules } from './rules/index.ts'
import type { Gradient, Rule, Step } from './rules/rule.ts'

export interface GradientOptions {
  /** dLoss/dy of the value to differentiate, where that is not one number: its shape and type, any value of the tape. */
  readonly seed?: Value
  /** Keep less of the forward pass in memory and compute it again. */
  readonly recompute?: RecomputeOptions
}

/** d loss / d value for each of `wanted`, by name. Records the backward pass on the tape, beneath `/backward`. */
export function gradients(
  t: Tape,
  loss: Value | string,
  wanted: readonly (Value | string)[],
  options: GradientOptions = {},
): Map<string, Value> {
  return t.scope('backward', () => recordBackward(t, loss, wanted, options))
}

function recordBackward(
  t: Tape,
  loss: Value | string,
  wanted: readonly (Value | string)[],
  options: GradientOptions,
): Map<string, Value> {
  const target = t.value(typeof loss === 'string' ? loss : loss.name)
  const names = wanted.map(value => (typeof value === 'string' ? value : value.name))
  const forward = [...t.nodes]
  const needed = dependents(t, forward, names)
  const received = new Map([[target.name, [seedOf(t, target, options.seed)]]])
  const consumers = consumersOf(forward)
  const producers = new Map(forward.flatMap(node => node.outputs.map(name => [name, node] as const)))

  const again = options.recompute && recompute(t, forward, options.recompute)

  // Several gradients of one value are added as soon as the last of them is there.
  const gradientOf = (name: string): Value | undefined => {
    const parts = received.get(name)
    if (parts === undefined) return undefined
    const sum = parts.reduce((total, part) => t.add(total, part))
    received.set(name, [sum])
    return sum
  }

  for (const node of forward.toReversed()) {
    if (!node.outputs.some(name => received.has(name))) continue
    if (!node.inputs.some(name => needed.has(name))) continue
    t.scope(node.name.replace(/^\//, ''), () => {
      const found = applyRule(t, node, { gradientOf, consumers, producers, wanted: names, again })
      for (const [at, gradient] of found.entries()) {
        const name = node.inputs[at]!
        if (gradient === null || !needed.has(name)) continue
        const value = typeof gradient === 'function' ? inNode(node, () => gradient()) : gradient
        const parts = received.get(name)
        const fitting = inNode(node, () => fitted(t, value, t.value(name)))
        if (t.parameters.has(name)) again?.finish(fitting)
        if (parts === undefined) received.set(name, [fitting])
        else parts.push(fitting)
      }
    })
  }

  return new Map(
    names.map(name => {
      const gradient = gradientOf(name)
      if (gradient === undefined) {
        throw new Error(`"${target.name}" does not depend on "${name}"; leave it out of what is differentiated`)
      }
      return [name, gradient]
    }),
  )
}

/** Values that numbers of which a derivative can be taken lie in. */
const differentiable = new Set<DataType>(['float32', 'float16', 'float64', 'bfloat16'])

/** Everything that is computed from the wanted values: only there gradients are of use. */
function dependents(t: Tape, nodes: readonly Node[], wanted: readonly string[]): ReadonlySet<string> {
  const found = new Set(wanted.map(name => t.value(name).name))
  for (const node of nodes) {
    if (!node.inputs.some(name => found.has(name))) continue
    for (const name of node.outputs) {
      if (name !== '' && differentiable.has(t.value(name).dtype)) found.add(name)
    }
  }
  return found
}

function consumersOf(nodes: readonly Node[]): ReadonlyMap<string, readonly Node[]> {
  const found = new Map<string, Node[]>()
  for (const node of nodes) {
    for (const name of node.inputs) {
      const list = found.get(name)
      if (list === undefined) found.set(name, [node])
      else list.push(node)
    }
  }
  return found
}

function seedOf(t: Tape, target: Value, seed: Value | undefined): Value {
  if (seed === undefined) {
    if (target.shape.some(size => size !== 1)) {
      throw new RangeError(
        `Expected a loss of one number, got "${target.name}" ${shown(target.shape)}; reduce it, or pass a \`seed\` of its shape`,
      )
    }
    return t.ones(target.shape, target.dtype)
  }
  if (!isSame(seed.shape, target.shape) || seed.dtype !== target.dtype) {
    throw new TypeError(
      `Expected a seed like "${target.name}" (${target.dtype} ${shown(target.shape)}), got ${seed.dtype} ${shown(seed.shape)}`,
    )
  }
  return seed
}

interface Walked {
  gradientOf(name: string): Value | undefined
  readonly consumers: ReadonlyMap<string, readonly Node[]>
  readonly producers: ReadonlyMap<string, Node>
  readonly wanted: readonly string[]
  readonly again: Recomputed | undefined
}

function applyRule(t: Tape, node: Node, walked: Walked): readonly Gradient[] {
  const { gradientOf, consumers, producers, wanted, again } = walked
  const rule = ruleOf(node)
  const dy = node.outputs.map(gradientOf)
  const first = dy.find(gradient => gradient !== undefined)!
  const present = (name: string) => again?.value(name, first) ?? t.value(name)
  const original = (value: Value) => again?.original(value.name) ?? value.name
  const step: Step = {
    node,
    x: node.inputs.map(name => (name === '' ? undefined : present(name))),
    y: node.outputs.map(present),
    dy,
    consumers: value => consumers.get(original(value)) ?? [],
    producer: value => producers.get(original(value)),
    isWanted: value => wanted.includes(original(value)),
    gradientOf,
    valueOf: present,
  }
  return inNode(node, () => rule(t, step))
}

function ruleOf(node: Node): Rule {
  const rule = rules[operatorOf(node)]
  if (rule !== undefined) return rule
  throw new Error(
    `No gradient rule for ${operatorOf(node)} "${node.name}". Decompose the model first ` +
      '(onnx/tape/decompositions.ts), or add the rule to its family in onnx/autograd/rules/',
  )
}

/** The gradient in the shape of its input: summed over the axes along which the input was broadcast. */
function fitted(t: Tape, gradient: Value, x: Value): Value {
  if (gradient.dtype !== x.dtype) {
    throw new TypeError(`the gradient of "${x.name}" is ${gradient.dtype}, the value itself ${x.dtype}`)
  }
  if (isSame(gradient.shape, x.shape)) return gradient
  if (!isSame(broadcast(gradient.shape, x.shape), gradient.shape)) {
    throw new RangeError(`the gradient of "${x.name}" ${shown(x.shape)} has the shape ${shown(gradient.shape)}`)
  }
  const added = gradient.shape.length - x.shape.length
  const axes = [...gradient.shape.keys()].filter(
    axis => axis < added || (x.shape[axis - added] === 1 && gradient.shape[axis] !== 1),
  )
  // Sums over the last axes come first: they are read line by line, and rules may have recorded them already.
  const lastRemaining = [...gradient.shape.keys()].findLast(axis => !axes.includes(axis)) ?? -1
  const behind = axes.filter(axis => axis > lastRemaining)
  const before = axes.filter(axis => axis < lastRemaining)
  const sum = [behind, before].reduce(
    (value, part) => (part.length > 0 ? t.reduceSum(value, part, { keepDims: true }) : value),
    gradient,
  )
  return t.reshape(sum, x.shape)
}

const isSame = (a: Shape, b: Shape) => a.length === b.length && a.every((size, axis) => size === b[axis])

function inNode<T>(node: Node, body: () => T): T {
  try {
    return body()
  } catch (cause) {
    throw new Error(`The gradient of ${node.op} "${node.name}" cannot be recorded: ${(cause as Error).message}`, {
      cause,
    })
  }
}
