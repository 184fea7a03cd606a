/**
 * Makes `bench/sd15.zip` of a folder that `real_size.py` wrote in halves: its small files, and its graphs, in which each
 * large weight names what it is like (`uniform 0.02`, `constant 1`) in place of a file.
 *
 *     npx tsx tools/reference/outline.ts ~/models-real/fp16 bench/sd15.zip
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { encodeModel } from '../../onnx/codec.ts'
import { halfToFloat } from '../../onnx/float16.ts'
import { readModelFile } from '../../onnx/modelFile.ts'
import { mapInitializers, readFrom } from '../../onnx/storedTensors.ts'
import { type Initializer, isStored } from '../../onnx/tensor.ts'

const [source = '', target = ''] = process.argv.slice(2)
/** So many of a weight's numbers are looked at. */
const looked = 1 << 16
const files: Record<string, Uint8Array> = {}

for (const entry of readdirSync(source, { withFileTypes: true })) {
  if (entry.isFile()) files[entry.name] = readFileSync(join(source, entry.name))
  if (!entry.isDirectory()) continue
  const folder = join(source, entry.name)
  for (const name of readdirSync(folder).filter(name => !name.endsWith('.onnx'))) {
    files[`${entry.name}/${name}`] = readFileSync(join(folder, name))
  }
  if (existsSync(join(folder, 'model.onnx'))) files[`${entry.name}/model.onnx`] = outlineOf(folder)
}
// One date for all, so that the same folder gives the same bytes.
writeFileSync(target, zipSync(files, { level: 9, mtime: new Date('2026-01-01T00:00:00Z') }))

function outlineOf(folder: string): Uint8Array {
  const read = readFrom(folder)
  const outlined = (tensor: Initializer): Initializer => {
    if (!isStored(tensor)) return tensor
    const { file, offset, bytes } = tensor.stored
    if (tensor.dtype !== 'float16') throw new Error(`Expected weights in halves, got ${tensor.dtype} in ${folder}`)
    const some = halfToFloat(new Uint16Array(read(file, offset, Math.min(bytes, 2 * looked)).buffer))
    const [least, most] = some.reduce(
      ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    )
    const range = least === most ? `constant ${least}` : `uniform ${Math.max(-least, most).toPrecision(3)}`
    return { ...tensor, stored: { file: range, offset: 0, bytes } }
  }
  const model = readModelFile(join(folder, 'model.onnx'))
  return encodeModel({ ...model, graph: mapInitializers(model.graph, outlined) })
}
