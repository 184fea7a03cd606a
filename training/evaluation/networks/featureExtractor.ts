import type { Value } from '../../../onnx/tape/tape.ts'
import { conv, groupNorm } from '../../networks/layers.ts'
import type { Network } from '../../networks/network.ts'

/** How much smaller the feature map is than the picture. */
export const featureStride = 8
/** Channels of the map, and so the length of the features that pictures are compared by. */
export const featureWidth = 64

/**
 * Sees: picture (B, 3, side, side) in −1 … 1 → map (B, 64, side / 8, side / 8). The first layers are not normalized,
 * because how bright a picture is tells the time of day.
 */
export function featureExtractor(n: Network, picture: Value, side: number): Value {
  return n.scope('eye', () => {
    let x = n.silu(conv(n, 'conv1', picture, { in: 3, out: 16 }, { stride: 2 }))
    x = n.silu(conv(n, 'conv2', x, { in: 16, out: 32 }, { stride: 2 }))
    x = n.silu(
      groupNorm(n, 'norm3', conv(n, 'conv3', x, { in: 32, out: featureWidth }, { stride: 2 }), featureWidth, 8),
    )
    x = conv(n, 'conv4', x, { in: featureWidth, out: featureWidth })
    // Where a pixel of the map lies, so that left can be told from right.
    x = n.add(x, n.weight('place', [1, featureWidth, side / featureStride, side / featureStride], { within: 0.1 }))
    x = residual(n, 'block1', x)
    x = residual(n, 'block2', x)
    return n.silu(groupNorm(n, 'norm_out', x, featureWidth, 8))
  })
}

function residual(n: Network, name: string, x: Value): Value {
  return n.scope(name, () => {
    const size = { in: featureWidth, out: featureWidth }
    const inner = conv(n, 'conv1', n.silu(groupNorm(n, 'norm1', x, featureWidth, 8)), size)
    return n.add(x, conv(n, 'conv2', n.silu(groupNorm(n, 'norm2', inner, featureWidth, 8)), size, { zero: true }))
  })
}
