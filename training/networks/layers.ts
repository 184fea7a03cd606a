import type { Value } from '../../onnx/tape/tape.ts'
import type { Network } from './network.ts'

/**
 * The layers that diffusion networks are made of, their parameters named as in diffusers. Linear layers over tokens are
 * MatMul with a weight [in, out], as exporters write them; those over vectors are Gemm with [out, in].
 */

export interface Sizes {
  readonly in: number
  readonly out: number
}

interface LayerOptions {
  readonly bias?: boolean
  /** Begin with nothing, so that what is added to a skip connection grows from there. */
  readonly zero?: boolean
}

/** torch's beginning of linear and convolutional layers. */
const fan = (fanIn: number, zero = false) => (zero ? 'zeros' : { within: 1 / Math.sqrt(fanIn) })

/** x (B, in, H, W) → (B, out, H / stride, W / stride). */
export function conv(
  n: Network,
  name: string,
  x: Value,
  size: Sizes,
  {
    kernel = 3,
    stride = 1,
    pad = (kernel - 1) >> 1,
    zero = false,
  }: { kernel?: number; stride?: number; pad?: number; zero?: boolean } = {},
): Value {
  return n.scope(name, () => {
    const weight = n.weight('weight', [size.out, size.in, kernel, kernel], fan(size.in * kernel * kernel, zero))
    return n.conv(x, weight, n.weight('bias', [size.out], 'zeros'), { strides: stride, pads: pad })
  })
}

/** x (B, N, in) → (B, N, out). */
export function linear(
  n: Network,
  name: string,
  x: Value,
  size: Sizes,
  { bias = true, zero }: LayerOptions = {},
): Value {
  return n.scope(name, () => {
    const y = n.matmul(x, n.weight('weight', [size.in, size.out], fan(size.in, zero)))
    return bias ? n.add(y, n.weight('bias', [size.out], 'zeros')) : y
  })
}

/** x (B, in) → (B, out). */
export function dense(
  n: Network,
  name: string,
  x: Value,
  size: Sizes,
  { bias = true, zero }: LayerOptions = {},
): Value {
  return n.scope(name, () => {
    const weight = n.weight('weight', [size.out, size.in], fan(size.in, zero))
    return n.gemm(x, weight, bias ? n.weight('bias', [size.out], 'zeros') : undefined, { transB: true })
  })
}

/** x (B, size, H, W) */
export function groupNorm(n: Network, name: string, x: Value, size: number, groups: number, epsilon = 1e-5): Value {
  return n.scope(name, () =>
    n.groupNorm(x, n.weight('weight', [size], 'ones'), n.weight('bias', [size], 'zeros'), groups, epsilon),
  )
}

/** x (…, size) */
export function layerNorm(n: Network, name: string, x: Value, size: number): Value {
  return n.scope(name, () => n.layerNorm(x, n.weight('weight', [size], 'ones'), n.weight('bias', [size], 'zeros')))
}

export interface AttentionOptions {
  readonly size: number
  readonly contextSize: number
  readonly heads: number
  /** Added to the scores, (N, M). */
  readonly mask?: Value
  /** What the projections of queries, keys, values and results are called. */
  readonly names?: readonly [string, string, string, string]
  /** Biases of queries, keys and values. */
  readonly bias?: boolean
}

/** Scaled dot-product attention of x (B, N, size) over `context` (B, M, contextSize) → (B, N, size). */
export function attention(
  n: Network,
  name: string,
  x: Value,
  context: Value,
  { size, contextSize, heads, mask, names = ['to_q', 'to_k', 'to_v', 'to_out.0'], bias = false }: AttentionOptions,
): Value {
  return n.scope(name, () => {
    const q = linear(n, names[0], x, { in: size, out: size }, { bias })
    const k = linear(n, names[1], context, { in: contextSize, out: size }, { bias })
    const v = linear(n, names[2], context, { in: contextSize, out: size }, { bias })
    const split = (y: Value, order: readonly number[]) =>
      n.transpose(n.reshape(y, [y.shape[0]!, y.shape[1]!, heads, size / heads]), order)
    const products = n.matmul(split(n.mul(q, (size / heads) ** -0.5), [0, 2, 1, 3]), split(k, [0, 2, 3, 1]))
    const shares = n.softmax(mask ? n.add(products, mask) : products) // (B, heads, N, M)
    const mixed = n.transpose(n.matmul(shares, split(v, [0, 2, 1, 3])), [0, 2, 1, 3]) // (B, N, heads, d)
    return linear(n, names[3], n.reshape(mixed, [x.shape[0]!, x.shape[1]!, size]), { in: size, out: size })
  })
}

/** x (B, C, H, W) → the same pixels as tokens (B, H·W, C). */
export function tokensOf(n: Network, x: Value): Value {
  return n.transpose(n.reshape(x, [x.shape[0]!, x.shape[1]!, -1]), [0, 2, 1])
}

/** The way back: tokens (B, H·W, C) → (B, C, H, W), with the sizes of `like`. */
export function pixelsOf(n: Network, tokens: Value, like: Value): Value {
  return n.reshape(n.transpose(tokens, [0, 2, 1]), like.shape)
}
