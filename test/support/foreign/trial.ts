/** Tries one folder as the engine would, but in this process. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readModelFolder } from '../../../engine/pipeline/modelFolder.ts'
import { openPipeline } from '../../../engine/pipeline/pipeline.ts'
import { UserError } from '../../../protocol/errors.ts'
import { paintAlone } from '../../engine/support/paintAlone.ts'
import { assemblePipeline, type PipelineName } from '../pipelines.ts'
import type { FolderCase } from './folders.ts'

export type FolderTrial =
  /** `apart`: how far from the picture that it should be like, of 1; NaN where none is named. */
  | { readonly works: true; readonly apart: number; readonly ignored: readonly string[] }
  | { readonly works: false; readonly says: string; readonly hint: string | undefined }

const references = new Map<PipelineName, Uint8Array>()

/** `place`: a folder for what it needs on disk. */
export async function tryFolder({ make, expected }: FolderCase, place: string): Promise<FolderTrial> {
  const own = join(place, 'trial')
  rmSync(own, { recursive: true, force: true })
  mkdirSync(own)
  try {
    const { data, ignored } = await pictureOf(make(own))
    const like = expected.works ? expected.like : undefined
    if (!like) return { works: true, apart: Number.NaN, ignored }
    const reference = references.get(like) ?? (await pictureOf(assemblePipeline(like, place))).data
    references.set(like, reference)
    const apart = data.reduce((most, byte, i) => Math.max(most, Math.abs(byte - reference[i]!)), 0) / 255
    return { works: true, apart, ignored }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { works: false, says: error.message, hint: error.hint }
  }
}

async function pictureOf(path: string) {
  const folder = await readModelFolder(path)
  const pipeline = await openPipeline(folder, { device: 'cpu', threads: 1, upcast: true })
  const side = folder.trainedSize
  const { picture } = await paintAlone(pipeline, {
    ...{ owner: '', priority: 'interactive', prompt: 'a red house', seed: 1, steps: 2 },
    ...{ guidance: 1, width: side, height: side },
  })
  await pipeline.release()
  return { data: picture.data, ignored: [...folder.ignored, ...pipeline.ignored] }
}
