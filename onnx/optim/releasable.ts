/** Something over a session, to be released by whoever opened it: the garbage collector does not see the runtime's memory. */
export interface Releasable {
  release(): Promise<void>
}

/** A function that keeps a session. */
export const overSession = <F extends object>(use: F, session: Releasable): F & Releasable =>
  Object.assign(use, { release: () => session.release() })

/** Opened for one use. */
export async function during<O extends Releasable, T>(opening: Promise<O>, use: (opened: O) => Promise<T>): Promise<T> {
  const opened = await opening
  try {
    return await use(opened)
  } finally {
    await opened.release()
  }
}
