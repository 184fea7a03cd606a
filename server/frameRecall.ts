import type { JobId, Picture, Studio } from '../studio/studio.ts'
import { type FrameHistory, isPictureOf } from './frameHistory.ts'
import type { FrameReader } from './frameReader.ts'
import type { FrameEvent } from './frameReducer.ts'
import type { FrameRecord } from './roomRecord.ts'

/**
 * What was there before this program started: the picture to show, with the input that it was painted from as far as
 * anybody remembers, and a request that is still on its way.
 */
export async function recallFrame(options: {
  readonly studio: Pick<Studio, 'pictures' | 'engine'>
  readonly history: FrameHistory
  readonly reader: FrameReader
  /** What the room's last snapshot knows, or was known when the frame was removed. */
  readonly record: FrameRecord | undefined
  readonly opening: Picture | null
}): Promise<{ readonly recalled: Extract<FrameEvent, { type: 'recalled' }> | null; readonly waiting: JobId | null }> {
  const { studio, history, reader, record, opening } = options
  const pictures = await history.pictures()
  const finished = pictures.filter(({ state }) => state === 'finished')
  const newest = finished[0]?.id ?? null
  const waiting = pictures.find(({ state }) => state === 'queued' || state === 'running')?.job ?? null
  // A newer picture than the record knows: the record is out of date.
  const known = record?.newest === newest ? record : undefined
  const chosen = finished.find(({ id }) => id === known?.picture) ?? finished[0]
  const image = chosen?.file ? await studio.pictures.files.read(chosen.file) : null
  if (!chosen || !image) return { recalled: null, waiting }
  const ms = Math.round(chosen.output?.totalMs ?? 0)
  const isFiner = chosen.recipe.upscale !== undefined
  const painted = reader.pictureOf(image, 'image/png', { input: null, ms, isFiner })
  const remembered = chosen.id === known?.picture ? known : undefined
  const isRestored = remembered?.isRestored ?? false
  const picture = {
    ...painted,
    shown: { ...painted.shown, clock: remembered?.clock ?? painted.shown.clock },
    inputHash: isRestored ? null : await hashOf(),
  }
  const restoredOver = isRestored && remembered ? remembered.input : null
  return { recalled: { type: 'recalled', id: chosen.id, newest, picture, file: chosen.file!, restoredOver }, waiting }

  async function hashOf(): Promise<string | null> {
    if (remembered) return remembered.input
    const input = await reader.read()
    if (input === null) return null
    // Nobody has changed anything since the room was opened with it; or the server ended before it could say so.
    return chosen === opening || (await isPictureOf(studio, chosen!, input)) ? input.hash : null
  }
}
