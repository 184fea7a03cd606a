import { type FirstSceneFacts, firstSceneHeader, firstScenePath } from '../../protocol/http.ts'

/** What is drawn in a room, before it has been entered. */
export interface FirstScene {
  readonly facts: FirstSceneFacts
  /** As `unpackInParts` takes it. */
  readonly packed: Uint8Array
}

/** As for a reply of the server. */
const timeoutMs = 10_000

/** Fetches it while the line to the server opens; null where there is none, and the welcome brings it. Never rejects. */
export async function fetchFirstScene(secret: string): Promise<FirstScene | null> {
  try {
    const response = await fetch(firstScenePath(secret), { signal: AbortSignal.timeout(timeoutMs) })
    const facts = response.headers.get(firstSceneHeader)
    if (response.status !== 200 || facts === null) return null
    // Our own server's answer, in the type that the protocol gives it.
    return { facts: JSON.parse(facts) as FirstSceneFacts, packed: new Uint8Array(await response.arrayBuffer()) }
  } catch {
    // Entering the room says what is wrong.
    return null
  }
}
