/**
 * The queue of learnings: one runs at a time, owners take turns. Learning is cut into pieces, and whoever owns the
 * device calls `runPiece` when it has nothing more urgent to do.
 */
import type { LearnProgress, LearnRequest, LearnResult, StyleRecipe } from '../types/styles.ts'
import { type LearnTools, learn } from './learn.ts'

export interface LearningQueue {
  learn(id: number, request: LearnRequest, recipe: StyleRecipe, listener: LearnListener): void
  cancel(id: number): void
  hasWork(): boolean
  /** Does one piece. */
  runPiece(): Promise<void>
  /** Sends a last checkpoint and ends everything as cancelled. Not while a piece is being worked on. */
  close(): Promise<void>
}

export interface LearnListener {
  onProgress(progress: LearnProgress): void
  onEnded(result: LearnResult): void
}

export type LearningQueueOptions = Omit<LearnTools, 'onProgress' | 'stepMs'> & { stepMs(): number }

interface Job {
  readonly id: number
  readonly request: LearnRequest
  readonly recipe: StyleRecipe
  readonly listener: LearnListener
  cancelled: boolean
}

export function createLearningQueue(options: LearningQueueOptions): LearningQueue {
  const waiting: Job[] = []
  const lastTurnOf = new Map<string, number>()
  let turns = 0
  let current: { readonly job: Job; readonly run: ReturnType<typeof learn> } | undefined

  function begin(): void {
    const job = [...waiting].sort(byTurn)[0]!
    waiting.splice(waiting.indexOf(job), 1)
    lastTurnOf.set(job.request.owner, ++turns)
    const run = learn(job.request, job.recipe, {
      ...options,
      stepMs: options.stepMs(),
      onProgress: job.listener.onProgress,
    })
    current = { job, run }
    announcePlaces()
  }

  function end(end: LearnResult): void {
    const { job } = current!
    current = undefined
    if (waiting.length === 0) lastTurnOf.clear()
    job.listener.onEnded(end)
  }

  /** The sort is stable: within an owner, who came first goes first. */
  function byTurn(a: Job, b: Job): number {
    return (lastTurnOf.get(a.request.owner) ?? 0) - (lastTurnOf.get(b.request.owner) ?? 0)
  }

  function announcePlaces(): void {
    for (const [place, job] of [...waiting].sort(byTurn).entries()) {
      job.listener.onProgress({ type: 'queued', ahead: place + (current ? 1 : 0) })
    }
  }

  async function stop(): Promise<void> {
    // Its `finally` sends a checkpoint and frees the sessions; it has nothing to return.
    await (current!.run as AsyncGenerator<undefined, unknown>).return(undefined)
    end({ type: 'cancelled' })
  }

  return {
    learn(id, request, recipe, listener) {
      waiting.push({ id, request, recipe, listener, cancelled: false })
      announcePlaces()
    },

    cancel(id) {
      const job = waiting.find(candidate => candidate.id === id)
      if (job) {
        waiting.splice(waiting.indexOf(job), 1)
        job.listener.onEnded({ type: 'cancelled' })
        announcePlaces()
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
        end({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
      }
    },

    async close() {
      for (const job of waiting.splice(0)) job.listener.onEnded({ type: 'cancelled' })
      if (current) await stop()
    },
  }
}
