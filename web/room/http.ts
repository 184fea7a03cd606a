import { type ErrorPayload, UserError } from '../../protocol/errors.ts'
import type { Guest, RoomMade, RoomShown, Uploaded } from '../../protocol/http.ts'
import { limits } from '../../protocol/limits.ts'
import { isKnownHere } from '../store/preferences.ts'
import { language } from '../text/language.ts'
import { errorMessage, t } from '../text/t.ts'

/** One at a time: two at once, before there is a cookie, would make two guests of one person. */
let becoming: Promise<Guest> | null = null
export function becomeGuest(): Promise<Guest> {
  becoming ??= identify().finally(() => {
    becoming = null
  })
  return becoming
}

async function identify(): Promise<Guest> {
  const guest = await request<Guest>('POST', '/guest')
  isKnownHere.set(true)
  return guest
}

/** The rooms that this person has been in. */
export const listRooms = (): Promise<readonly RoomShown[]> => request('GET', '/api/rooms')
export const deleteRoom = ({ id }: RoomShown): Promise<null> => request('DELETE', `/api/rooms/${id}`)
export const leaveRoom = ({ id }: RoomShown): Promise<null> => request('DELETE', `/api/rooms/${id}/me`)

export const makeRoom = (name: string): Promise<RoomMade> => request('POST', '/rooms', { name })

export async function uploadImage(secret: string, image: Blob): Promise<Uploaded> {
  if (image.size > limits.maxUploadBytes) {
    throw new UserError('image/large')
  }
  return request('POST', '/upload', image, { 'x-room-secret': secret })
}

/** Something the person can know or mend, told in their language already. */
export class TranslatedError extends Error {}

/** The studio could not be reached, or answered nothing that it says itself. */
class UnansweredError extends TranslatedError {}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** Asks our server: bytes as they are, everything else as JSON. Throws `UserError` for what the person can mend. */
export async function request<T>(
  method: Method,
  path: string,
  body?: Blob | object,
  headers: Record<string, string> = {},
): Promise<T> {
  const content =
    body === undefined
      ? { headers }
      : body instanceof Blob
        ? { body, headers: { ...headers, 'content-type': body.type || 'application/octet-stream' } }
        : { body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } }
  const response = await answerTo(path, { method, ...content })
  return (await response.json().catch(() => null)) as T // Our own server's answer, in the type that the protocol gives it.
}

/** Asks our server for what is no JSON, or has headers that count. */
export const ask = (path: string, signal: AbortSignal): Promise<Response> => answerTo(path, { signal })

async function answerTo(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, {
    ...{ ...init, credentials: 'same-origin' },
    // Names that the server gives are in the language that was chosen here.
    headers: { ...init.headers, 'accept-language': language.get() },
  }).catch((cause: unknown) => {
    throw new UnansweredError(t('error.unreachable'), { cause })
  })
  if (response.ok) return response
  const answer: unknown = await response.json().catch(() => null)
  if (isErrorPayload(answer)) throw UserError.from(answer)
  throw new UnansweredError(t('error.answer', { status: response.status, path }))
}

function isErrorPayload(answer: unknown): answer is ErrorPayload {
  return typeof answer === 'object' && answer !== null && 'code' in answer && 'message' in answer
}

/** What to tell a person about anything that was thrown. */
export function messageFor(error: unknown): string {
  if (error instanceof UserError) return errorMessage(error)
  if (!(error instanceof TranslatedError) || error instanceof UnansweredError) console.error(error)
  return error instanceof TranslatedError ? error.message : t('error.unknown')
}
