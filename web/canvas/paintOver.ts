import type { FrameResult } from '../../protocol/events.ts'
import type { PaintOptions } from '../../protocol/frameOptions.ts'
import type { Change, FrameElement } from '../../protocol/scene.ts'
import type { RoomSession } from '../room/session.ts'
import { notify } from '../store/toasts.ts'
import { errorMessage, t } from '../text/t.ts'
import type { Board } from './board.ts'

/**
 * Paints over the picture that a frame shows, and lays what comes of it under the frame in one gesture, so that undo
 * brings back what was there. `plan`: what to ask for, given that picture, and what else the frame becomes by then.
 * Resolves when that is done, or when it failed and was said.
 */
export async function paintOver(
  board: Board,
  frame: FrameElement,
  plan: (shown: Shown) => Promise<Plan>,
): Promise<void> {
  const { session, paper } = board
  const upTo = paper.clockShown(frame.id)
  const shown = await shownBy(board, frame)
  if (!shown) return
  const { options, changeOf } = await plan(shown)
  const known = new Set(
    resultsOf(session, frame.id)
      .map(({ picture }) => picture)
      .concat(shown.picture ?? []),
  )
  if (!(await session.paint(frame.id, { image: shown.file, ...options }))) return
  const result = await nextResult(session, frame.id, known)
  const now = session.frames.get().find(({ id }) => id === frame.id)
  if (result && now) paper.become(now, { file: result.file, upTo, ...(changeOf && { change: changeOf(now) }) })
}

/** `picture`: the result that it is; none where it is the paper. */
type Shown = Pick<FrameResult, 'file' | 'width' | 'height'> & Partial<Pick<FrameResult, 'picture'>>

/** What a frame shows: its picture, or the paper of one that has come with it and was not painted here. */
async function shownBy({ session, images }: Board, { id, paper }: FrameElement): Promise<Shown | null> {
  const saving = await session.save(id)
  if (saving.ok) return saving.value
  const isMissing = saving.error.code === 'picture/missing'
  if (isMissing && paper?.kind === 'picture' && (await images.load(paper.file))) {
    const { naturalWidth: width, naturalHeight: height } = images.get(paper.file)!
    return { file: paper.file, width, height }
  }
  notify(isMissing ? t('paper.notPainted') : errorMessage(saving.error), 'bad')
  return null
}

interface Plan {
  readonly options: PaintOptions
  /** `now`: the frame as it is when the picture is there, as others may have moved or changed it meanwhile. */
  changeOf?(now: FrameElement): Change
}

const resultsOf = (session: RoomSession, frameId: string): readonly FrameResult[] =>
  session.results.get().get(frameId) ?? []

/** The state of a frame is told right after its result; what has not come by then will not come. */
const lateMs = 2_000

/** The next result of a frame that is not known; null: painting ended without one. */
function nextResult(session: RoomSession, frameId: string, known: ReadonlySet<string>): Promise<FrameResult | null> {
  return new Promise(resolve => {
    let late: ReturnType<typeof setTimeout> | undefined
    const stops = [session.results.subscribe(look), session.frameStates.subscribe(look)]
    function end(result: FrameResult | null): void {
      clearTimeout(late)
      for (const stop of stops) stop()
      resolve(result)
    }
    function look(): void {
      const result = resultsOf(session, frameId).find(({ picture }) => !known.has(picture))
      const state = session.frameStates.get().get(frameId)?.state
      if (result || state === 'failed') end(result ?? null)
      else if (state !== 'rendering') late ??= setTimeout(() => end(null), lateMs)
      else {
        clearTimeout(late)
        late = undefined
      }
    }
    look()
  })
}
