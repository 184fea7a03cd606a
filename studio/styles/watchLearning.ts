import { type Log, logError } from '../../logging.ts'
import type { Emitter } from '../shared/emitter.ts'
import type { LearningId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import type { Learning, LearningEvent } from './learning.ts'
import type { LearningRunner } from './learningRunner.ts'

/** Tells a listener what is already true of a learning, and then what happens to it. */
export function createLearningWatch({
  runner,
  events,
  findLearning,
  log,
}: {
  readonly runner: LearningRunner
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
    // What is being learned here is known at once; what has ended, the rows know.
    void findLearning(learning)
      .then(known => {
        isReplayed = true
        for (const event of early) emit(event)
        if (known && !openStates.some(state => state === known.state)) emit({ type: 'ended', learning: known })
      })
      .catch(logError(log.child({ learning }), 'A learning could not be watched'))
    return () => {
      hasEnded = true
      stop()
    }
  }
}
