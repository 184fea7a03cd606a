import type { S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { UserError } from '../../protocol/errors.ts'
import { limitConcurrency } from '../shared/limitConcurrency.ts'
import { newSecret, type Random } from '../shared/secrets.ts'
import { describeProblem, describeWhere, isMissing } from './bucketProblems.ts'
import { type BucketLocation, checkKey, type ObjectStore, StorageAwayError } from './objectStore.ts'

/** What is larger goes in parts of this size, several at a time; S3 takes no smaller ones than 5 MiB. */
const partBytes = 8 * 2 ** 20
const partsAtOnce = 4
const removalsAtOnce = 8
const trialFolder = 'trial/'
const connectMs = 3_000
/** Without a byte. */
const silentMs = 5_000

/**
 * Objects in a bucket. The client is loaded here and nowhere else, so that whoever has no bucket does not load it.
 * Nothing is asked of the bucket yet: `check` does that.
 */
export async function openBucketStore(
  location: BucketLocation,
  random: Random,
  { listedAtOnce = 1_000 }: { readonly listedAtOnce?: number } = {},
): Promise<ObjectStore> {
  // Our lock file says which version runs, and it runs on every Node that we claim: a reminder at each start helps nobody.
  // biome-ignore lint/style/noProcessEnv: the client has no other switch for it
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const [sdk, { Upload }] = await Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/lib-storage')])
  const { bucket, prefix, region, endpoint, pathStyle, credentials } = location
  const client: S3Client = new sdk.S3Client({
    ...{ region, forcePathStyle: pathStyle, maxAttempts: 3 },
    ...(endpoint !== null && { endpoint }),
    ...(credentials && { credentials }),
    requestHandler: { connectionTimeout: connectMs, socketTimeout: silentMs },
    // Checksums beside the protocol's own signature: not every storage knows them.
    ...{ requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
  })
  const where = describeWhere(location)

  function at(key: string): { Bucket: string; Key: string } {
    checkKey(key)
    return { Bucket: bucket, Key: `${prefix}${key}` }
  }

  /** null where there is no such object; a bucket that is not there is an error. */
  async function unlessMissing<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work()
    } catch (error) {
      if (isMissing(error as S3ServiceException)) return null
      throw new StorageAwayError(`${where}: ${describeProblem(error, location)}`, { cause: error })
    }
  }

  async function orFail<T>(work: () => Promise<T>): Promise<T> {
    return work().catch((cause: unknown) => {
      throw new StorageAwayError(`${where}: ${describeProblem(cause, location)}`, { cause })
    })
  }

  const store: ObjectStore = {
    where,
    isShared: true,

    async write(key, bytes) {
      const params = { ...at(key), Body: bytes }
      const inParts = () => new Upload({ client, params, partSize: partBytes, queueSize: partsAtOnce }).done()
      await orFail(() => (bytes.length > partBytes ? inParts() : client.send(new sdk.PutObjectCommand(params))))
    },

    read: key =>
      unlessMissing(async () => {
        const { Body } = await client.send(new sdk.GetObjectCommand(at(key)))
        return Body!.transformToByteArray()
      }),

    find: key =>
      unlessMissing(async () => {
        const { ContentLength = 0, LastModified } = await client.send(new sdk.HeadObjectCommand(at(key)))
        return { key, bytes: ContentLength, writtenAt: LastModified ?? new Date(0) }
      }),

    async *list(folder) {
      let ContinuationToken: string | undefined
      do {
        const below = { Bucket: bucket, Prefix: `${prefix}${folder}`, MaxKeys: listedAtOnce }
        const input = { ...below, ...(ContinuationToken && { ContinuationToken }) }
        const page = await orFail(() => client.send(new sdk.ListObjectsV2Command(input)))
        for (const { Key, Size = 0, LastModified } of page.Contents ?? []) {
          if (Key) yield { key: Key.slice(prefix.length), bytes: Size, writtenAt: LastModified ?? new Date(0) }
        }
        ContinuationToken = page.NextContinuationToken
      } while (ContinuationToken)
    },

    async remove(key) {
      await orFail(() => client.send(new sdk.DeleteObjectCommand(at(key))))
    },

    async removeAll(folder) {
      const oneOfFew = limitConcurrency(removalsAtOnce)
      const removals: Promise<void>[] = []
      // Listed to the end first: a page may say where it goes on by what is there.
      for await (const { key } of store.list(folder)) removals.push(oneOfFew(() => store.remove(key)))
      await Promise.all(removals)
    },

    async removeUnfinished(before) {
      const { Uploads = [] } = await orFail(() =>
        client.send(new sdk.ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix })),
      )
      for (const { Key, UploadId, Initiated } of Uploads) {
        if (Initiated === undefined || Initiated >= before) continue
        const upload = { Bucket: bucket, Key, UploadId }
        await unlessMissing(() => client.send(new sdk.AbortMultipartUploadCommand(upload)))
      }
      for await (const { key, writtenAt } of store.list(trialFolder)) if (writtenAt < before) await store.remove(key)
    },

    check: () => tryAll(store, random),
    close: () => client.destroy(),
  }
  return store
}

/** What a program does with a bucket, once. */
async function tryAll(store: ObjectStore, random: Random): Promise<void> {
  const key = `${trialFolder}${newSecret(random)}`
  const bytes = new Uint8Array([1])
  try {
    await store.write(key, bytes)
    const listed = new Set<string>()
    for await (const object of store.list(trialFolder)) listed.add(object.key)
    if (!listed.has(key)) throw new Error(`${store.where}: what was written is not listed`)
    if ((await store.read(key))?.length !== bytes.length)
      throw new Error(`${store.where}: what was written is not read`)
    await store.remove(key)
  } catch (cause) {
    throw new UserError('start/storage', `The storage ${(cause as Error).message}.`, { cause })
  }
}
