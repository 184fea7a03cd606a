/**
 * How late interactions reach us. An id says when Discord made it, but its clock is not ours: the smallest difference
 * seen so far stands for the difference of the clocks, and what an interaction has more than that is its lateness.
 */
export function createLatenessEstimate(): (createdAt: number, now: number) => number {
  let smallestMs = Number.POSITIVE_INFINITY
  return (createdAt, now) => {
    const difference = now - createdAt
    smallestMs = Math.min(smallestMs, difference)
    return difference - smallestMs
  }
}

/** Discord waits 3 s for an acknowledgement; after that nobody would see an answer. */
export const tooLateMs = 2_900
