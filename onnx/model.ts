/**
 * An ONNX model as plain data. Names follow the specification (`onnx.proto`); everything is readable and nothing has
 * methods, so that a pass over a graph is an ordinary function.
 */

import type { DataType, Initializer } from './tensor.ts'

/** A size, or the name of one that is known only when the graph runs (`batch`, `height`); `?` has no name. */
export type Dimension = number | string
export type Shape = readonly Dimension[]

export interface ValueInfo {
  readonly name: string
  readonly dtype: DataType
  readonly shape: Shape
  /** The file leaves even the number of dimensions open; `shape` is then empty. */
  readonly unranked?: true
}

export type Attribute =
  | { readonly type: 'int'; readonly value: number | bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'tensor'; readonly value: Initializer }
  | { readonly type: 'graph'; readonly value: Graph }
  | { readonly type: 'ints'; readonly value: readonly (number | bigint)[] }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'tensors'; readonly value: readonly Initializer[] }
  | { readonly type: 'graphs'; readonly value: readonly Graph[] }

export type Attributes = Readonly<Record<string, Attribute>>

export interface Node {
  readonly op: string
  /** Empty for the standard operators. */
  readonly domain: string
  readonly name: string
  /** Names of values; an empty name is an optional input that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Attributes
  /** The dynamo exporter keeps module paths here (`pkg.torch.onnx.name_scopes`). */
  readonly metadata?: Readonly<Record<string, string>>
}

/** Nodes are in an order in which they can run. */
export interface Graph {
  readonly name: string
  readonly nodes: readonly Node[]
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  readonly initializers: ReadonlyMap<string, Initializer>
  /** Types and shapes of values in between, as far as somebody wrote them down. */
  readonly valueInfo: ReadonlyMap<string, ValueInfo>
}

export interface Model {
  readonly irVersion: number
  /** Version of each operator set by domain; the standard one has the empty name. */
  readonly opsets: Readonly<Record<string, number>>
  readonly producer: { readonly name: string; readonly version: string }
  readonly graph: Graph
  readonly metadata: Readonly<Record<string, string>>
  /** Functions that a model brings along, as the bytes of their `FunctionProto`: kept, not looked into. */
  readonly functions: readonly Uint8Array[]
}

/** `Conv`, or `com.microsoft.QuickGelu` where the operator is no standard one: the key of every table of rules. */
export function operatorOf({ op, domain }: Pick<Node, 'op' | 'domain'>): string {
  return domain === '' ? op : `${domain}.${op}`
}

/** The value of an integer attribute, or `fallback` where the node does not carry it. */
export function intAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes[name]
  if (attribute === undefined) return fallback
  if (attribute.type === 'int') return Number(attribute.value)
  throw wrongAttribute(node, name, 'int', attribute)
}

export function floatAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes[name]
  if (attribute === undefined) return fallback
  if (attribute.type === 'float') return attribute.value
  throw wrongAttribute(node, name, 'float', attribute)
}

export function stringAttribute(node: Node, name: string, fallback: string): string {
  const attribute = node.attributes[name]
  if (attribute === undefined) return fallback
  if (attribute.type === 'string') return attribute.value
  throw wrongAttribute(node, name, 'string', attribute)
}

export function intsAttribute(node: Node, name: string): number[] | undefined {
  const attribute = node.attributes[name]
  if (attribute === undefined) return undefined
  if (attribute.type === 'ints') return attribute.value.map(Number)
  // protobuf cannot tell an empty list from another; exporters then leave only the declared type.
  throw wrongAttribute(node, name, 'ints', attribute)
}

function wrongAttribute(node: Node, name: string, expected: string, attribute: Attribute): TypeError {
  return new TypeError(
    `Expected attribute "${name}" of ${node.op} "${node.name}" to be ${expected}, got ${attribute.type}`,
  )
}
