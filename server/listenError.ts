import { UserError } from '../protocol/errors.ts'

/** Why a port cannot be listened on: one sentence with the cure, or the error itself. */
export function listenError(error: unknown, port: number, host: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return new UserError(
      'start/port',
      `Port ${port} is taken: stop the program that uses it, or choose another, for example PORT=${port + 1}.`,
      { cause: error },
    )
  }
  if (code === 'EACCES') {
    return new UserError(
      'start/port',
      `Port ${port} may not be used by this user: choose one above 1023, for example PORT=3000.`,
      {
        cause: error,
      },
    )
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new UserError('start/port', `This machine has no address ${host}: listen on 127.0.0.1 or 0.0.0.0.`, {
      cause: error,
    })
  }
  return error
}
