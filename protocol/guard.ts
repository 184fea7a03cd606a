/** Turns a listener into one that never throws and never leaves a rejected promise behind. */
export type Guard = <Arguments extends unknown[]>(
  description: string,
  listener: (...args: Arguments) => unknown,
) => (...args: Arguments) => void

/**
 * Every listener, timer and callback that is handed to a library goes through a guard: libraries look neither at a
 * listener's promise nor at what it throws, and either would end the program. `failed` logs it and counts it.
 */
export function createGuard(failed: (message: string, cause: unknown) => void): Guard {
  return (description, listener) =>
    (...args) => {
      try {
        const result = listener(...args)
        if (result instanceof Promise) result.catch(error => failed(description, error))
      } catch (error) {
        failed(description, error)
      }
    }
}
