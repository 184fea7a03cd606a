import type { Value } from '../../onnx/tape/tape.ts'
import { conv, groupNorm } from './layers.ts'
import type { Network } from './network.ts'

const widths = [24, 48, 64] as const

export interface Criticism {
  /** (B, 1, H / 8, W / 8), above 0 where a patch looks like a render. */
  readonly scores: Value
  /** What it looked at on the way. */
  readonly features: readonly Value[]
}

/** A patch critic (PatchGAN, arXiv 1611.07004): pictures (B, 3, H, W) in −1 … 1. */
export function critic(n: Network, picture: Value): Criticism {
  return n.scope('critic', () => {
    const [first, second, third] = widths
    const a = n.silu(conv(n, 'conv1', picture, { in: 3, out: first }, { stride: 2 }))
    const b = n.silu(groupNorm(n, 'norm2', conv(n, 'conv2', a, { in: first, out: second }, { stride: 2 }), second, 8))
    const c = n.silu(groupNorm(n, 'norm3', conv(n, 'conv3', b, { in: second, out: third }, { stride: 2 }), third, 8))
    return { scores: conv(n, 'conv_out', c, { in: third, out: 1 }), features: [a, b, c] }
  })
}
