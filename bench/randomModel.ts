/**
 * A model folder of the size of Stable Diffusion 1.5, in halves, with random weights: as fast and as large as a real one,
 * and it paints nothing. `sd15.zip` has its graphs without their large weights, of which it says only what they were
 * like (`tools/reference/outline.ts`).
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { unzipSync } from 'fflate'
import { decodeModel } from '../onnx/codec.ts'
import { floatToHalf } from '../onnx/float16.ts'
import { Random } from '../onnx/optim/random.ts'
import { repackModel } from '../onnx/repack.ts'

/** Numbers are drawn once for each range, and repeated. */
const drawn = 1 << 20

/** Writes it, 2.1 GB, unless it is there already. Only a whole folder gets the name. */
export async function writeRandomModel(folder: string): Promise<void> {
  if (existsSync(join(folder, 'model_index.json'))) return
  const outline = unzipSync(readFileSync(fileURLToPath(new URL('./sd15.zip', import.meta.url))))
  mkdirSync(dirname(folder), { recursive: true })
  const place = mkdtempSync(`${folder}-`)
  try {
    for (const [name, bytes] of Object.entries(outline)) {
      const file = join(place, name)
      mkdirSync(dirname(file), { recursive: true })
      if (name.endsWith('.onnx')) await repackModel(decodeModel(bytes), dirname(file), { read: readUniform })
      else writeFileSync(file, bytes)
    }
    renameSync(place, folder)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

const ranges = new Map<string, Uint8Array>()

/** Halves of an outlined weight. `range`: `uniform 0.02`, between −0.02 and 0.02; `constant 1`. */
export function readUniform(range: string, _offset: number, bytes: number): Uint8Array {
  const known = ranges.get(range) ?? halvesOf(range)
  ranges.set(range, known)
  const data = new Uint8Array(bytes)
  for (let at = 0; at < bytes; at += known.length) data.set(known.subarray(0, bytes - at), at)
  return data
}

function halvesOf(range: string): Uint8Array {
  const [kind, size = ''] = range.split(' ')
  if ((kind !== 'uniform' && kind !== 'constant') || !Number.isFinite(Number(size))) {
    throw new Error(`Expected "uniform" or "constant" and a number for a weight, got "${range}"`)
  }
  const random = new Random(1)
  const number = kind === 'constant' ? () => Number(size) : () => (2 * random.uniform() - 1) * Number(size)
  return new Uint8Array(floatToHalf(Float32Array.from({ length: drawn }, number)).buffer)
}
