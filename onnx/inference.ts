/**
 * Types and shapes of what an operator gives, from what it takes: one rule per operator. Small integer tensors carry
 * their elements along, so that shapes which a graph computes (Shape → Gather → Concat → Reshape) are known as well.
 */
import {
  add,
  axisFromFront,
  broadcast,
  divide,
  isStatic,
  mayEqual,
  multiply,
  shown,
  subtract,
  windows,
} from './dimensions.ts'
import {
  type Dimension,
  intAttribute,
  intsAttribute,
  type Node,
  operatorOf,
  type Shape,
  stringAttribute,
} from './model.ts'
import { type DataType, dataTypes, type Initializer, isStored, type Tensor } from './tensor.ts'

/** What is known about a value before the graph runs. */
export interface Typed {
  readonly dtype: DataType
  readonly shape: Shape
  /** The contents of a small integer tensor, row by row. */
  readonly elements?: readonly Dimension[]
}

export interface Value extends Typed {
  readonly name: string
}

/** One node and what is known where it stands. */
export interface Site {
  readonly node: Node
  /** `undefined` for an optional input that is left out. */
  readonly inputs: readonly (Value | undefined)[]
  /** Version of the standard operator set. */
  readonly opset: number
  /** The contents of a constant input. */
  tensor(index: number): Tensor | undefined
}

type Infer = (site: Site) => Typed[]

/** Shapes are short; nothing longer is followed. */
const maxElements = 64

/** Throws, naming the node, where the operator has no rule or its inputs do not fit. */
export function infer(site: Site): Typed[] {
  const { node } = site
  const rule = inference[operatorOf(node)]
  const where = `${node.op} "${node.name}"`
  if (rule === undefined) {
    throw new Error(`No shape rule for ${where}; add one to onnx/inference.ts, or give the types of its outputs`)
  }
  try {
    return rule(site)
  } catch (cause) {
    const inputs = site.inputs.map(input => (input ? `${input.dtype} ${shown(input.shape)}` : '–')).join(', ')
    throw new Error(`${where} cannot take (${inputs}): ${(cause as Error).message}`, { cause })
  }
}

export function hasInference(node: Node): boolean {
  return operatorOf(node) in inference
}

/** The elements of a small integer constant. */
export function elementsOf(tensor: Initializer): readonly number[] | undefined {
  if (isStored(tensor)) return undefined
  if (tensor.dtype !== 'int64' && tensor.dtype !== 'int32' && tensor.dtype !== 'bool') return undefined
  if (tensor.data.length > maxElements) return undefined
  return Array.from(tensor.data, Number)
}

// What rules say about their site

function input(site: Site, index: number): Value {
  const found = site.inputs[index]
  if (found === undefined) throw new Error(`input ${index} is missing`)
  return found
}

/** The integers of a list that is an attribute in older operator sets and an input in newer ones. */
function integers(site: Site, attribute: string, index: number): readonly Dimension[] | undefined {
  const value = site.inputs[index]
  if (value === undefined) return intsAttribute(site.node, attribute)
  // A list that is too long to be followed through the graph can still be read where it is a constant.
  const constant = site.tensor(index)
  const elements = value.elements ?? (constant && Array.from(constant.data, Number))
  if (elements === undefined) throw new Error(`its ${attribute} (input ${index}) must be known beforehand`)
  return elements
}

function numbers(site: Site, attribute: string, index: number): readonly number[] | undefined {
  const list = integers(site, attribute, index)
  if (list === undefined || isStatic(list)) return list
  throw new Error(`its ${attribute} must be numbers, got ${shown(list)}`)
}

/** The elements of a result, if its type and size make them worth following. */
function known(dtype: DataType, shape: Shape, elements: readonly Dimension[] | undefined): Typed {
  const followed = dtype === 'int64' || dtype === 'int32' || dtype === 'bool'
  return elements !== undefined && followed && elements.length <= maxElements
    ? { dtype, shape, elements }
    : { dtype, shape }
}

/** The elements of `x` that a result of this shape picks, given where each position of the result comes from. */
function picked(x: Value, shape: Shape, sourceOf: (position: readonly number[]) => readonly number[]) {
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
function openShape(list: Value): Shape {
  const [length] = list.shape
  if (typeof length !== 'number') throw new Error(`the length of the list "${list.name}" must be known beforehand`)
  return Array.from({ length }, () => '?')
}

// Families

const same: Infer = site => {
  const x = input(site, 0)
  return [{ dtype: x.dtype, shape: x.shape }]
}

/** The same elements in another shape or type. */
const passing =
  (shapeOf: (x: Value, site: Site) => Shape): Infer =>
  site => {
    const x = input(site, 0)
    return [known(x.dtype, shapeOf(x, site), x.elements)]
  }

const elementwise =
  (options: { dtype?: DataType; compute?: (a: Dimension, b: Dimension) => Dimension | undefined } = {}): Infer =>
  site => {
    const operands = site.inputs.filter(operand => operand !== undefined)
    const shape = broadcast(...operands.map(operand => operand.shape))
    const dtype = options.dtype ?? input(site, 0).dtype
    for (const operand of operands) {
      if (operand.dtype !== operands[0]!.dtype) {
        throw new TypeError(`expected operands of one type, got ${operands.map(each => each.dtype).join(' and ')}`)
      }
    }
    const [a, b] = operands
    const isFlat = operands.every(operand => operand.shape.length <= 1)
    if (!isFlat || options.compute === undefined || a?.elements === undefined || b?.elements === undefined)
      return [{ dtype, shape }]
    const length = Math.max(a.elements.length, b.elements.length)
    const elements = Array.from({ length }, (_, at) =>
      options.compute!(
        a.elements![a.elements!.length === 1 ? 0 : at]!,
        b.elements![b.elements!.length === 1 ? 0 : at]!,
      ),
    )
    return elements.every(element => element !== undefined) ? [known(dtype, shape, elements)] : [{ dtype, shape }]
  }

const comparison = (compare: (a: number, b: number) => boolean): Infer =>
  elementwise({
    dtype: 'bool',
    compute: (a, b) => {
      if (typeof a === 'number' && typeof b === 'number') return Number(compare(a, b))
      // A size is never negative, whatever its name stands for.
      if (typeof a === 'string' && typeof b === 'number' && b < 0) return Number(compare(1, b))
      return undefined
    },
  })

const reduction =
  (axesAsInputFrom: number): Infer =>
  site => {
    const x = input(site, 0)
    const axes =
      site.opset >= axesAsInputFrom
        ? numbers(site, 'axes', 1)
        : (intsAttribute(site.node, 'axes') as number[] | undefined)
    const keep = intAttribute(site.node, 'keepdims', 1) === 1
    if ((axes === undefined || axes.length === 0) && intAttribute(site.node, 'noop_with_empty_axes', 0) === 1) {
      return [{ dtype: x.dtype, shape: x.shape }]
    }
    return [{ dtype: x.dtype, shape: reduced(x.shape, axes, keep) }]
  }

function reduced(shape: Shape, axes: readonly number[] | undefined, keep: boolean): Shape {
  const gone = new Set(
    axes === undefined || axes.length === 0 ? shape.keys() : axes.map(axis => axisFromFront(axis, shape.length)),
  )
  return shape.flatMap((size, axis) => (gone.has(axis) ? (keep ? [1] : []) : [size]))
}

const argument: Infer = site => {
  const x = input(site, 0)
  const axis = intAttribute(site.node, 'axis', 0)
  return [{ dtype: 'int64', shape: reduced(x.shape, [axis], intAttribute(site.node, 'keepdims', 1) === 1) }]
}

const matMul: Infer = site => {
  const a = input(site, 0)
  const b = input(site, 1)
  if (a.shape.length === 0 || b.shape.length === 0) throw new RangeError('expected at least one axis each')
  const left = a.shape.length === 1 ? [1, ...a.shape] : a.shape
  const right = b.shape.length === 1 ? [...b.shape, 1] : b.shape
  if (!mayEqual(left.at(-1)!, right.at(-2)!)) {
    throw new RangeError(`the inner sizes differ: ${left.at(-1)} and ${right.at(-2)}`)
  }
  const shape = [
    ...broadcast(left.slice(0, -2), right.slice(0, -2)),
    ...(a.shape.length === 1 ? [] : [left.at(-2)!]),
    ...(b.shape.length === 1 ? [] : [right.at(-1)!]),
  ]
  return [{ dtype: a.dtype, shape }]
}

const gemm: Infer = site => {
  const a = input(site, 0)
  const b = input(site, 1)
  const flipped = (value: Value, attribute: string) => {
    if (value.shape.length !== 2) throw new RangeError(`expected matrices, got ${shown(value.shape)}`)
    return intAttribute(site.node, attribute, 0) === 1 ? [value.shape[1]!, value.shape[0]!] : value.shape
  }
  const [rows, inner] = flipped(a, 'transA')
  const [inner2, columns] = flipped(b, 'transB')
  if (!mayEqual(inner!, inner2!)) throw new RangeError(`the inner sizes differ: ${inner} and ${inner2}`)
  const shape = [rows!, columns!]
  const c = site.inputs[2]
  if (c !== undefined) broadcast(shape, c.shape)
  return [{ dtype: a.dtype, shape }]
}

const einsum: Infer = site => {
  const [left, right] = stringAttribute(site.node, 'equation', '').replaceAll(' ', '').split('->')
  if (left === undefined || right === undefined || left.includes('.')) {
    throw new Error('only equations with an explicit result and without "..." are supported')
  }
  const sizes = new Map<string, Dimension>()
  left.split(',').forEach((subscripts, index) => {
    const { shape } = input(site, index)
    if (subscripts.length !== shape.length) throw new RangeError(`"${subscripts}" does not fit ${shown(shape)}`)
    for (const [axis, letter] of [...subscripts].entries()) {
      const size = shape[axis]!
      const other = sizes.get(letter)
      if (other !== undefined && !mayEqual(other, size)) throw new RangeError(`"${letter}" is ${other} and ${size}`)
      if (other === undefined || typeof other === 'string') sizes.set(letter, size)
    }
  })
  return [{ dtype: input(site, 0).dtype, shape: [...right].map(letter => sizes.get(letter)!) }]
}

/** Kernel, strides, dilations and padding of a window over the axes behind [batch, channels]. */
export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** Begin of every axis, then end of every axis, as ONNX writes them. */
  readonly pads: readonly number[]
}

/** `rank` counts the spatial axes only. Refuses `auto_pad`, which no current exporter writes. */
export function windowOf(node: Node, kernel: readonly number[]): Window {
  const rank = kernel.length
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET')
  if (autoPad !== 'NOTSET' && autoPad !== 'VALID') {
    throw new Error(`auto_pad ${autoPad} is not supported; export with explicit pads`)
  }
  const ones = Array.from({ length: rank }, () => 1)
  return {
    kernel,
    strides: intsAttribute(node, 'strides') ?? ones,
    dilations: intsAttribute(node, 'dilations') ?? ones,
    pads: intsAttribute(node, 'pads') ?? [...ones, ...ones].map(() => 0),
  }
}

function kernelOf(site: Site): readonly number[] {
  const declared = intsAttribute(site.node, 'kernel_shape')
  if (declared !== undefined) return declared
  const kernel = input(site, 1).shape.slice(2)
  if (!isStatic(kernel)) throw new RangeError('the kernel must have a fixed shape')
  return kernel
}

function slide(shape: Shape, window: Window, ceil = false): Shape {
  const rank = window.kernel.length
  return shape.slice(2).map((size, axis) => {
    const stride = window.strides[axis]!
    const reach = window.dilations[axis]! * (window.kernel[axis]! - 1) + 1
    const padding = window.pads[axis]! + window.pads[axis + rank]!
    return windows(size, padding - reach + (ceil ? stride - 1 : 0), stride)
  })
}

const conv: Infer = site => {
  const x = input(site, 0)
  const w = input(site, 1)
  const channels = multiply(w.shape[1]!, intAttribute(site.node, 'group', 1))
  if (!mayEqual(x.shape[1]!, channels)) throw new RangeError(`it wants ${channels} channels, got ${x.shape[1]}`)
  return [{ dtype: x.dtype, shape: [x.shape[0]!, w.shape[0]!, ...slide(x.shape, windowOf(site.node, kernelOf(site)))] }]
}

const convTranspose: Infer = site => {
  const x = input(site, 0)
  const w = input(site, 1)
  if (intsAttribute(site.node, 'output_shape') !== undefined) throw new Error('output_shape is not supported')
  if (!mayEqual(x.shape[1]!, w.shape[0]!)) throw new RangeError(`it wants ${w.shape[0]} channels, got ${x.shape[1]}`)
  const { kernel, strides, dilations, pads } = windowOf(site.node, kernelOf(site))
  const outputPadding = intsAttribute(site.node, 'output_padding') ?? kernel.map(() => 0)
  const spatial = x.shape.slice(2).map((size, axis) => {
    const reach = dilations[axis]! * (kernel[axis]! - 1) + 1
    const rest = reach + outputPadding[axis]! - strides[axis]! - pads[axis]! - pads[axis + kernel.length]!
    return add(multiply(size, strides[axis]!), rest)
  })
  const channels = multiply(w.shape[1]!, intAttribute(site.node, 'group', 1))
  return [{ dtype: x.dtype, shape: [x.shape[0]!, channels, ...spatial] }]
}

const pool: Infer = site => {
  const x = input(site, 0)
  const window = windowOf(site.node, kernelOf(site))
  const ceil = intAttribute(site.node, 'ceil_mode', 0) === 1
  return [{ dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...slide(x.shape, window, ceil)] }]
}

const resize: Infer = site => {
  const x = input(site, 0)
  const axes = intsAttribute(site.node, 'axes') ?? [...x.shape.keys()]
  const policy = stringAttribute(site.node, 'keep_aspect_ratio_policy', 'stretch')
  if (policy !== 'stretch') throw new Error(`keep_aspect_ratio_policy ${policy} is not supported`)
  const shape = [...x.shape]
  const sizes = site.inputs[3]
  if (sizes !== undefined) {
    if (sizes.elements === undefined) throw new Error('its sizes must be known beforehand')
    axes.forEach((axis, at) => {
      shape[axisFromFront(axis, shape.length)] = sizes.elements![at]!
    })
    return [{ dtype: x.dtype, shape }]
  }
  const scales = site.tensor(2)
  if (scales === undefined) return [{ dtype: x.dtype, shape: x.shape.map(() => '?') }]
  axes.forEach((axis, at) => {
    const front = axisFromFront(axis, shape.length)
    const size = shape[front]!
    const scale = Number(scales.data[at])
    shape[front] =
      typeof size === 'number'
        ? Math.floor(size * scale)
        : Number.isInteger(scale)
          ? multiply(scale, size)
          : `floor(${scale}*(${size}))`
  })
  return [{ dtype: x.dtype, shape }]
}

/** The first output like the input; behind it, for each position before `axis`, mean and 1/σ. */
const layerNormalization: Infer = site => {
  const x = input(site, 0)
  const axis = axisFromFront(intAttribute(site.node, 'axis', -1), x.shape.length)
  const kept = x.shape.map((size, at) => (at < axis ? size : 1))
  return [
    { dtype: x.dtype, shape: x.shape },
    { dtype: 'float32', shape: kept },
    { dtype: 'float32', shape: kept },
  ]
}

const concat: Infer = site => {
  const parts = site.inputs.filter(part => part !== undefined)
  const first = input(site, 0)
  const axis = axisFromFront(intAttribute(site.node, 'axis', 0), first.shape.length)
  const shape = first.shape.map((size, at) => {
    if (at === axis) return parts.map(part => part.shape[at]!).reduce(add)
    const sizes = parts.map(part => part.shape[at]!)
    const fixed = sizes.find(each => typeof each === 'number') ?? size
    for (const each of sizes) {
      if (!mayEqual(each, fixed)) throw new RangeError(`sizes along axis ${at} differ: ${sizes.join(', ')}`)
    }
    return fixed
  })
  const elements = parts.every(part => part.elements !== undefined) ? parts.flatMap(part => part.elements!) : undefined
  return [known(first.dtype, shape, elements)]
}

const split: Infer = site => {
  const x = input(site, 0)
  const axis = axisFromFront(intAttribute(site.node, 'axis', 0), x.shape.length)
  const count = intAttribute(site.node, 'num_outputs', site.node.outputs.length)
  const sizes = integers(site, 'split', 1) ?? chunks(x.shape[axis]!, count)
  let start = 0
  return sizes.map(size => {
    const shape = x.shape.with(axis, size)
    const isFlat = x.shape.length === 1 && typeof size === 'number'
    const elements = isFlat ? x.elements?.slice(start, start + size) : undefined
    start += Number(size)
    return known(x.dtype, shape, elements)
  })
}

function chunks(size: Dimension, count: number): Dimension[] {
  if (typeof size === 'string') return Array.from({ length: count }, () => divide([size], [count]))
  const chunk = Math.ceil(size / count)
  return Array.from({ length: count }, (_, at) => Math.min(chunk, size - at * chunk))
}

const slice: Infer = site => {
  const x = input(site, 0)
  const starts = integers(site, 'starts', 1)
  const ends = integers(site, 'ends', 2)
  if (starts === undefined || ends === undefined) throw new Error('starts and ends are missing')
  const axes = numbers(site, 'axes', 3) ?? starts.map((_, at) => at)
  const steps = numbers(site, 'steps', 4) ?? starts.map(() => 1)
  const shape = [...x.shape]
  const picks = new Map<number, readonly number[] | undefined>()
  axes.forEach((axis, at) => {
    const front = axisFromFront(axis, shape.length)
    const cut = sliceOf(shape[front]!, starts[at]!, ends[at]!, steps[at]!)
    shape[front] = cut.size
    picks.set(front, cut.picks)
  })
  const elements = [...picks.values()].every(each => each !== undefined)
    ? picked(x, shape, position => position.map((at, axis) => picks.get(axis)?.[at] ?? at))
    : undefined
  return [known(x.dtype, shape, elements)]
}

/** Beyond every real size, on either side: "to the end". */
const farAway = 2 ** 31 - 1

function sliceOf(
  size: Dimension,
  start: Dimension,
  end: Dimension,
  step: number,
): { size: Dimension; picks?: readonly number[] } {
  if (typeof start === 'number' && typeof end === 'number' && typeof size === 'number') {
    const { from, to } = clampSlice(size, start, end, step)
    const count = Math.max(0, Math.ceil((to - from) / step))
    return { size: count, picks: Array.from({ length: count }, (_, at) => from + at * step) }
  }
  if (step !== 1) return { size: '?' }
  const toEnd = end === size || (typeof end === 'number' && end >= farAway)
  if (toEnd && typeof start === 'number') return { size: start < 0 ? -start : subtract(size, start) }
  if (typeof start === 'number' && typeof end === 'number' && start >= 0 && end < 0)
    return { size: add(size, end - start) }
  return { size: subtract(end, start) }
}

/** Start and end of a slice as positions of an axis of `size`, after the specification's clamping. */
export function clampSlice(size: number, start: number, end: number, step: number): { from: number; to: number } {
  const inside = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + size : at, low), high)
  return step > 0
    ? { from: inside(start, 0, size), to: inside(end, 0, size) }
    : { from: inside(start, 0, size - 1), to: inside(end, -1, size - 1) }
}

const pad: Infer = site => {
  const x = input(site, 0)
  const pads = numbers(site, 'pads', 1)
  if (pads === undefined) throw new Error('its pads are missing')
  const axes = numbers(site, 'axes', 3) ?? [...x.shape.keys()]
  const shape = [...x.shape]
  axes.forEach((axis, at) => {
    const front = axisFromFront(axis, shape.length)
    shape[front] = add(shape[front]!, pads[at]! + pads[at + axes.length]!)
  })
  return [{ dtype: x.dtype, shape }]
}

const gather: Infer = site => {
  const x = input(site, 0)
  const indices = input(site, 1)
  const axis = axisFromFront(intAttribute(site.node, 'axis', 0), x.shape.length)
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]
  const taken =
    x.shape.length === 1
      ? indices.elements?.map(index =>
          typeof index === 'number' ? x.elements?.[index < 0 ? index + x.elements.length : index] : undefined,
        )
      : undefined
  return [known(x.dtype, shape, taken?.every(element => element !== undefined) ? taken : undefined)]
}

const gatherND: Infer = site => {
  const x = input(site, 0)
  const indices = input(site, 1)
  const batch = intAttribute(site.node, 'batch_dims', 0)
  const depth = indices.shape.at(-1)
  if (typeof depth !== 'number') throw new RangeError('the last axis of its indices must be fixed')
  return [{ dtype: x.dtype, shape: [...indices.shape.slice(0, -1), ...x.shape.slice(batch + depth)] }]
}

const reshape: Infer = site => {
  const x = input(site, 0)
  const list = input(site, 1)
  const wanted = list.elements
  if (wanted === undefined) return [{ dtype: x.dtype, shape: openShape(list) }]
  const zeroCopies = intAttribute(site.node, 'allowzero', 0) === 0
  const sizes = wanted.map((size, axis) => (size === 0 && zeroCopies ? x.shape[axis]! : size))
  const open = sizes.indexOf(-1)
  const shape = open < 0 ? sizes : sizes.with(open, divide(x.shape, sizes.toSpliced(open, 1)))
  if (isStatic(x.shape) && isStatic(shape) && multiply(...x.shape) !== multiply(...shape)) {
    throw new RangeError(`${multiply(...x.shape)} elements do not fill ${shown(shape)}`)
  }
  return [known(x.dtype, shape, x.elements)]
}

const squeezed = (x: Value, site: Site): Shape => {
  const axes = numbers(site, 'axes', 1)?.map(axis => axisFromFront(axis, x.shape.length))
  return x.shape.filter((size, axis) => (axes === undefined ? size !== 1 : !axes.includes(axis)))
}

const unsqueezed = (x: Value, site: Site): Shape => {
  const axes = numbers(site, 'axes', 1)
  if (axes === undefined) throw new Error('its axes are missing')
  const rank = x.shape.length + axes.length
  const shape: Dimension[] = [...x.shape]
  for (const axis of axes.map(each => axisFromFront(each, rank)).sort((a, b) => a - b)) shape.splice(axis, 0, 1)
  return shape
}

const flatten: Infer = site => {
  const x = input(site, 0)
  const axis = intAttribute(site.node, 'axis', 1)
  const front = axis < 0 ? axis + x.shape.length : axis
  return [{ dtype: x.dtype, shape: [multiply(...x.shape.slice(0, front)), multiply(...x.shape.slice(front))] }]
}

const transpose: Infer = site => {
  const x = input(site, 0)
  const order = intsAttribute(site.node, 'perm') ?? [...x.shape.keys()].reverse()
  if (order.length !== x.shape.length) throw new RangeError(`perm ${shown(order)} does not fit ${shown(x.shape)}`)
  const shape = order.map(axis => x.shape[axis]!)
  const elements = picked(x, shape, position => position.map((_, axis) => position[order.indexOf(axis)]!))
  return [known(x.dtype, shape, elements)]
}

const expand: Infer = site => {
  const x = input(site, 0)
  const list = input(site, 1)
  const shape = broadcast(x.shape, list.elements ?? openShape(list))
  const [length] = shape
  const repeated =
    x.elements?.length === 1 && shape.length === 1 && typeof length === 'number' && length <= maxElements
      ? Array.from({ length }, () => x.elements![0]!)
      : undefined
  return [known(x.dtype, shape, x.elements && multiply(...x.shape) === multiply(...shape) ? x.elements : repeated)]
}

const tile: Infer = site => {
  const x = input(site, 0)
  const repeats = integers(site, 'repeats', 1)
  if (repeats === undefined) throw new Error('its repeats are missing')
  return [{ dtype: x.dtype, shape: x.shape.map((size, axis) => multiply(size, repeats[axis]!)) }]
}

const shapeOperator: Infer = site => {
  const { shape } = input(site, 0)
  const inside = (at: number) => Math.min(Math.max(at < 0 ? at + shape.length : at, 0), shape.length)
  const elements = shape.slice(
    inside(intAttribute(site.node, 'start', 0)),
    inside(intAttribute(site.node, 'end', shape.length)),
  )
  return [known('int64', [elements.length], elements)]
}

const constantOfShape: Infer = site => {
  const list = input(site, 0)
  const shape = list.elements ?? openShape(list)
  const attribute = site.node.attributes['value']
  if (attribute === undefined) return [{ dtype: 'float32', shape }]
  if (attribute.type !== 'tensor') throw new TypeError(`expected its value to be a tensor, got ${attribute.type}`)
  const value = elementsOf(attribute.value)?.[0]
  const length = multiply(...shape)
  const elements =
    value !== undefined && typeof length === 'number' && length <= maxElements
      ? Array.from({ length }, () => value)
      : undefined
  return [known(attribute.value.dtype, shape, elements)]
}

const range: Infer = site => {
  const { dtype } = input(site, 0)
  const [start, limit, delta] = [0, 1, 2].map(index => input(site, index).elements?.[0] ?? scalarOf(site, index))
  if (typeof start === 'number' && typeof limit === 'number' && typeof delta === 'number') {
    const length = Math.max(0, Math.ceil((limit - start) / delta))
    const elements = length <= maxElements ? Array.from({ length }, (_, at) => start + at * delta) : undefined
    return [known(dtype, [length], elements)]
  }
  if (start === 0 && delta === 1 && limit !== undefined) return [{ dtype, shape: [limit] }]
  return [{ dtype, shape: ['?'] }]
}

const scalarOf = (site: Site, index: number) => {
  const tensor = site.tensor(index)
  return tensor === undefined ? undefined : Number(tensor.data[0])
}

const where: Infer = site => {
  const [condition, a, b] = [input(site, 0), input(site, 1), input(site, 2)]
  const shape = broadcast(condition.shape, a.shape, b.shape)
  const length = condition.elements?.length
  const at = (value: Value, index: number) => value.elements?.[value.elements.length === 1 ? 0 : index]
  const elements = condition.elements?.map((chosen, index) => at(chosen === 1 ? a : b, index))
  const whole = length !== undefined && multiply(...shape) === length && elements?.every(each => each !== undefined)
  return [known(a.dtype, shape, whole ? (elements as Dimension[]) : undefined)]
}

const cast: Infer = site => {
  const x = input(site, 0)
  const number = intAttribute(site.node, 'to', 0)
  const dtype = (Object.keys(dataTypes) as DataType[]).find(name => dataTypes[name] === number)
  if (dtype === undefined) throw new TypeError(`the element type ${number} is not supported`)
  return [known(dtype, x.shape, x.elements)]
}

const like: Infer = site => [{ dtype: input(site, 1).dtype, shape: input(site, 0).shape }]

const oneHot: Infer = site => {
  const indices = input(site, 0)
  const depth = input(site, 1).elements?.[0] ?? scalarOf(site, 1)
  if (depth === undefined) throw new Error('its depth must be known beforehand')
  const axis = intAttribute(site.node, 'axis', -1)
  const front = axisFromFront(axis, indices.shape.length + 1)
  return [{ dtype: input(site, 2).dtype, shape: indices.shape.toSpliced(front, 0, depth) }]
}

const topK: Infer = site => {
  const x = input(site, 0)
  const k = input(site, 1).elements?.[0]
  if (k === undefined) throw new Error('k must be known beforehand')
  const shape = x.shape.with(axisFromFront(intAttribute(site.node, 'axis', -1), x.shape.length), k)
  return [
    { dtype: x.dtype, shape },
    { dtype: 'int64', shape },
  ]
}

/** `Attention` of operator set 23: (batch, heads, length, size), or (batch, length, heads·size) with head counts. */
const attention: Infer = site => {
  const [q, k, v] = [input(site, 0), input(site, 1), input(site, 2)]
  if (q.shape.length === 4) return [{ dtype: q.dtype, shape: [...q.shape.slice(0, 3), v.shape[3]!] }]
  const queryHeads = intAttribute(site.node, 'q_num_heads', 1)
  const keyHeads = intAttribute(site.node, 'kv_num_heads', 1)
  if (!mayEqual(k.shape[0]!, q.shape[0]!)) throw new RangeError('batches differ')
  return [
    { dtype: q.dtype, shape: [q.shape[0]!, q.shape[1]!, multiply(divide([v.shape[2]!], [keyHeads]), queryHeads)] },
  ]
}

const quantize: Infer = site => [{ dtype: site.inputs[2]?.dtype ?? 'uint8', shape: input(site, 0).shape }]

const constant: Infer = site => {
  const [name, attribute] = Object.entries(site.node.attributes)[0] ?? []
  if (attribute?.type === 'tensor') {
    const elements = elementsOf(attribute.value)
    return [known(attribute.value.dtype, attribute.value.dims, elements)]
  }
  if (attribute?.type === 'int') return [known('int64', [], [Number(attribute.value)])]
  if (attribute?.type === 'ints') return [known('int64', [attribute.value.length], attribute.value.map(Number))]
  if (attribute?.type === 'float') return [{ dtype: 'float32', shape: [] }]
  if (attribute?.type === 'floats') return [{ dtype: 'float32', shape: [attribute.value.length] }]
  throw new Error(`its value is given as ${name}, which is not supported`)
}

const truncate = (a: Dimension, b: Dimension) =>
  typeof a === 'number' && typeof b === 'number' ? Math.trunc(a / b) : b === 1 ? a : `${a}/${b}`

const inference: Readonly<Record<string, Infer>> = {
  // One operand
  ...Object.fromEntries(
    [
      ...[
        'Abs',
        'Neg',
        'Sqrt',
        'Exp',
        'Log',
        'Sin',
        'Cos',
        'Tan',
        'Tanh',
        'Sigmoid',
        'Erf',
        'Relu',
        'LeakyRelu',
        'Elu',
      ],
      ...['Selu', 'Softplus', 'Softsign', 'HardSigmoid', 'HardSwish', 'Mish', 'Swish', 'Gelu', 'Reciprocal', 'Floor'],
      ...['Ceil', 'Round', 'Sign', 'Not', 'BitwiseNot', 'Clip', 'Softmax', 'LogSoftmax', 'Hardmax', 'CumSum', 'Trilu'],
      ...['InstanceNormalization', 'GroupNormalization', 'BatchNormalization', 'LpNormalization', 'RMSNormalization'],
      ...[
        'ScatterND',
        'ScatterElements',
        'RandomNormalLike',
        'RandomUniformLike',
        'com.microsoft.QuickGelu',
        'com.microsoft.Gelu',
        'com.microsoft.FastGelu',
      ],
    ].map(op => [op, same]),
  ),
  LayerNormalization: layerNormalization,
  IsNaN: site => [{ dtype: 'bool', shape: input(site, 0).shape }],
  IsInf: site => [{ dtype: 'bool', shape: input(site, 0).shape }],
  Dropout: site => [...same(site), { dtype: 'bool', shape: input(site, 0).shape }],
  Identity: passing(x => x.shape),

  // Several operands, broadcast
  Add: elementwise({ compute: add }),
  Sub: elementwise({ compute: subtract }),
  Mul: elementwise({ compute: (a, b) => multiply(a, b) }),
  Div: elementwise({ compute: truncate }),
  Mod: elementwise({
    compute: (a, b) => (typeof a === 'number' && typeof b === 'number' ? ((a % b) + b) % b : undefined),
  }),
  Pow: site => [{ dtype: input(site, 0).dtype, shape: broadcast(input(site, 0).shape, input(site, 1).shape) }],
  ...Object.fromEntries(
    ['Min', 'Max', 'Sum', 'Mean', 'And', 'Or', 'Xor', 'BitShift', 'BitwiseAnd', 'BitwiseOr', 'PRelu'].map(op => [
      op,
      elementwise(),
    ]),
  ),
  Equal: comparison((a, b) => a === b),
  Less: comparison((a, b) => a < b),
  LessOrEqual: comparison((a, b) => a <= b),
  Greater: comparison((a, b) => a > b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  Where: where,

  // Sums of products
  MatMul: matMul,
  MatMulInteger: site => matMul(site).map(({ shape }) => ({ dtype: 'int32', shape })),
  Gemm: gemm,
  Einsum: einsum,
  Attention: attention,
  Conv: conv,
  ConvTranspose: convTranspose,

  // Pictures
  AveragePool: pool,
  MaxPool: pool,
  GlobalAveragePool: site => {
    const { dtype, shape } = input(site, 0)
    return [{ dtype, shape: shape.map((size, axis) => (axis < 2 ? size : 1)) }]
  },
  Resize: resize,

  // Reductions
  ReduceSum: reduction(13),
  ...Object.fromEntries(
    ['Mean', 'Max', 'Min', 'Prod', 'L1', 'L2', 'LogSum', 'LogSumExp', 'SumSquare'].map(name => [
      `Reduce${name}`,
      reduction(18),
    ]),
  ),
  ArgMax: argument,
  ArgMin: argument,
  TopK: topK,

  // Layout
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Gather: gather,
  GatherND: gatherND,
  GatherElements: site => [{ dtype: input(site, 0).dtype, shape: input(site, 1).shape }],
  Reshape: reshape,
  Squeeze: passing(squeezed),
  Unsqueeze: passing(unsqueezed),
  Flatten: flatten,
  Transpose: transpose,
  Expand: expand,
  Tile: tile,

  // Shapes, constants, types
  Shape: shapeOperator,
  Size: site => [known('int64', [], [multiply(...input(site, 0).shape)])],
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  Cast: cast,
  CastLike: like,
  OneHot: oneHot,
  DequantizeLinear: site => [{ dtype: input(site, 1).dtype, shape: input(site, 0).shape }],
  QuantizeLinear: quantize,
  DynamicQuantizeLinear: site => [
    { dtype: 'uint8', shape: input(site, 0).shape },
    { dtype: 'float32', shape: [] },
    { dtype: 'uint8', shape: [] },
  ],
}
