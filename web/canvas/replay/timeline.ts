/** Where things that happened at certain times stand on a line from 0 to 1, with long pauses cut short. */
export interface Timeline {
  /** How many of them have happened at a place on the line. */
  countAt(share: number): number
  /** Where so many of them have happened; 0 for none. */
  shareOf(count: number): number
}

/** Longer pauses count as so long, and what came at once is drawn one after the other. */
const pauseMs = { min: 5, max: 2_000 }

/** `times`: in milliseconds, in the order in which things happened; what a clock says backwards counts as at once. */
export function createTimeline(times: readonly number[]): Timeline {
  const places = new Float64Array(times.length)
  let place = 0
  for (const [index, time] of times.entries()) {
    const pause = time - (times[index - 1] ?? time)
    place += Math.min(pauseMs.max, Math.max(pauseMs.min, pause))
    places[index] = place
  }
  const whole = Math.max(place, 1)
  return {
    countAt(share) {
      const until = share * whole + 1e-6
      let [low, high] = [0, places.length]
      while (low < high) {
        const middle = (low + high) >> 1
        if (places[middle]! <= until) low = middle + 1
        else high = middle
      }
      return low
    },
    shareOf: count => (count <= 0 ? 0 : places[Math.min(count, places.length) - 1]! / whole),
  }
}
