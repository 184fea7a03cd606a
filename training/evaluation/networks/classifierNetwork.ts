import type { Value } from '../../../onnx/tape/tape.ts'
import { dense, linear, tokensOf } from '../../networks/layers.ts'
import type { Network } from '../../networks/network.ts'
import { kinds } from '../../world/index.ts'
import { featureExtractor, featureStride, featureWidth } from './featureExtractor.ts'
import { sceneLength, sceneSizes, thingLength, thingSizes } from './questions.ts'

const hidden = 64

export interface ClassifierScores {
  /** (B, time | weather | place | style) */
  readonly scene: Value
  /** (B, kinds), above 0 where there is one */
  readonly present: Value
  /** (B, kinds, colour | size | position | count) */
  readonly things: Value
  /** (B, 64), what Fréchet distances are measured in */
  readonly features: Value
}

/**
 * Answers the questions about a picture (B, 3, side, side). For every kind it looks where that kind most likely is,
 * and answers from there; so what it knows about colours is shared by all kinds, and things do not disturb each other.
 * What it sees there is an average, in which two of a kind look like one; so it is also told how much of that kind
 * there is in each column.
 */
export function classifier(n: Network, picture: Value, side: number): ClassifierScores {
  const columns = side / featureStride
  const tokens = tokensOf(n, featureExtractor(n, picture, side)) // (B, N, 64)
  const features = n.reduceMean(tokens, [1])
  const whole = n.silu(dense(n, 'whole', features, { in: featureWidth, out: hidden }))

  const likeness = n.transpose(linear(n, 'likeness', tokens, { in: featureWidth, out: kinds.length }), [0, 2, 1]) // (B, kinds, N)
  const gaze = n.softmax(likeness)
  const seen = n.matmul(gaze, tokens) // (B, kinds, 64)
  const found = n.reshape(n.sigmoid(likeness), [0, kinds.length, columns, columns]) // (B, kinds, rows, columns)
  const about = [
    linear(n, 'seen', seen, { in: featureWidth, out: hidden }),
    linear(n, 'columns', n.reduceSum(found, [2]), { in: columns, out: hidden }),
    n.weight('kind', [kinds.length, hidden], { within: 0.3 }),
    n.unsqueeze(dense(n, 'around', whole, { in: hidden, out: hidden }), [1]),
  ].reduce((a, b) => n.add(a, b))
  const thought = n.silu(linear(n, 'thought', n.silu(about), { in: hidden, out: hidden }))
  return {
    scene: dense(n, 'scene', whole, { in: hidden, out: sceneLength }),
    present: n.sub(n.reduceSum(n.mul(gaze, likeness), [2]), 2),
    things: linear(n, 'things', thought, { in: hidden, out: thingLength }),
    features,
  }
}

/** Cross entropies of all questions, summed; those about things count only where there is one. Mean over the batch. */
export function classifierLoss(
  n: Network,
  scores: ClassifierScores,
  answers: { readonly scene: Value; readonly present: Value; readonly things: Value },
): Value {
  const x = scores.present
  // −ln σ(x) where present, −ln σ(−x) elsewhere.
  const presence = n.sub(n.op('Softplus', [x]), n.mul(x, answers.present))
  const sum = [
    ...crossEntropies(n, scores.scene, answers.scene, sceneSizes),
    ...crossEntropies(n, scores.things, answers.things, thingSizes),
    n.reduceSum(presence),
  ].reduce((a, b) => n.add(a, b))
  return n.div(sum, x.shape[0] as number)
}

function crossEntropies(n: Network, scores: Value, answers: Value, sizes: readonly number[]): Value[] {
  const [rows, right] = [n.split(scores, sizes, -1), n.split(answers, sizes, -1)]
  return rows.map((row, at) => n.neg(n.reduceSum(n.mul(n.logSoftmax(row), right[at]!))))
}
