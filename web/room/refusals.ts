import type { UserError } from '../../protocol/errors.ts'

/** Whether trying again does not help. A fault of the server may be over in a minute, as when its database starts again. */
export const isFinal = (error: UserError): boolean => !error.passes && error.code !== 'server/bug'
