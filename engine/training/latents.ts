import { once } from 'node:events'
import { createWriteStream, existsSync, readFileSync, renameSync, statSync } from 'node:fs'
import { patch } from './networks/vae.ts'
import { chunkSize, chunksOf, readChunk, renderPictures } from './pictures.ts'
import { latentStatistics, openEncoder } from './stages/vae.ts'
import { filesOf, picturesOf, type Workspace } from './workspace.ts'

/** The latents of all pictures, of about unit variance, one after another: what teacher and student learn from. */
export interface Latents {
  readonly count: number
  /** (channels, side, side) */
  readonly shape: readonly [number, number, number]
  readonly values: Float32Array
}

/** Encodes every picture once; later calls read the file. */
export async function openLatents(workspace: Workspace): Promise<Latents> {
  const set = picturesOf(workspace)
  const file = filesOf(workspace).latents
  const { channels } = workspace.recipe.vae
  const side = set.size / patch
  const length = channels * side * side
  if (!existsSync(file) || statSync(file).size !== set.count * length * 4) {
    workspace.say(`Encoding ${set.count} pictures.`)
    await renderPictures(set)
    const encode = await openEncoder(workspace)
    const { mean, deviation } = latentStatistics(workspace)
    const out = createWriteStream(`${file}.new`)
    for (let chunk = 0; chunk < chunksOf(set); chunk++) {
      const pictures = await readChunk(set, chunk)
      const inChunk = Math.min(chunkSize, set.count - chunk * chunkSize)
      for (let at = 0; at < inChunk; at += 50) {
        const bytes = set.size * set.size * 3
        const latents = await encode(pictures.subarray(at * bytes, Math.min(at + 50, inChunk) * bytes))
        latents.forEach((value, index) => {
          const channel = Math.floor(index / (side * side)) % channels
          latents[index] = (value - mean[channel]!) / deviation[channel]!
        })
        if (!out.write(Buffer.from(latents.buffer, latents.byteOffset, latents.byteLength))) await once(out, 'drain')
      }
    }
    out.end()
    await once(out, 'finish')
    renameSync(`${file}.new`, file)
  }
  const bytes = readFileSync(file)
  const values = new Float32Array(set.count * length)
  Buffer.from(values.buffer).set(bytes)
  return { count: set.count, shape: [channels, side, side], values }
}
