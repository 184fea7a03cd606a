/** What a shape rule is, and what rules have in common. */
import { isStatic, shown } from '../dimensions.ts'
import { type Dimension, intsAttribute, type Node, type Shape } from '../model.ts'
import { type DataType, type Initializer, isStored, type Tensor } from '../tensor.ts'

/** What is known about a value before the graph runs. */
export interface Typed {
  readonly dtype: DataType
  readonly shape: Shape
  /** The contents of a small integer tensor, row by row. */
  readonly elements?: readonly Dimension[]
}

/** A value of a graph by its name. */
export interface Value extends Typed {
  readonly name: string
}

/** What a rule sees: one node, and what is known about its inputs. */
export interface InferenceContext {
  readonly node: Node
  /** `undefined` for an optional input that is left out. */
  readonly inputs: readonly (Value | undefined)[]
  /** Version of the standard operator set. */
  readonly opset: number
  /** The contents of a constant input. */
  tensor(index: number): Tensor | undefined
}

/** The shape rule of one operator: one result for each of its outputs. */
export type InferenceRule = (context: InferenceContext) => Typed[]

/** Rules by the name of their operator. */
export type RuleTable = Readonly<Record<string, InferenceRule>>

/** Shapes are short; nothing longer is followed. */
export const maxElements = 64

/** The elements of a small integer constant. */
export function elementsOf(tensor: Initializer): readonly number[] | undefined {
  if (isStored(tensor)) return undefined
  if (tensor.dtype !== 'int64' && tensor.dtype !== 'int32' && tensor.dtype !== 'bool') return undefined
  if (tensor.data.length > maxElements) return undefined
  return Array.from(tensor.data, Number)
}

/** An input that the operator cannot do without. */
export function input(context: InferenceContext, index: number): Value {
  const found = context.inputs[index]
  if (found === undefined) throw new Error(`input ${index} is missing`)
  return found
}

/** The integers of a list that is an attribute in older operator sets and an input in newer ones. */
export function integers(
  context: InferenceContext,
  attribute: string,
  index: number,
): readonly Dimension[] | undefined {
  const value = context.inputs[index]
  if (value === undefined) return intsAttribute(context.node, attribute)
  // A list that is too long to be followed through the graph can still be read where it is a constant.
  const constant = context.tensor(index)
  const elements = value.elements ?? (constant && Array.from(constant.data, Number))
  if (elements === undefined) throw new Error(`its ${attribute} (input ${index}) must be known beforehand`)
  return elements
}

/** As `integers`, for a list whose elements may not be names of sizes. */
export function numbers(context: InferenceContext, attribute: string, index: number): readonly number[] | undefined {
  const list = integers(context, attribute, index)
  if (list === undefined || isStatic(list)) return list
  throw new Error(`its ${attribute} must be numbers, got ${shown(list)}`)
}

/** The one element of a constant input. */
export const scalarOf = (context: InferenceContext, index: number) => {
  const tensor = context.tensor(index)
  return tensor === undefined ? undefined : Number(tensor.data[0])
}

/** The elements of a result, if its type and size make them worth following. */
export function known(dtype: DataType, shape: Shape, elements: readonly Dimension[] | undefined): Typed {
  const followed = dtype === 'int64' || dtype === 'int32' || dtype === 'bool'
  return elements !== undefined && followed && elements.length <= maxElements
    ? { dtype, shape, elements }
    : { dtype, shape }
}

/** The elements of `x` that a result of this shape picks, given where each position of the result comes from. */
export function picked(x: Value, shape: Shape, sourceOf: (position: readonly number[]) => readonly number[]) {
  if (x.elements === undefined || !isStatic(x.shape) || !isStatic(shape)) return undefined
  const { elements, shape: from } = x
  const count = shape.reduce((product, size) => product * size, 1)
  return Array.from({ length: count }, (_, at) => {
    const source = sourceOf(positionOf(at, shape))
    return elements[source.reduce((index, each, axis) => index * from[axis]! + each, 0)]!
  })
}

function positionOf(index: number, shape: readonly number[]): number[] {
  let rest = index
  return shape
    .toReversed()
    .map(size => {
      const at = rest % size
      rest = Math.floor(rest / size)
      return at
    })
    .reverse()
}

/** Sizes that a graph asks for by a list whose contents are not known: as many as the list is long. */
export function openShape(list: Value): Shape {
  const [length] = list.shape
  if (typeof length !== 'number') throw new Error(`the length of the list "${list.name}" must be known beforehand`)
  return Array.from({ length }, () => '?')
}

/** One result like the first input. */
export const same: InferenceRule = context => {
  const x = input(context, 0)
  return [{ dtype: x.dtype, shape: x.shape }]
}

/** The same elements in another shape or type. */
export const passing =
  (shapeOf: (x: Value, context: InferenceContext) => Shape): InferenceRule =>
  context => {
    const x = input(context, 0)
    return [known(x.dtype, shapeOf(x, context), x.elements)]
  }
