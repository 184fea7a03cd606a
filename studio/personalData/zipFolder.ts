import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { Zip, ZipPassThrough } from 'fflate'

/** The bytes of a zip of all files below a folder. Nothing is compressed: nearly all of it is images. */
export async function* zipFolder(folder: string): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = []
  let failure: Error | null = null
  const zip = new Zip((error, chunk) => {
    if (error) failure = error
    else ready.push(chunk)
  })
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  for (const path of paths.sort()) {
    const file = new ZipPassThrough(relative(folder, path).split(sep).join('/'))
    zip.add(file)
    for await (const chunk of createReadStream(path)) {
      file.push(chunk as Uint8Array) // without an encoding it reads bytes
      yield* ready.splice(0)
    }
    file.push(new Uint8Array(), true)
  }
  zip.end()
  if (failure) throw failure
  yield* ready.splice(0)
}
