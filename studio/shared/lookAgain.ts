import { createGuard } from '../../protocol/guard.ts'

/** How often the rows are asked what came of that which another program does. */
const defaultEveryMs = 1_500

/** Looks again and again until `look` says that all is over. Returns what stops it. */
export function lookAgain(
  look: () => Promise<'over' | 'open'>,
  onError: (error: unknown) => void,
  everyMs = defaultEveryMs,
): () => void {
  const guard = createGuard((_, error) => onError(error))
  let isStopped = false
  let timer: NodeJS.Timeout
  const lookOnce = guard('It could not be looked at', async () => {
    const state = await look().catch(error => {
      onError(error)
      return 'open' as const
    })
    if (state === 'open') wait()
  })
  const wait = () => {
    if (!isStopped) timer = setTimeout(lookOnce, everyMs).unref()
  }
  wait()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
