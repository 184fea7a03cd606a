import { frechetDistance } from '../../onnx/linalg/frechet.ts'
import { type Estimate, mean, shareOf } from '../../onnx/linalg/statistics.ts'
import type { Scene } from '../world/index.ts'
import { type Accuracies, accuracyOf } from './accuracy.ts'
import type { Classifier } from './classifier.ts'
import type { DualEncoder } from './dualEncoder.ts'

/** What can be said of some pictures. */
export interface Figures {
  readonly accuracy: Accuracies
  /** Fréchet distance from clean renders, in features of the classifier. */
  readonly frechet: Estimate
  /** Cosine of picture and caption in the dual encoder: the role of the CLIP score. */
  readonly match: Estimate
  /** How often a picture finds its caption among `rivals`. */
  readonly recall: Estimate
}

/** Captions among which a picture must find its own. */
export const rivals = 64

/** What pictures are measured with and against. */
export interface Yardstick {
  readonly classifier: Classifier
  readonly dualEncoder: DualEncoder
  /** Features of clean renders of other scenes. */
  readonly real: readonly Float32Array[]
}

/** The scenes that were asked for, as captions. */
export interface Exam {
  readonly scenes: readonly Scene[]
  readonly captions: readonly string[]
  readonly seeds: readonly number[]
}

export async function measure(pictures: readonly Uint8Array[], exam: Exam, yardstick: Yardstick): Promise<Figures> {
  const judgements = await yardstick.classifier(pictures)
  const [seen, read] = [await yardstick.dualEncoder.see(pictures), await yardstick.dualEncoder.read(exam.captions)]
  return {
    accuracy: accuracyOf(
      exam.scenes,
      judgements.map(({ reading }) => reading),
    ),
    frechet: frechetDistance(
      yardstick.real,
      judgements.map(({ features }) => features),
    ),
    match: mean(seen.map((picture, at) => dot(picture, read[at]!))),
    recall: shareOf(recalled(seen, read)),
  }
}

/** Whether each picture is nearest to its own caption, in groups of `rivals`; the rest that fills no group is left out. */
export function recalled(pictures: readonly Float32Array[], captions: readonly Float32Array[]): boolean[] {
  const groups = Math.floor(pictures.length / rivals)
  return Array.from({ length: groups * rivals }, (_, at) => {
    const from = at - (at % rivals)
    const own = dot(pictures[at]!, captions[at]!)
    return captions.slice(from, from + rivals).every(caption => dot(pictures[at]!, caption) <= own)
  })
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!
  return sum
}
