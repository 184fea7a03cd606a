/** A duration as people read it, rounded as an estimate is: "40 s", "2 min", "50 h". */
export function describeDuration(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 90) return `${seconds < 10 ? Math.max(1, Math.round(seconds)) : Math.round(seconds / 5) * 5} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  return `${Math.round(seconds / 3600)} h`
}
