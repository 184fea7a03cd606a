/**
 * What is being learned, seen from the program: the process may fall at any time, and what it had learned is sent to the
 * next one with the ask, so that it goes on from what it kept last.
 */

import type { Learning, LearnProgress, LearnRequest, LearnResult, StyleRecipe } from '../types/styles.ts'
import type { FromProcess, ToProcess } from './messages.ts'

export interface Learnings {
  learn(ask: LearnRequest, recipe: StyleRecipe, onProgress?: (progress: LearnProgress) => void): Learning
  /** There is a process that takes asks. */
  ready(): void
  heard(message: FromProcess & { type: 'learning' | 'learned' }): void
  /** The process is gone; another follows. */
  fell(): void
  /** No other follows. */
  end(end: LearnResult): void
}

/** Falls without anything new being kept between them, after which it is not tried again. */
const maxFalls = 2

interface Job {
  readonly id: number
  readonly ask: LearnRequest
  readonly recipe: StyleRecipe
  readonly onProgress: ((progress: LearnProgress) => void) | undefined
  readonly resolve: (end: LearnResult) => void
  /** What was kept last. */
  checkpoint: Uint8Array | undefined
  keptStep: number
  /** It was going on when the process fell, so it may have caused that. */
  isRunning: boolean
  falls: number
  cancelled: boolean
}

export function openLearnings(send: (message: ToProcess) => void): Learnings {
  const jobs = new Map<number, Job>()
  let nextId = 1
  let isReady = false

  function sendJob({ id, ask, recipe, checkpoint }: Job): void {
    send({ type: 'learn', id, ask: checkpoint ? { ...ask, resume: checkpoint } : ask, recipe })
  }

  function finish(id: number, end: LearnResult): void {
    const job = jobs.get(id)
    jobs.delete(id)
    job?.resolve(end)
  }

  function progressed(job: Job, progress: LearnProgress): void {
    job.isRunning = progress.type !== 'queued'
    if (progress.type === 'kept') {
      if (progress.step > job.keptStep) job.falls = 0
      job.keptStep = progress.step
      job.checkpoint = progress.checkpoint
    }
    job.onProgress?.(progress)
  }

  return {
    learn(ask, recipe, onProgress) {
      const id = nextId++
      const ended = new Promise<LearnResult>(resolve => {
        const fresh = { checkpoint: undefined, keptStep: -1, isRunning: false, falls: 0, cancelled: false }
        jobs.set(id, { id, ask, recipe, onProgress, resolve, ...fresh })
      })
      if (isReady) sendJob(jobs.get(id)!)
      return {
        ended,
        cancel() {
          const job = jobs.get(id)
          if (!job) return
          job.cancelled = true
          if (isReady) send({ type: 'unlearn', id })
          else finish(id, { type: 'cancelled' })
        },
      }
    },

    ready() {
      isReady = true
      for (const job of jobs.values()) sendJob(job)
    },

    heard(message) {
      const job = jobs.get(message.id)
      if (!job) return
      if (message.type === 'learned') finish(job.id, message.end)
      else progressed(job, message.progress)
    },

    fell() {
      isReady = false
      for (const job of [...jobs.values()]) {
        if (job.isRunning) job.falls++
        job.isRunning = false
        if (job.cancelled) finish(job.id, { type: 'cancelled' })
        else if (job.falls >= maxFalls) {
          const words = `The engine process ended ${job.falls} times while learning this style, each time before anything new was kept.`
          finish(job.id, { type: 'failed', words })
        }
      }
    },

    end(end) {
      isReady = false
      for (const id of [...jobs.keys()]) finish(id, end)
    },
  }
}
