import { type Log, logError } from '../../logging.ts'
import type { Emitter } from '../shared/emitter.ts'
import type { JobId, PictureId } from '../shared/ids.ts'
import { isOpen } from '../shared/jobStates.ts'
import { lookAgain } from '../shared/lookAgain.ts'
import type { Picture } from './picture.ts'
import type { PictureEvent } from './pictureEvents.ts'
import type { PictureRunner } from './pictureRunner.ts'

/** Events of one job from now on, and first what is already true. Returns what stops it. */
export type WatchJob = (
  job: JobId,
  listener: (event: PictureEvent) => void,
  options?: { readonly previews?: boolean },
) => () => void

/** Tells a listener what is already true of a job, and then what happens to it, here or in another program. */
export function createJobWatch({
  runner,
  events,
  ofJob,
  log,
}: {
  readonly runner: Pick<PictureRunner, 'isRunning' | 'progressOf'>
  readonly events: Emitter<JobId, PictureEvent>
  readonly ofJob: (job: JobId) => Promise<Picture[]>
  readonly log: Log
}): WatchJob {
  return (job, listener, { previews = false } = {}) => {
    const ended = new Set<PictureId>()
    const early: PictureEvent[] = runner.progressOf(job)
    let isReplayed = false
    let isStopped = false

    const emit = (event: PictureEvent) => {
      const picture = event.type === 'ended' ? event.picture.id : event.picture
      if (isStopped || ended.has(picture)) return
      if (event.type === 'ended') ended.add(picture)
      listener(previews ? event : withoutPreview(event))
    }
    const stop = events.on(job, event => (isReplayed ? emit(event) : early.push(event)))

    // What is being painted here is known at once; what has ended, or is painted elsewhere, the rows know.
    const failed = logError(log.child({ job }), 'A job could not be watched')
    let known: readonly Picture[] | null = null
    const find = async () => {
      known = await ofJob(job)
      isReplayed = true
      for (const event of early.splice(0)) emit(event)
      for (const picture of known) if (!isOpen(picture)) emit({ type: 'ended', picture })
      return known
    }
    void find().catch(failed)
    const stopLooking = lookAgain(async () => {
      const isHere = ({ id }: Picture) => ended.has(id) || runner.isRunning(id)
      const pictures = known?.every(isHere) ? known : await find()
      return pictures.every(({ id }) => ended.has(id)) ? 'over' : 'open'
    }, failed)

    return () => {
      isStopped = true
      stop()
      stopLooking()
    }
  }
}

function withoutPreview(event: PictureEvent): PictureEvent {
  if (event.type !== 'stepped') return event
  const { preview: _, ...step } = event
  return step
}
