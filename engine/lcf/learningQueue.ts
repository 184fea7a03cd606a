/**
 * Whose style is learned: one at a time, the others by turns of their owners. Learning is cut into pieces, and whoever
 * owns the device calls `work` for one of them when it has nothing better to do.
 */
import type { LearnProgress, LearnRequest, LearnResult, StyleRecipe } from '../types/styles.ts'
import { type LearnTools, learn } from './learn.ts'

export interface Turns {
  learn(id: number, ask: LearnRequest, recipe: StyleRecipe, tell: LearnTell): void
  cancel(id: number): void
  hasWork(): boolean
  /** Does one piece. */
  runPiece(): Promise<void>
  /** Keeps what was learned and ends everything as cancelled. Not while a piece is being worked on. */
  close(): Promise<void>
}

export interface LearnTell {
  progress(progress: LearnProgress): void
  ended(end: LearnResult): void
}

export type TurnsOptions = Omit<LearnTools, 'tell' | 'stepMs'> & { stepMs(): number }

interface Job {
  readonly id: number
  readonly ask: LearnRequest
  readonly recipe: StyleRecipe
  readonly tell: LearnTell
  cancelled: boolean
}

export function openTurns(options: TurnsOptions): Turns {
  const waiting: Job[] = []
  const lastTurnOf = new Map<string, number>()
  let turns = 0
  let current: { readonly job: Job; readonly run: ReturnType<typeof learn> } | undefined

  function begin(): void {
    const job = [...waiting].sort(byTurn)[0]!
    waiting.splice(waiting.indexOf(job), 1)
    lastTurnOf.set(job.ask.owner, ++turns)
    const run = learn(job.ask, job.recipe, { ...options, stepMs: options.stepMs(), tell: job.tell.progress })
    current = { job, run }
    tellQueue()
  }

  function end(end: LearnResult): void {
    const { job } = current!
    current = undefined
    if (waiting.length === 0) lastTurnOf.clear()
    job.tell.ended(end)
  }

  /** The sort is stable: within an owner, who came first goes first. */
  function byTurn(a: Job, b: Job): number {
    return (lastTurnOf.get(a.ask.owner) ?? 0) - (lastTurnOf.get(b.ask.owner) ?? 0)
  }

  function tellQueue(): void {
    for (const [place, job] of [...waiting].sort(byTurn).entries()) {
      job.tell.progress({ type: 'queued', ahead: place + (current ? 1 : 0) })
    }
  }

  async function stop(): Promise<void> {
    // Its `finally` keeps what was learned and frees the sessions; it has nothing to return.
    await (current!.run as AsyncGenerator<undefined, unknown>).return(undefined)
    end({ type: 'cancelled' })
  }

  return {
    learn(id, ask, recipe, tell) {
      waiting.push({ id, ask, recipe, tell, cancelled: false })
      tellQueue()
    },

    cancel(id) {
      const job = waiting.find(candidate => candidate.id === id)
      if (job) {
        waiting.splice(waiting.indexOf(job), 1)
        job.tell.ended({ type: 'cancelled' })
        tellQueue()
      } else if (current?.job.id === id) current.job.cancelled = true
    },

    hasWork: () => current !== undefined || waiting.length > 0,

    async runPiece() {
      if (!current) begin()
      try {
        if (current!.job.cancelled) return await stop()
        const next = await current!.run.next()
        if (next.done) end(next.value)
      } catch (error) {
        end({ type: 'failed', words: error instanceof Error ? error.message : String(error) })
      }
    },

    async close() {
      for (const job of waiting.splice(0)) job.tell.ended({ type: 'cancelled' })
      if (current) await stop()
    },
  }
}
