import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { newSecret, type Random } from '../shared/secrets.ts'

/** Bytes that somebody has sent: few are in memory, more are in a file until they are read. */
export interface IncomingFile {
  readonly size: number
  read(): Promise<Uint8Array>
  /** Deletes the file; what a killed program leaves behind is swept away after an hour. */
  discard(): Promise<void>
}

/** Takes in what comes in pieces. */
export interface Incoming {
  /**
   * Reads all of it. @throws UserError when it is more than `maxBytes`, and when nothing has come for
   * `limits.uploadIdleMs`.
   */
  receive(chunks: AsyncIterable<Uint8Array>, options: { readonly maxBytes: number }): Promise<IncomingFile>
}

/** Files below this folder. */
export function createIncoming({
  folder,
  random,
  idleMs = limits.uploadIdleMs,
}: {
  readonly folder: string
  readonly random: Random
  readonly idleMs?: number
}): Incoming {
  return {
    async receive(chunks, { maxBytes }) {
      const inMemory: Uint8Array[] = []
      const path = join(folder, `upload-${newSecret(random)}`)
      let file: FileHandle | null = null
      let size = 0
      const discard = () => (size > limits.maxUploadBytesInMemory ? rm(path, { force: true }) : Promise.resolve())
      try {
        for await (const chunk of withIdleLimit(chunks, idleMs)) {
          size += chunk.length
          if (size > maxBytes) throw new UserError('body/large')
          if (size <= limits.maxUploadBytesInMemory) {
            inMemory.push(chunk)
            continue
          }
          if (file === null) {
            await mkdir(folder, { recursive: true })
            file = await open(path, 'wx')
            for (const earlier of inMemory.splice(0)) await file.writeFile(earlier)
          }
          await file.writeFile(chunk)
        }
      } catch (error) {
        await file?.close()
        await discard()
        throw error
      }
      await file?.close()
      return { size, discard, read: async () => (file ? readFile(path) : Buffer.concat(inMemory)) }
    },
  }
}

/** The same pieces; fails when the next one takes longer than this. */
async function* withIdleLimit<T>(chunks: AsyncIterable<T>, ms: number): AsyncGenerator<T> {
  const iterator = chunks[Symbol.asyncIterator]()
  while (true) {
    let timer: NodeJS.Timeout | undefined
    const idle = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new UserError('upload/slow')), ms)
    })
    try {
      const next = await Promise.race([iterator.next(), idle])
      if (next.done) return
      yield next.value
    } finally {
      clearTimeout(timer)
    }
  }
}
