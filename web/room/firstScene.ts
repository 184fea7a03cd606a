import { type FirstSceneFacts, firstSceneHeader, firstScenePath } from '../../protocol/http.ts'
import { unpackStream } from '../../protocol/packScene.ts'
import type { SceneElement } from '../../protocol/scene.ts'

/** What is drawn in a room, before it has been entered. */
export interface FirstScene {
  readonly facts: FirstSceneFacts
  /** The first elements as soon as they are here, then the others; throws where the line breaks. */
  readonly parts: AsyncIterable<readonly SceneElement[]>
}

/** As for a reply of the server. */
const timeoutMs = 10_000

/** Fetches it while the line to the server opens; null where there is none, and the welcome brings it. Never rejects. */
export async function fetchFirstScene(secret: string): Promise<FirstScene | null> {
  try {
    const response = await fetch(firstScenePath(secret), { signal: AbortSignal.timeout(timeoutMs) })
    const facts = response.headers.get(firstSceneHeader)
    if (response.status !== 200 || facts === null || !response.body) return null
    // Our own server's answer, in the type that the protocol gives it.
    return { facts: JSON.parse(facts) as FirstSceneFacts, parts: unpackStream(chunksOf(response.body)) }
  } catch {
    // Entering the room says what is wrong.
    return null
  }
}

/** What comes in, piece by piece: Safari's streams cannot be walked through by themselves. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
}
