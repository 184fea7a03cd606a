import type { Guest, HttpRefusal, RoomMade, Uploaded } from '../../protocol/http.ts'
import { limits } from '../../protocol/limits.ts'

/** Something a person can mend: shown in these words. */
export class Refused extends Error {
  readonly code: string
  constructor({ code, words }: HttpRefusal) {
    super(words)
    this.name = 'Refused'
    this.code = code
  }
}

export const becomeGuest = (): Promise<Guest> => post('/guest')
export const makeRoom = (name: string): Promise<RoomMade> =>
  post('/rooms', JSON.stringify({ name }), { 'content-type': 'application/json' })

export async function uploadImage(secret: string, image: Blob): Promise<Uploaded> {
  if (image.size > limits.maxUploadBytes) {
    throw new Refused({ code: 'image/large', words: 'This image is too large: at most 10 MB.' })
  }
  return post('/upload', image, { 'x-room-secret': secret, 'content-type': image.type || 'application/octet-stream' })
}

async function post<T>(path: string, body?: BodyInit, headers: Record<string, string> = {}): Promise<T> {
  const response = await fetch(path, { method: 'POST', headers, body: body ?? null, credentials: 'same-origin' }).catch(
    (cause: unknown) => {
      throw new Error('The studio could not be reached.', { cause })
    },
  )
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok) return answer as T // Our own server's answer, in the type that protocol/http.ts gives it.
  if (isRefusal(answer)) throw new Refused(answer)
  throw new Error(`The studio answered ${response.status} to ${path}.`)
}

function isRefusal(answer: unknown): answer is HttpRefusal {
  return typeof answer === 'object' && answer !== null && 'code' in answer && 'words' in answer
}

/** What to tell a person about anything that was thrown. */
export function wordsFor(error: unknown): string {
  if (error instanceof Refused) return error.message
  console.error(error)
  return error instanceof Error && error.message.startsWith('The studio')
    ? error.message
    : 'Something went wrong. Please try again.'
}
