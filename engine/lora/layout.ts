/** Which projections of a UNet adapters touch, found in the graph of any exporter, and how their values lie in a style. */
import type { Graph, Node } from '../../onnx/model.ts'
import type { StyleLayout, StyleTarget, TargetKind } from '../types/styles.ts'
import { biasAdd, modulesOf } from './names.ts'
import { openWeights, projectionOf, type Weight } from './weights.ts'

/** By diffusers' module names. */
const modules = {
  attention: /\.attn\d+\.to_(q|k|v|out\.0)$/,
  feedForward: /\.ff\.net\.(0\.proj|2)$/,
  projection: /\.proj_(in|out)$/,
  timeEmbedding: /\.time_emb_proj$/,
  ends: /^conv_(in|out)$/,
  convolution: /(^|\.)conv(\d|_in|_out|_shortcut)?$/,
} as const satisfies Record<TargetKind, RegExp>

export const targetKinds = Object.keys(modules) as readonly TargetKind[] // the table's own
export const defaultKinds: readonly TargetKind[] = ['attention']

/** One projection y = W x of a graph. */
export interface Target {
  /** In diffusers' terms, without `.weight`. */
  readonly name: string
  readonly in: number
  readonly out: number
  /** Height and width of a convolution's window. */
  readonly kernel?: readonly [number, number]
  /** MatMul, Gemm or Conv. */
  readonly node: Node
  readonly weight: Weight
  /** The value that holds y, its bias added. */
  readonly result: string
}

/** In the order of the graph. `all`: every projection whose module is known. */
export function findTargets(graph: Graph, kinds: readonly TargetKind[] | 'all' = defaultKinds): Target[] {
  const weights = openWeights(graph)
  const named = modulesOf(graph, weights)
  const found = graph.nodes.flatMap(node => {
    const name = named.get(node)
    return name !== undefined && (kinds === 'all' || kinds.some(kind => modules[kind].test(name)))
      ? [[node, name] as const]
      : []
  })
  // A module that is used twice would need one adapter in two places; diffusers' UNets have none.
  const once = found.filter(([, name]) => found.filter(([, other]) => other === name).length === 1)
  return once.map(([node, name]) => {
    const { weight, ...sizes } = projectionOf(node, weights)!
    return { name, ...sizes, node, weight, result: (biasAdd(node, weights) ?? node).outputs[0]! }
  })
}

/** Rank slots of an edited graph. */
export const defaultSlots = 16

/** A layout of whatever model has these targets. */
export type StyleSpace = Omit<StyleLayout, 'modelHash'>

interface SpaceOptions extends Pick<StyleLayout, 'untargeted' | 'closed'> {
  readonly slots?: number
}

/** `untargeted`: names of modules that styles do not change, but could; `closed`: operators that they cannot reach. */
export function spaceOf(
  targets: readonly Target[],
  latentChannels: number,
  { slots = defaultSlots, untargeted = [], closed = [] }: SpaceOptions = {},
): StyleSpace {
  return {
    untargeted,
    ...(closed.length > 0 && { closed }),
    targets: targets.map(({ name, in: from, out, kernel }) => ({ name, in: from, out, ...(kernel && { kernel }) })),
    maxRank: slots,
    valuesPerRank: widthOf(targets),
    latentChannels,
  }
}

/** The shape of what one row of A sees: (in), or of a convolution (channels, height, width). */
export function windowOf({ in: size, kernel }: Pick<StyleTarget, 'in' | 'kernel'>): readonly number[] {
  return kernel ? [size / (kernel[0] * kernel[1]), ...kernel] : [size]
}

/** In order, each with where its values begin within a rank. */
export function eachTarget(
  { targets }: Pick<StyleLayout, 'targets'>,
  visit: (target: StyleTarget, at: number) => void,
): void {
  let at = 0
  for (const target of targets) {
    visit(target, at)
    at += target.in + target.out
  }
}

/** Those that have no place in a layout. */
export function unknownTargets(layout: Pick<StyleLayout, 'targets'>, targets: readonly StyleTarget[]): StyleTarget[] {
  const known = new Map(layout.targets.map(target => [target.name, target]))
  return targets.filter(({ name, in: from, out }) => known.get(name)?.in !== from || known.get(name)?.out !== out)
}

/** Of which kinds targets are, as `attention, ends`; convolutions are `ends` first. */
export function kindsOf(targets: readonly Pick<StyleTarget, 'name'>[]): readonly TargetKind[] {
  const kinds = new Set(targets.map(({ name }) => targetKinds.find(kind => modules[kind].test(name))))
  return targetKinds.filter(kind => kinds.has(kind))
}

/** For those whose style changes modules that it may not change here; `untargeted`: their names. */
export function targetsHint(targets: readonly Pick<StyleTarget, 'name'>[], untargeted: readonly string[]): string {
  const kinds = kindsOf([...targets, ...untargeted.map(name => ({ name }))])
  return `Here styles change ${kindsOf(targets).join(', ')}. Whoever runs the program may set FOURSTROKE_STYLE_TARGETS=${kinds.join(',')}.`
}

/** Names of those that are of these kinds, and of all others. */
export function chosenTargets(targets: readonly Target[], kinds: readonly TargetKind[]) {
  const isChosen = ({ name }: Target) => kinds.some(kind => modules[kind].test(name))
  return {
    chosen: targets.filter(isChosen),
    untargeted: targets.filter(target => !isChosen(target)).map(({ name }) => name),
  }
}

/** Values of one rank. */
export function widthOf(targets: readonly { readonly in: number; readonly out: number }[]): number {
  return targets.reduce((sum, target) => sum + target.in + target.out, 0)
}
