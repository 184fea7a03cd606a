import { type Log, logError } from '../../logging.ts'
import type { Emitter } from '../shared/emitter.ts'
import type { LearningId } from '../shared/ids.ts'
import { isOpen } from '../shared/jobStates.ts'
import { lookAgain } from '../shared/lookAgain.ts'
import type { Learning, LearningEvent } from './learning.ts'
import type { LearningRunner } from './learningRunner.ts'

/** Tells a listener what is already true of a learning, and then what happens to it, here or in another program. */
export function createLearningWatch({
  runner,
  events,
  findLearning,
  log,
}: {
  readonly runner: Pick<LearningRunner, 'isRunning' | 'progressOf'>
  readonly events: Emitter<LearningId, LearningEvent>
  readonly findLearning: (id: LearningId) => Promise<Learning | null>
  readonly log: Log
}): (learning: LearningId, listener: (event: LearningEvent) => void) => () => void {
  return (learning, listener) => {
    const early: LearningEvent[] = runner.progressOf(learning)
    let isReplayed = false
    let hasEnded = false
    const emit = (event: LearningEvent) => {
      if (hasEnded) return
      hasEnded = event.type === 'ended'
      listener(event)
    }
    const stop = events.on(learning, event => (isReplayed ? emit(event) : early.push(event)))
    // What is being learned here is known at once; what has ended, or is learned elsewhere, the rows know.
    const failed = logError(log.child({ learning }), 'A learning could not be watched')
    const find = async () => {
      const known = await findLearning(learning)
      isReplayed = true
      for (const event of early.splice(0)) emit(event)
      if (known && !isOpen(known)) emit({ type: 'ended', learning: known })
      return known
    }
    void find().catch(failed)
    const stopLooking = lookAgain(async () => {
      if (runner.isRunning(learning)) return 'open'
      return (await find()) && !hasEnded ? 'open' : 'over'
    }, failed)
    return () => {
      hasEnded = true
      stop()
      stopLooking()
    }
  }
}
