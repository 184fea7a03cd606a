import type { z } from 'zod'
import { explain, messageChecks } from '../protocol/checks.ts'
import type { ClientToServer, Reply } from '../protocol/events.ts'
import { limits } from '../protocol/limits.ts'
import { Refusal } from '../studio/refusals.ts'

/** What a browser can be told besides the studio's and the scene's own refusals. */
export const serverRefusals = {
  'message/invalid': 'This message does not have the form that the server expects.',
  'protocol/version': 'This page is older or newer than the server: reload it.',
  'guest/missing': 'The server does not know this browser: allow cookies for this page and reload it.',
  'guest/fast': 'Too many at once from here: wait a minute and try again.',
  'origin/foreign': 'Requests from other websites are not accepted.',
  'room/not-entered': 'Enter a room first.',
  'room/client': 'Another person uses this client id: reload the page.',
  'room/fast': 'Too many changes at once: the rest follows in a moment.',
  'room/order': 'Earlier changes of this page are missing: it sends them again.',
  'room/ink': `This room is full of ink: it holds at most ${limits.maxPointsPerRoom} points.`,
  'room/unsaved': 'The change could not be saved: it is tried again.',
  'frame/missing': 'This frame is not in the room.',
  'frame/prompt': 'Say what to paint: the frame has no prompt.',
  'file/missing': 'This image is not on the server: upload it first.',
  'body/large': 'This upload is too large: at most 10 MB.',
  'sign-in/off': 'Signing in with Discord is not set up here.',
  'sign-in/state': 'This sign-in was not begun in this browser, or too long ago: begin it again.',
  'sign-in/failed': 'Discord did not confirm who you are: try to sign in again.',
  'page/missing': 'There is nothing here.',
  'page/unbuilt': 'The pages are not built yet: run `npm run build` once.',
  'server/bug': 'Something went wrong here, and it has been noted. Try again.',
} as const
export type ServerRefusalCode = keyof typeof serverRefusals

export interface Words {
  readonly code: string
  readonly words: string
}

export const refusal = (code: ServerRefusalCode, words: string = serverRefusals[code]): Words => ({ code, words })

export const refuse = (code: ServerRefusalCode, words?: string): { readonly ok: false; readonly refusal: Words } => ({
  ok: false,
  refusal: refusal(code, words),
})

export const accept = <T>(value: T): Reply<T> => ({ ok: true, value })

/** One of ours, thrown where a reply is far away. */
export class Refused extends Error {
  readonly words: Words
  constructor(code: ServerRefusalCode, words?: string) {
    super(words ?? serverRefusals[code])
    this.name = 'Refused'
    this.words = refusal(code, words)
  }
}

/** What the person is told of an error. Null: it is a bug, to be logged whole and apologised for. */
export function wordsOf(error: unknown): Words | null {
  if (error instanceof Refused) return error.words
  return error instanceof Refusal ? { code: error.code, words: error.words } : null
}

type Message<E extends keyof ClientToServer> = Parameters<ClientToServer[E]>[0]

/** Checks a message at the door. */
export function checkMessage<E extends keyof ClientToServer>(
  event: E,
  message: unknown,
): { readonly ok: true; readonly value: Message<E> } | { readonly ok: false; readonly refusal: Words } {
  const checked = messageChecks[event].safeParse(message)
  // The table pairs every event with the check of its own message (see its `satisfies`).
  if (checked.success) return { ok: true, value: checked.data as Message<E> }
  return refuse('message/invalid', explain(checked.error))
}

/** The same for what comes as JSON over HTTP; throws what is wrong with it. */
export function checkBody<T>(check: z.ZodType<T>, body: unknown): T {
  const checked = check.safeParse(body)
  if (checked.success) return checked.data
  throw new Refused('message/invalid', explain(checked.error))
}
