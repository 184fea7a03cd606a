import { once } from 'node:events'
import { closeSync, createWriteStream, existsSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import { spatialFactorOf } from '../networks/vae.ts'
import { chunksOf, readChunk, renderPictures } from '../workspace/pictures.ts'
import { filesOf, picturesOf, trainingSetOf, type Workspace } from '../workspace/workspace.ts'
import { latentStatistics, openEncoder } from './autoencoder.ts'

/** What teacher and student learn from: the latents of all pictures, scaled by `LatentStatistics`, one after another. */
export interface Latents {
  /** The pictures of one round, as `trainSetOf` gives them. */
  readonly trainingSet: readonly number[]
  /** (channels, side, side) */
  readonly shape: readonly [number, number, number]
  readonly values: Float32Array
}

/** What one read may ask for: the system takes no more than 2 GiB. */
const readBytes = 2 ** 30

/** Encodes every picture once; later calls read the file. */
export async function openLatents(workspace: Workspace): Promise<Latents> {
  const set = picturesOf(workspace)
  const file = filesOf(workspace).latents
  const { channels } = workspace.recipe.vae
  const side = set.size / spatialFactorOf(workspace.recipe.vae)
  const length = channels * side * side
  if (!existsSync(file) || statSync(file).size !== set.count * length * 4) {
    workspace.say(`Encoding ${set.count} pictures.`)
    await renderPictures(set)
    await encodeInto(file, workspace)
  }
  return {
    trainingSet: trainingSetOf(workspace),
    shape: [channels, side, side],
    values: readShared(file, set.count * length),
  }
}

/** A file of float32 in memory that threads share, and in no other. */
function readShared(file: string, length: number): Float32Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(length * 4))
  const descriptor = openSync(file, 'r')
  try {
    for (let read = 0; read < bytes.length; ) {
      const came = readSync(descriptor, bytes, read, Math.min(readBytes, bytes.length - read), read)
      if (came === 0)
        throw new Error(`Expected ${bytes.length} bytes in ${file}, got ${read}. Delete it and run again.`)
      read += came
    }
  } finally {
    closeSync(descriptor)
  }
  return new Float32Array(bytes.buffer)
}

async function encodeInto(file: string, workspace: Workspace): Promise<void> {
  const set = picturesOf(workspace)
  const { mean, deviation } = latentStatistics(workspace)
  const area = (set.size / spatialFactorOf(workspace.recipe.vae)) ** 2
  const bytes = set.size * set.size * 3
  const encode = await openEncoder(workspace)
  const out = createWriteStream(`${file}.new`)
  for (let chunk = 0; chunk < chunksOf(set); chunk++) {
    const rendered = await readChunk(set, chunk)
    for (let at = 0; at < rendered.length; at += 50 * bytes) {
      const latents = (await encode(rendered.subarray(at, at + 50 * bytes))).map((value, index) => {
        const channel = Math.floor(index / area) % mean.length
        return (value - mean[channel]!) / deviation[channel]!
      })
      if (!out.write(Buffer.from(latents.buffer))) await once(out, 'drain')
    }
  }
  await encode.release()
  out.end()
  await once(out, 'finish')
  renameSync(`${file}.new`, file)
}
