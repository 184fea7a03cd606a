/** A duration rounded as an estimate is: 40 seconds, 2 minutes, 50 hours. */
export interface RoundDuration {
  readonly count: number
  readonly unit: 'seconds' | 'minutes' | 'hours'
}

export function roundDuration(ms: number): RoundDuration {
  const seconds = ms / 1000
  if (seconds < 10) return { count: Math.max(1, Math.round(seconds)), unit: 'seconds' }
  if (seconds < 90) return { count: Math.round(seconds / 5) * 5, unit: 'seconds' }
  if (seconds < 90 * 60) return { count: Math.round(seconds / 60), unit: 'minutes' }
  return { count: Math.round(seconds / 3600), unit: 'hours' }
}

/** A rounded duration in English: "40 s", "2 min", "50 h". */
export function describeDuration(ms: number): string {
  const { count, unit } = roundDuration(ms)
  return `${count} ${{ seconds: 's', minutes: 'min', hours: 'h' }[unit]}`
}
