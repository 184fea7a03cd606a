/** Whether this person wants things to stay still: nothing glides, fades or melts then. */
export const prefersStillness = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches
