import type { Value } from '../../../onnx/tape/tape.ts'
import { float32 } from '../../../onnx/tensor.ts'
import { dense } from '../../networks/layers.ts'
import type { Network } from '../../networks/network.ts'
import { type TextEncoderConfig, textEncoder } from '../../networks/textEncoder.ts'
import { featureExtractor, featureStride, featureWidth } from './featureExtractor.ts'

/** Length of the vectors in which pictures and captions meet. */
export const meetingSize = 64

export type DualEncoderText = Pick<TextEncoderConfig, 'vocabulary' | 'length'>

/** Picture (B, 3, side, side) → unit vectors (B, 64). The whole map is read, by four pixels: what lies where matters to a caption. */
export function seePicture(n: Network, picture: Value, side: number): Value {
  const map = n.op('AveragePool', [featureExtractor(n, picture, side)], { kernel_shape: [2, 2], strides: [2, 2] })
  const area = (side / featureStride / 2) ** 2
  return n.scope('picture', () => {
    const flat = n.reshape(map, [map.shape[0]!, featureWidth * area])
    return unit(n, dense(n, 'projection', flat, { in: featureWidth * area, out: meetingSize }))
  })
}

/** Token ids (B, length) int64, and `ends` (B, length), 1 where a caption ends → unit vectors (B, 64). */
export function readCaption(n: Network, ids: Value, ends: Value, text: DualEncoderText): Value {
  return n.scope('caption', () => {
    const config = { ...text, size: 96, layers: 1, heads: 4 }
    const row = n.reduceSum(n.mul(textEncoder(n, ids, config), n.unsqueeze(ends, [2])), [1])
    return unit(n, dense(n, 'projection', row, { in: config.size, out: meetingSize }))
  })
}

/**
 * InfoNCE (arXiv 1807.03748) in both directions, as CLIP: every picture must find its caption among those of the batch,
 * and every caption its picture. The sharpness is learned, from ln 10 on.
 */
export function matchLoss(n: Network, pictures: Value, captions: Value): Value {
  const batch = pictures.shape[0] as number
  const sharpness = n.exp(n.add(n.weight('sharpness', [1], 'zeros'), Math.log(10)))
  const likeness = n.mul(n.matmul(pictures, n.transpose(captions, [1, 0])), sharpness) // (B, B)
  const own = n.constant(
    float32(
      Array.from({ length: batch * batch }, (_, at) => (at % (batch + 1) === 0 ? 1 : 0)),
      [batch, batch],
    ),
  )
  const both = [0, 1].map(axis => n.reduceSum(n.mul(n.logSoftmax(likeness, axis), own)))
  return n.div(n.add(both[0]!, both[1]!), -2 * batch)
}

function unit(n: Network, x: Value): Value {
  return n.div(x, n.sqrt(n.add(n.reduceSum(n.mul(x, x), [-1], { keepDims: true }), 1e-12)))
}
