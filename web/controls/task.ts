import { useState } from 'react'
import { messageFor } from '../room/http.ts'

/** Something that takes a moment and may be refused: whether it runs, and what to say of how it went. */
export interface Task {
  readonly isBusy: boolean
  readonly problem: string | null
  readonly run: (work: () => Promise<unknown>) => Promise<void>
  readonly showError: (message: string | null) => void
}

export function useTask(): Task {
  const [isBusy, setBusy] = useState(false)
  const [problem, showError] = useState<string | null>(null)
  async function run(work: () => Promise<unknown>): Promise<void> {
    setBusy(true)
    showError(null)
    try {
      await work()
    } catch (error) {
      showError(messageFor(error))
    } finally {
      setBusy(false)
    }
  }
  return { isBusy, problem, run, showError }
}
