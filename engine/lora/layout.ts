/** Which projections of a UNet adapters touch, found in the graph of any exporter, and how their values lie in a style. */
import type { Graph, Node } from '../onnx/model.ts'
import type { StyleLayout } from '../styles.ts'
import { biasAdd, modulesOf } from './names.ts'
import { openWeights, projectionOf, type Weight } from './weights.ts'

/** What can be targeted, by the endings of diffusers' module names. */
const kinds = {
  attention: /\.attn\d+\.to_(q|k|v|out\.0)$/,
  feedForward: /\.ff\.net\.(0\.proj|2)$/,
  projection: /\.proj_(in|out)$/,
  convolution: /(^|\.)conv(\d|_in|_out|_shortcut)?$/,
} as const
export type TargetKind = keyof typeof kinds

/** One projection y = W x of a graph. */
export interface Target {
  /** In diffusers' terms, without `.weight`. */
  readonly name: string
  readonly in: number
  readonly out: number
  /** MatMul, Gemm or Conv. */
  readonly node: Node
  readonly weight: Weight
  /** The value that holds y, its bias added. */
  readonly result: string
}

export interface TargetOptions {
  /** `all`: every projection whose module is known. */
  readonly kinds?: readonly TargetKind[] | 'all'
}

/** In the order of the graph. */
export function findTargets(graph: Graph, { kinds: wanted = ['attention'] }: TargetOptions = {}): Target[] {
  const weights = openWeights(graph)
  const named = modulesOf(graph, weights)
  const modules = graph.nodes.flatMap(node => {
    const name = named.get(node)
    return name !== undefined && (wanted === 'all' || wanted.some(kind => kinds[kind].test(name)))
      ? [[node, name] as const]
      : []
  })
  // A module that is used twice would need one adapter in two places; diffusers' UNets have none.
  const once = modules.filter(([, name]) => modules.filter(([, other]) => other === name).length === 1)
  return once.map(([node, name]) => {
    const { weight, ...sizes } = projectionOf(node, weights)!
    return { name, ...sizes, node, weight, result: (biasAdd(node, weights) ?? node).outputs[0]! }
  })
}

/** Rank slots of an edited graph. */
export const defaultSlots = 16

/** A layout of whatever model has these targets. */
export type StyleSpace = Omit<StyleLayout, 'modelHash'>

export function spaceOf(targets: readonly Target[], slots = defaultSlots): StyleSpace {
  return {
    targets: targets.map(({ name, in: from, out }) => ({ name, in: from, out })),
    slots,
    width: widthOf(targets),
  }
}

/** Values of one rank. */
export function widthOf(targets: readonly { readonly in: number; readonly out: number }[]): number {
  return targets.reduce((sum, target) => sum + target.in + target.out, 0)
}
