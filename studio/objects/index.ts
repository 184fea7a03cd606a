import type { Random } from '../shared/secrets.ts'
import { createFolderStore } from './folderStore.ts'
import type { BucketLocation, ObjectStore } from './objectStore.ts'

export { isUnfinished, objectFolders } from './folderStore.ts'
export type { BucketLocation, ObjectStore, StoredObject } from './objectStore.ts'
export { StorageAwayError } from './objectStore.ts'

/** Some hundred pictures: a room's newcomers all read the same. */
const cacheBytes = 64 * 2 ** 20

/** Opens the bucket, or where there is none the data folder. */
export async function openObjects(options: {
  readonly dataFolder: string
  readonly bucket: BucketLocation | null
  readonly random: Random
}): Promise<ObjectStore> {
  const { dataFolder, bucket, random } = options
  if (bucket === null) return createFolderStore({ folder: dataFolder, random })
  const [{ openBucketStore }, { cacheReads }] = await Promise.all([
    import('./bucketStore.ts'),
    import('./readCache.ts'),
  ])
  return cacheReads(await openBucketStore(bucket, random), cacheBytes)
}
