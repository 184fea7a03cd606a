import { unpackElements } from '../../../protocol/packScene.ts'
import {
  type ReplayFacts,
  type ReplayPart,
  type ReplayPicture,
  type ReplayStep,
  replayPartHeader,
  replayPath,
  stepsOf,
} from '../../../protocol/replay.ts'
import type { SceneElement } from '../../../protocol/scene.ts'
import { ask, request } from '../../room/http.ts'

/** How a room was drawn, as the server has it. */
export interface History {
  /** The room's clock before the first step; 0: nothing of it is missing. */
  readonly after: number
  /** What lay there before the first step. */
  readonly begun: readonly SceneElement[]
  readonly steps: readonly ReplayStep[]
  /** Oldest first. */
  readonly pictures: readonly ReplayPicture[]
}

/** Loads it part by part; `onProgress` is told the share that has come. */
export async function loadHistory(
  room: string,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (share: number) => void },
): Promise<History> {
  const path = replayPath(room)
  const { after, upTo, pictures } = await request<ReplayFacts>('GET', path)
  const begun = after === 0 ? [] : await loadScene(`${path}/${after}/scene`, signal)
  const steps: ReplayStep[] = []
  for (let clock = after; clock < upTo; ) {
    const answer = await ask(`${path}/${clock}`, signal)
    if (answer.status === 204) break
    // Our own server's answer, in the type that the protocol gives it.
    steps.push(...stepsOf((await answer.json()) as ReplayPart, clock))
    const next = Number(answer.headers.get(replayPartHeader))
    if (!(next > clock)) break
    clock = next
    onProgress((clock - after) / (upTo - after))
  }
  return { after, begun, steps, pictures }
}

async function loadScene(path: string, signal: AbortSignal): Promise<SceneElement[]> {
  const answer = await ask(path, signal)
  return unpackElements(new Uint8Array(await answer.arrayBuffer()))
}
