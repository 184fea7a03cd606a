import type { LoadingProgress } from '../types/loading.ts'

export type ReportLoading = (progress: LoadingProgress) => void

/** What a slow disk gives, until this one was measured. */
const usualBytesPerSecond = 1e8
/** Less of a model says more about starting than about the disk. */
const tellingShare = 0.1

/** Call what it returns before each part is loaded: the pace of those before says how long the rest takes. `bytes`: of all parts. */
export function createLoadingReport(
  bytes: readonly number[],
  report: ReportLoading,
  now: () => number = () => performance.now(),
): () => void {
  const began = now()
  let at = 0
  return () => {
    const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0)
    const seconds = (now() - began) / 1000
    const loaded = sum(bytes.slice(0, at))
    const isMeasured = seconds > 0 && loaded > tellingShare * sum(bytes)
    const secondsLeft = sum(bytes.slice(at)) / (isMeasured ? loaded / seconds : usualBytesPerSecond)
    at++
    report({ type: 'part', part: at, parts: bytes.length, secondsLeft })
  }
}
