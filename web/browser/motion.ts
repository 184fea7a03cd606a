/** Whether this person wants things to stay still: nothing glides, fades or melts then. */
export const prefersStillness = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches
/** Whether a finger is what this screen is mostly pressed with: things are larger then, as the style sheets have it. */
export const isTouched = (): boolean => matchMedia('(pointer: coarse)').matches
