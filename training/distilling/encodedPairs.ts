/** Pictures and captions as the UNet sees them: latents and prompt embeddings. */
import { createHash } from 'node:crypto'
import { encode } from '../../engine/lcf/dataset.ts'
import { fitted } from '../../engine/lcf/pictures.ts'
import type { ModelFolder } from '../../engine/pipeline/modelFolder.ts'
import { openPipeline } from '../../engine/pipeline/pipeline.ts'
import { type CaptionedFile, readPicture } from './pairs.ts'

export interface Dataset {
  /** Latents of each picture. */
  readonly latents: readonly Float32Array[]
  /** Embeddings of each picture's caption, (T, D). */
  readonly promptEmbeds: readonly Float32Array[]
  /** Those of the empty prompt. */
  readonly emptyEmbeds: Float32Array
  /** Of all latents and captions: what a checkpoint must agree with. */
  readonly hash: string
}

/** Encodes everything once, and releases what encoded it. */
export async function encodeDataset(
  folder: ModelFolder,
  files: readonly CaptionedFile[],
  threads: number,
): Promise<Dataset> {
  const pipeline = await openPipeline(folder, { device: 'cpu', threads, upcast: true })
  const latents: Float32Array[] = []
  for (const { file } of files)
    latents.push(await encode(pipeline, await fitted(await readPicture(file), folder.trainedSize)))
  const embedsOf = new Map<string, Float32Array>()
  for (const caption of differentCaptions(files)) embedsOf.set(caption, await pipeline.encodePrompt(caption))
  await pipeline.release()
  return {
    latents,
    promptEmbeds: files.map(({ caption }) => embedsOf.get(caption)!),
    emptyEmbeds: embedsOf.get('')!,
    hash: hashOfPairs(latents, files),
  }
}

/** Each caption once, and the empty one. */
export const differentCaptions = (files: readonly CaptionedFile[]): ReadonlySet<string> =>
  new Set(['', ...files.map(({ caption }) => caption)])

function hashOfPairs(latents: readonly Float32Array[], files: readonly CaptionedFile[]): string {
  const hash = createHash('sha256').update(JSON.stringify(files.map(({ caption }) => caption)))
  for (const values of latents) hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  return hash.digest('hex')
}
