/** How far a model is loaded, while it cannot paint yet. */
export type LoadingProgress =
  /** Part `part` of `parts` comes next, from 1; `secondsLeft` for it and all behind it. */
  | { readonly type: 'part'; readonly part: number; readonly parts: number; readonly secondsLeft: number }
  /** All are loaded; the first runs show what the device can do. */
  | { readonly type: 'warmUp' }
  /** It could not be loaded, for a reason that may pass: it is tried again later. */
  | { readonly type: 'resting'; readonly reason: string }
  /** Engines of other machines are looked for, and none can be reached. */
  | { readonly type: 'searching' }

/** As people read it: "loading the model, part 3 of 4, about 40 s". */
export function describeLoading(progress: LoadingProgress): string {
  if (progress.type === 'warmUp') return 'trying the model on this device'
  if (progress.type === 'resting') return `resting: ${progress.reason.replace(/\.$/, '')}`
  if (progress.type === 'searching') return 'no engine can be reached yet'
  const { part, parts, secondsLeft } = progress
  const left = secondsLeft < 90 ? `${Math.max(1, Math.round(secondsLeft))} s` : `${Math.round(secondsLeft / 60)} min`
  return `loading the model, part ${part} of ${parts}, about ${left}`
}

/**
 * The same, so many milliseconds after it was reported: less is left, and where it takes longer than was estimated, half
 * of what the part has taken so far.
 */
export function loadingAfter(progress: LoadingProgress, elapsedMs: number): LoadingProgress {
  if (progress.type !== 'part') return progress
  const elapsed = elapsedMs / 1000
  return { ...progress, secondsLeft: Math.max(progress.secondsLeft - elapsed, elapsed / 2) }
}
