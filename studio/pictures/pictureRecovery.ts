import { type ErrorPayload, errorPayload } from '../../protocol/errors.ts'
import type { PictureRow } from './pictureRows.ts'

/** A picture during which so many workers died is not tried again: it may be what they died of. */
const maxInterrupts = 3

/** What becomes of the command line's pictures when it stops: nobody comes back for them. */
export const stoppedEarly: ErrorPayload = {
  code: 'picture/interrupted',
  message: 'The program was stopped before this picture was finished.',
}

/** What becomes of a picture whose worker has died. `leave`: it is another program's to finish. */
export type PictureRecovery =
  | { readonly type: 'leave' }
  | { readonly type: 'fail'; readonly failure: ErrorPayload }
  | { readonly type: 'resume'; readonly interrupts: number }

/** Decides what becomes of a picture whose worker has died, in a program that has loaded this model. */
export function recoveryOf(
  {
    state,
    interrupts,
    recipe,
    job,
  }: Pick<PictureRow, 'state' | 'interrupts' | 'recipe'> & { job: Pick<PictureRow['job'], 'origin'> },
  program: { readonly resume: 'all' | 'none'; readonly modelHash: string },
): PictureRecovery {
  if (job.origin === 'commandLine') return { type: 'fail', failure: stoppedEarly }
  if (program.resume === 'none') return { type: 'leave' }
  // It could not be read.
  if (recipe.modelHash === '') return fail('picture/bug')
  const died = interrupts + (state === 'running' ? 1 : 0)
  if (died >= maxInterrupts) return fail('picture/interrupted')
  if (recipe.modelHash !== program.modelHash) return fail('picture/model')
  return { type: 'resume', interrupts: died }
}

function fail(code: 'picture/bug' | 'picture/interrupted' | 'picture/model'): PictureRecovery {
  return { type: 'fail', failure: errorPayload(code) }
}
