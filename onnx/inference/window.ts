/** The windows that convolutions and pools slide over the axes behind [batch, channels]. */
import { isStatic, windows } from '../dimensions.ts'
import { intsAttribute, type Node, type Shape, stringAttribute } from '../model.ts'
import { type InferenceContext, input } from './rule.ts'

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

/** The sizes of the kernel: an attribute, or those of the weight. */
export function kernelOf(context: InferenceContext): readonly number[] {
  const declared = intsAttribute(context.node, 'kernel_shape')
  if (declared !== undefined) return declared
  const kernel = input(context, 1).shape.slice(2)
  if (!isStatic(kernel)) throw new RangeError('the kernel must have a fixed shape')
  return kernel
}

/** The spatial sizes that are left where the window slides over those of `shape`. */
export function slide(shape: Shape, window: Window, ceil = false): Shape {
  const rank = window.kernel.length
  return shape.slice(2).map((size, axis) => {
    const stride = window.strides[axis]!
    const reach = window.dilations[axis]! * (window.kernel[axis]! - 1) + 1
    const padding = window.pads[axis]! + window.pads[axis + rank]!
    return windows(size, padding - reach + (ceil ? stride - 1 : 0), stride)
  })
}
