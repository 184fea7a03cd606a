/**
 * What is being learned, seen from the program: the process may crash at any time, and the last checkpoint is sent to
 * the next one with the request, so that it goes on from there.
 */
import { learningRanOutOfMemory } from '../estimate/abilities.ts'
import type { Learning, LearnProgress, LearnRequest, LearnResult, StyleRecipe } from '../types/styles.ts'
import type { FromProcess, ToProcess } from './messages.ts'

export interface LearningJobs {
  learn(request: LearnRequest, recipe: StyleRecipe, onProgress?: (progress: LearnProgress) => void): Learning
  /** There is a process that takes requests. */
  onReady(): void
  onMessage(message: FromProcess & { type: 'learning' | 'learned' }): void
  /** The process is gone; another follows. Returns the recipes that are given up because they did not fit into memory. */
  onCrashed(cause: { readonly isMemoryDeath: boolean }): readonly StyleRecipe[]
  /** No other follows. */
  end(end: LearnResult): void
}

/** Crashes without a new checkpoint between them, after which it is not tried again. */
const maxCrashes = 2

interface Job {
  readonly id: number
  readonly request: LearnRequest
  readonly recipe: StyleRecipe
  readonly onProgress: ((progress: LearnProgress) => void) | undefined
  readonly resolve: (end: LearnResult) => void
  /** The last one. */
  checkpoint: Uint8Array | undefined
  checkpointStep: number
  /** It was going on when the process crashed, so it may have caused that. */
  isRunning: boolean
  crashes: number
  cancelled: boolean
}

export function createLearningJobs(send: (message: ToProcess) => void): LearningJobs {
  const jobs = new Map<number, Job>()
  let nextId = 1
  let isReady = false

  function sendJob({ id, request, recipe, checkpoint }: Job): void {
    send({ type: 'learn', id, request: checkpoint ? { ...request, resume: checkpoint } : request, recipe })
  }

  function finish(id: number, end: LearnResult): void {
    const job = jobs.get(id)
    jobs.delete(id)
    job?.resolve(end)
  }

  function progressed(job: Job, progress: LearnProgress): void {
    job.isRunning = progress.type !== 'queued'
    if (progress.type === 'checkpoint') {
      if (progress.step > job.checkpointStep) job.crashes = 0
      job.checkpointStep = progress.step
      job.checkpoint = progress.checkpoint
    }
    job.onProgress?.(progress)
  }

  return {
    learn(request, recipe, onProgress) {
      const id = nextId++
      const ended = new Promise<LearnResult>(resolve => {
        const fresh = { checkpoint: undefined, checkpointStep: -1, isRunning: false, crashes: 0, cancelled: false }
        jobs.set(id, { id, request, recipe, onProgress, resolve, ...fresh })
      })
      if (isReady) sendJob(jobs.get(id)!)
      return {
        ended,
        cancel() {
          const job = jobs.get(id)
          if (!job) return
          job.cancelled = true
          if (isReady) send({ type: 'cancelLearning', id })
          else finish(id, { type: 'cancelled' })
        },
      }
    },

    onReady() {
      isReady = true
      for (const job of jobs.values()) sendJob(job)
    },

    onMessage(message) {
      const job = jobs.get(message.id)
      if (!job) return
      if (message.type === 'learned') finish(job.id, message.result)
      else progressed(job, message.progress)
    },

    onCrashed({ isMemoryDeath }) {
      isReady = false
      const tooLarge: StyleRecipe[] = []
      for (const job of [...jobs.values()]) {
        const isFatal = isMemoryDeath && job.isRunning
        if (job.isRunning) job.crashes++
        job.isRunning = false
        if (job.cancelled) finish(job.id, { type: 'cancelled' })
        else if (isFatal) {
          tooLarge.push(job.recipe)
          finish(job.id, { type: 'failed', message: learningRanOutOfMemory })
        } else if (job.crashes >= maxCrashes) {
          const message = `The engine process ended ${job.crashes} times while learning this style, each time before it had saved anything new.`
          finish(job.id, { type: 'failed', message })
        }
      }
      return tooLarge
    },

    end(end) {
      isReady = false
      for (const id of [...jobs.keys()]) finish(id, end)
    },
  }
}
