import type { z } from 'zod'
import { explain, messageChecks } from '../protocol/checks.ts'
import { type ErrorCode, type ErrorPayload, errorPayload, UserError } from '../protocol/errors.ts'
import type { ClientToServer, Reply } from '../protocol/events.ts'

export interface Rejection {
  readonly ok: false
  readonly error: ErrorPayload
}

/** A reply that says what is wrong; with another message than the table's if one is given. */
export const reject = (code: ErrorCode, message?: string): Rejection => ({
  ok: false,
  error: errorPayload(code, message),
})

/** A reply with a value. */
export const accept = <T>(value: T): Reply<T> => ({ ok: true, value })

type Message<E extends keyof ClientToServer> = Parameters<ClientToServer[E]>[0]

/** Validates the shape of a message where it comes in; the rules of strokes and elements are those of protocol/apply.ts. */
export function checkMessage<E extends keyof ClientToServer>(
  event: E,
  message: unknown,
): { readonly ok: true; readonly value: Message<E> } | Rejection {
  const checked = messageChecks[event].safeParse(message)
  // The table pairs every event with the check of its own message (see its `satisfies`).
  if (checked.success) return { ok: true, value: checked.data as Message<E> }
  return reject('message/invalid', explain(checked.error))
}

/** The same for what comes as JSON over HTTP; throws what is wrong with it. */
export function checkBody<T>(check: z.ZodType<T>, body: unknown): T {
  const checked = check.safeParse(body)
  if (checked.success) return checked.data
  throw new UserError('message/invalid', explain(checked.error))
}
