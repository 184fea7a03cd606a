import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBucketStore } from '../../../studio/objects/bucketStore.ts'
import { openObjects } from '../../../studio/objects/index.ts'
import type { ObjectStore } from '../../../studio/objects/objectStore.ts'
import { systemRandom } from '../../../studio/shared/secrets.ts'
import { hasObjectStorage, type ObjectStorage, startObjectStorage } from '../../support/objectStorage.ts'
import { temporaryFolder } from '../../support/studio.ts'

const place = temporaryFolder()
afterAll(place.remove)

async function listed(store: ObjectStore, folder: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(folder)) keys.push(key)
  return keys.toSorted()
}

/** What every store of objects does, wherever it is. */
function contract(open: (name: string) => Promise<ObjectStore>): void {
  it('reads what was written, in one piece or in many, and nothing where nothing was', async () => {
    const store = await open('reads')
    for (const size of [0, 1, 100_000, 20 * 2 ** 20 + 7]) {
      const bytes = randomBytes(size)
      await store.write('files/ab/one', bytes)
      expect(Buffer.compare(Buffer.from((await store.read('files/ab/one'))!), bytes)).toBe(0)
      expect(await store.find('files/ab/one')).toMatchObject({ key: 'files/ab/one', bytes: size })
    }
    expect(await store.read('files/ab/none')).toBeNull()
    expect(await store.find('files/ab/none')).toBeNull()
  })

  it('replaces what was there, and makes young what its key describes', async () => {
    const store = await open('replaces')
    await store.write('styles/s/pictures/p', Buffer.from('old'))
    const first = (await store.find('styles/s/pictures/p'))!
    await sleep(1_100)
    await store.write('styles/s/pictures/p', Buffer.from('new'))
    expect(Buffer.from((await store.read('styles/s/pictures/p'))!).toString()).toBe('new')
    await store.write('styles/s/pictures/p', Buffer.from('new'), { isContentKey: true })
    const last = (await store.find('styles/s/pictures/p'))!
    expect(last.writtenAt.getTime()).toBeGreaterThan(first.writtenAt.getTime())
    expect(Math.abs(Date.now() - last.writtenAt.getTime())).toBeLessThan(60_000)
  })

  it('lists a folder and no other, however much is in it', async () => {
    const store = await open('lists')
    const keys = Array.from({ length: 30 }, (_, index) => `files/ab/${index}`)
    for (const key of [...keys, 'files/abc/other', 'styles/a/versions/1/before-0.png']) {
      await store.write(key, Buffer.from('1'))
    }
    expect(await listed(store, 'files/ab/')).toEqual(keys.toSorted())
    expect(await listed(store, 'styles/')).toEqual(['styles/a/versions/1/before-0.png'])
    expect(await listed(store, 'nothing/')).toEqual([])
  })

  it('removes one or a whole folder, and what is not there without a word', async () => {
    const store = await open('removes')
    for (const key of ['styles/a/x', 'styles/a/versions/1/y', 'styles/a.making', 'styles/ab/x']) {
      await store.write(key, Buffer.from('1'))
    }
    await store.remove('styles/a/none')
    await store.removeAll('styles/none/')
    await store.removeAll('styles/a/')
    expect(await listed(store, 'styles/')).toEqual(['styles/a.making', 'styles/ab/x'])
    await store.remove('styles/a.making')
    expect(await listed(store, 'styles/')).toEqual(['styles/ab/x'])
  })

  it('has the whole of one write under a key, whoever writes at the same time', async () => {
    const store = await open('whole')
    const versions = Array.from({ length: 8 }, (_, index) => Buffer.alloc(50_000, index))
    await Promise.all(versions.map(bytes => store.write('files/ab/same', bytes)))
    const read = Buffer.from((await store.read('files/ab/same'))!)
    expect(versions.some(bytes => bytes.equals(read))).toBe(true)
    expect(await listed(store, 'files/')).toEqual(['files/ab/same'])
  })

  it('takes no key that leads elsewhere', async () => {
    const store = await open('keys')
    for (const key of ['../x', 'files/../../x', '/etc/x', 'files//x', '', 'files/.hidden', 'files/a b']) {
      await expect((async () => store.write(key, Buffer.from('1')))()).rejects.toThrow('Not a key')
      await expect((async () => store.read(key))()).rejects.toThrow('Not a key')
    }
  })

  it('checks itself and leaves nothing behind', async () => {
    const store = await open('checks')
    await store.check()
    await store.removeUnfinished(new Date())
    expect(await listed(store, 'files/')).toEqual([])
    expect(await listed(store, 'trial/')).toEqual([])
  })
}

describe('a folder', () => {
  contract(name => openObjects({ dataFolder: `${place.folder}/${name}`, bucket: null, random: systemRandom }))
})

describe.runIf(hasObjectStorage())('a bucket', () => {
  let storage: ObjectStorage
  beforeAll(async () => {
    storage = await startObjectStorage()
  })
  afterAll(() => storage?.stop())

  contract(async () =>
    openObjects({ dataFolder: place.folder, bucket: await storage.newBucket(), random: systemRandom }),
  )

  it('may be shared: each keeps to the folder that is its own', async () => {
    const bucket = await storage.newBucket()
    const open = (prefix: string) =>
      openObjects({ dataFolder: place.folder, bucket: { ...bucket, prefix }, random: systemRandom })
    const [one, other] = [await open('one/'), await open('other/')]
    await one.write('files/ab/x', Buffer.from('1'))
    expect(await other.read('files/ab/x')).toBeNull()
    expect(await listed(other, 'files/')).toEqual([])
    await other.removeAll('files/')
    expect(await listed(one, 'files/')).toEqual(['files/ab/x'])
  })

  it('lists more than one page, and leaves no parts of what a killed program began to write', async () => {
    const bucket = await storage.newBucket()
    const store = await openBucketStore(bucket, systemRandom, { listedAtOnce: 7 })
    const { S3Client, CreateMultipartUploadCommand, ListMultipartUploadsCommand } = await import('@aws-sdk/client-s3')
    const client = new S3Client({
      endpoint: bucket.endpoint!,
      region: bucket.region,
      forcePathStyle: true,
      credentials: bucket.credentials!,
    })
    const writes = Array.from({ length: 30 }, (_, index) => store.write(`files/ab/${index}`, Buffer.from('1')))
    await Promise.all(writes)
    expect(await listed(store, 'files/')).toHaveLength(30)
    await client.send(new CreateMultipartUploadCommand({ Bucket: bucket.bucket, Key: 'files/ab/half' }))
    const begun = async () =>
      (await client.send(new ListMultipartUploadsCommand({ Bucket: bucket.bucket }))).Uploads?.length ?? 0
    await store.removeUnfinished(new Date(0))
    expect(await begun()).toBe(1)
    await store.removeUnfinished(new Date(Date.now() + 60_000))
    expect(await begun()).toBe(0)
  })

  it('says what is wrong with it, and what to do', async () => {
    const bucket = await storage.newBucket()
    const problem = async (changes: Partial<typeof bucket>) => {
      const store = await openObjects({
        dataFolder: place.folder,
        bucket: { ...bucket, ...changes },
        random: systemRandom,
      })
      return store.check().then(
        () => null,
        (error: Error) => error.message,
      )
    }
    expect(await problem({})).toBeNull()
    expect(await problem({ bucket: 'elsewhere' })).toBe(
      `The storage s3://elsewhere at ${storage.endpoint}: there is no bucket elsewhere; make it, or name another in STORAGE.`,
    )
    expect(await problem({ endpoint: 'http://127.0.0.1:1' })).toBe(
      `The storage s3://${bucket.bucket} at http://127.0.0.1:1: nobody answers at http://127.0.0.1:1; start it, or set endpoint= in STORAGE to where it is.`,
    )
  })
})
