import { renameSync, writeFileSync } from 'node:fs'
import { renderScene } from '../world/index.ts'
import { chunkFile, chunkSize, type PictureSet, sceneAt } from './pictures.ts'

/** A process that renders chunks of pictures into files, each complete or absent; `renderPictures` starts it. */
const { set, chunks } = JSON.parse(process.argv[2]!) as { readonly set: PictureSet; readonly chunks: readonly number[] }
// When the training ends, so does this.
process.once('disconnect', () => process.exit())

for (const chunk of chunks) {
  const count = Math.min(chunkSize, set.count - chunk * chunkSize)
  const bytes = new Uint8Array(count * set.size * set.size * 3)
  for (let index = 0; index < count; index++) {
    const { data } = await renderScene(sceneAt(set, chunk * chunkSize + index), set.size)
    bytes.set(data, index * set.size * set.size * 3)
  }
  const file = chunkFile(set, chunk)
  writeFileSync(`${file}.new`, bytes)
  renameSync(`${file}.new`, file)
}
process.disconnect()
