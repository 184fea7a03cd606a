import type { Assessment } from '../types/styles.ts'

/** What a style must have come closer by, and what must be left of the picture. */
const leastGain = 0.1
const leastContent = 0.3
export const leastDetail = 0.6

/** What an assessment measures. */
export type Figures = Pick<Assessment, 'distanceBefore' | 'distanceAfter' | 'contentKept' | 'detailKept'>

/** What the figures of an assessment come to. */
export type Outcome = 'better' | 'blurred' | 'lost' | 'further' | 'same'

export function outcomeOf(figures: Figures): Outcome {
  const isThere = figures.contentKept >= leastContent
  if (gainOf(figures) >= leastGain) {
    if (!isThere) return 'lost'
    return figures.detailKept >= leastDetail ? 'better' : 'blurred'
  }
  return figures.distanceAfter > figures.distanceBefore ? 'further' : 'same'
}

/** By how much pictures are closer to those of the style: 0 … 1, below 0 if they are further away. */
export function gainOf({ distanceBefore, distanceAfter }: Pick<Figures, 'distanceBefore' | 'distanceAfter'>): number {
  return 1 - distanceAfter / distanceBefore
}
