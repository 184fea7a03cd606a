/** Of a picture and of a learning. */
export type JobState = 'queued' | 'running' | 'finished' | 'failed' | 'cancelled'

/** A job in one of these is not over yet. */
export const openStates: ('queued' | 'running')[] = ['queued', 'running']

export function isOpen({ state }: { readonly state: JobState }): boolean {
  return openStates.some(open => open === state)
}
