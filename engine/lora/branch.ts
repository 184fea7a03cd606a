/** What every graph with adapters has in common: all A and B are cut from one input, and each target has a change added. */
import { insertOnEdge, makeNode, setInitializer } from '../../onnx/editing.ts'
import type { Attribute, Graph, Node } from '../../onnx/model.ts'
import { type Initializer, int64 } from '../../onnx/tensor.ts'
import type { Target } from './layout.ts'

export type Constants = Readonly<Record<string, Initializer>>

/** The change of one target, computed beside its projection. */
export interface Beside {
  readonly constants: Constants
  /** Nodes that give Bᵀ A x in the shape of `y`. */
  nodes(y: string): Node[]
}

/** y becomes W x + Bᵀ A x at every target. */
export function addBeside(
  graph: Graph,
  targets: readonly Target[],
  besideOf: (target: Target, change: string) => Beside,
): Graph {
  let edited = graph
  // From the end: what an adapter takes may be the result of an earlier target, which is then changed for both.
  for (const target of targets.toReversed()) {
    const change = `${target.name}.style_change`
    const styled = `${target.name}.styled`
    const { constants, nodes } = besideOf(target, change)
    edited = insertOnEdge(withConstants(edited, constants), target.result, y => ({
      nodes: [...nodes(y), makeNode('Add', [y, change], [styled])],
      result: styled,
    }))
  }
  return edited
}

/** The values that hold A and B of a target. */
export const partsOf = ({ name }: Target) => ({ a: `${name}.style_a`, b: `${name}.style_b` })

/** Cuts `source`, whose `axis` is laid out as a rank of `Adapter.values`, into A (…, in) and B (…, out) of all targets. */
export function cutTargets(targets: readonly Target[], source: string, axis: number): Cut {
  const pieces = targets.flatMap(target => {
    const { a, b } = partsOf(target)
    return [
      { name: a, size: target.in },
      { name: b, size: target.out },
    ]
  })
  return cutInto(pieces, source, axis)
}

interface Cut {
  readonly nodes: readonly Node[]
  readonly constants: Constants
}

interface Piece {
  readonly name: string
  readonly size: number
}

/** WebGPU promises a shader no more than 8 buffers, one of which is what is cut. */
const mostPieces = 7

/** By few pieces at a time: pieces of pieces, the last of which have names. */
function cutInto(pieces: readonly Piece[], source: string, axis: number): Cut {
  let share = 1
  while (share * mostPieces < pieces.length) share *= mostPieces
  const groups = Array.from({ length: Math.ceil(pieces.length / share) }, (_, at) => {
    const inside = pieces.slice(at * share, (at + 1) * share)
    const name = inside.length === 1 ? inside[0]!.name : `${source}_${at}`
    return { name, inside, size: inside.reduce((sum, piece) => sum + piece.size, 0) }
  })
  const deeper = groups.filter(({ inside }) => inside.length > 1).map(({ name, inside }) => cutInto(inside, name, axis))
  const names = groups.map(({ name }) => name)
  return {
    nodes: [
      makeNode('Split', [source, `${source}_sizes`], names, { name: `${source}_cut`, ...attribute('axis', axis) }),
      ...deeper.flatMap(({ nodes }) => nodes),
    ],
    constants: Object.assign(
      { [`${source}_sizes`]: integers(groups.map(({ size }) => size)) },
      ...deeper.map(({ constants }) => constants),
    ),
  }
}

export function withConstants(graph: Graph, constants: Constants): Graph {
  let edited = graph
  for (const [name, tensor] of Object.entries(constants)) edited = setInitializer(edited, name, tensor)
  return edited
}

export function integers(values: readonly number[]): Initializer {
  return int64(values)
}

export function attribute(name: string, value: number | readonly number[]): { attributes: Record<string, Attribute> } {
  return { attributes: { [name]: typeof value === 'number' ? { type: 'int', value } : { type: 'ints', value } } }
}
