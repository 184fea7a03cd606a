import { createHash } from 'node:crypto'
import { limitConcurrency } from '../shared/limitConcurrency.ts'
import { objectFolders } from './folderStore.ts'
import type { ObjectStore, StoredObject } from './objectStore.ts'

/** What came of copying. */
export interface CopySummary {
  readonly copied: number
  readonly bytes: number
  /** Objects that were there already, as large and not older. */
  readonly there: number
  /** Keys of files whose bytes are not what their key says: they were damaged before. */
  readonly damaged: readonly string[]
}

const atOnce = 8

/**
 * Copies all objects that the other store does not have, or has of another size or from before. May be broken off and
 * begun again, and run beside a program that goes on writing; what it writes meanwhile is for the next time.
 */
export async function copyObjects(
  from: ObjectStore,
  to: ObjectStore,
  onCopied: (summary: CopySummary) => void = () => undefined,
): Promise<CopySummary> {
  const oneOfFew = limitConcurrency(atOnce)
  const damaged: string[] = []
  let summary: CopySummary = { copied: 0, bytes: 0, there: 0, damaged }

  async function copy({ key }: StoredObject): Promise<void> {
    const bytes = await from.read(key)
    // Deleted meanwhile.
    if (bytes === null) return
    const hash = contentHashOf(key)
    if (hash !== null && createHash('sha256').update(bytes).digest('hex') !== hash) {
      damaged.push(key)
      return
    }
    await to.write(key, bytes)
    summary = { ...summary, copied: summary.copied + 1, bytes: summary.bytes + bytes.length }
    onCopied(summary)
  }

  for (const folder of objectFolders) {
    const known = new Map<string, StoredObject>()
    for await (const object of to.list(`${folder}/`)) known.set(object.key, object)
    const copies: Promise<void>[] = []
    for await (const object of from.list(`${folder}/`)) {
      if (isSame(object, known.get(object.key))) summary = { ...summary, there: summary.there + 1 }
      else copies.push(oneOfFew(() => copy(object)))
    }
    await Promise.all(copies)
  }
  return summary
}

/** A file's key says what it is; of others the younger one counts. */
function isSame({ key, bytes, writtenAt }: StoredObject, other: StoredObject | undefined): boolean {
  if (other?.bytes !== bytes) return false
  return contentHashOf(key) !== null || other.writtenAt >= writtenAt
}

const contentHashOf = (key: string): string | null => /^files\/[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(key)?.[1] ?? null
