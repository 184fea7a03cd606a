import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { backUp } from '../../../studio/backup/backup.ts'
import { restore } from '../../../studio/backup/restore.ts'
import { copyObjects } from '../../../studio/objects/copyObjects.ts'
import { type BucketLocation, type ObjectStore, openObjects } from '../../../studio/objects/index.ts'
import { openPersonalData } from '../../../studio/personalData/index.ts'
import { systemRandom } from '../../../studio/shared/secrets.ts'
import type { FileHash, Person } from '../../../studio/studio.ts'
import { hasObjectStorage, type ObjectStorage, startObjectStorage } from '../../support/objectStorage.ts'
import { patient } from '../../support/patience.ts'
import { buildServer } from '../../support/server.ts'
import { buildStudio, type TestStudio, temporaryFolder, untilEnded } from '../../support/studio.ts'

const place = temporaryFolder()
afterAll(place.remove)
afterEach(() => vi.useRealTimers())
let places = 0
const newFolder = () => {
  const dataFolder = join(place.folder, `place${++places}`)
  mkdirSync(dataFolder)
  return { dataFolder, databaseUrl: `file:${join(dataFolder, 'fourstroke.db')}` }
}
const image = (background: string) =>
  sharp({ create: { width: 64, height: 64, channels: 3, background } })
    .png()
    .toBuffer()
const openBucket = (bucket: BucketLocation) => openObjects({ dataFolder: place.folder, bucket, random: systemRandom })

async function keysIn(store: ObjectStore): Promise<string[]> {
  const keys: string[] = []
  for (const folder of ['files/', 'styles/']) for await (const { key } of store.list(folder)) keys.push(key)
  return keys.toSorted()
}

async function paint({ studio }: TestStudio, by: Person) {
  const { job } = await studio.pictures.request(by.id, 'chat', { prompt: 'a sea', width: 32, height: 32 })
  return (await untilEnded(studio, job)).pictures[0]!
}

describe.runIf(hasObjectStorage())('a studio whose files are in a bucket', () => {
  let storage: ObjectStorage
  beforeAll(async () => {
    storage = await startObjectStorage()
  })
  afterAll(() => storage?.stop())

  it('paints, learns, exports and deletes as with a folder, and writes no file of anybody beside it', async () => {
    const bucket = await storage.newBucket()
    const data = newFolder()
    const world = await buildStudio({ ...data, bucket })
    const { studio } = world
    const { person: ada } = await studio.people.newGuest('Ada')
    const picture = await paint(world, ada)
    const brought = await studio.pictures.files.take(ada.id, await image('teal'))
    const style = await studio.styles.create(ada.id, { name: 'Sepia', pictures: [{ bytes: await image('brown') }] })
    expect(await studio.pictures.files.read(picture.file!)).not.toBeNull()
    expect(await studio.pictures.files.has(brought.file)).toBe(true)

    const store = await openBucket(bucket)
    const keys = await keysIn(store)
    expect(keys).toHaveLength(3)
    expect(keys.filter(key => key.startsWith(`styles/${style.id}/pictures/`))).toHaveLength(1)
    expect(readdirSync(join(data.dataFolder, 'files'))).toEqual(['incoming'])
    expect(readdirSync(join(data.dataFolder, 'files', 'incoming'))).toEqual([])
    expect(existsSync(join(data.dataFolder, 'styles'))).toBe(false)

    const own = await openPersonalData({ ...data, bucket })
    const out = join(place.folder, 'export')
    expect(await own.export(ada.id, out)).toEqual({ pictures: 1, styles: 1, rooms: 0 })
    expect(readdirSync(join(out, 'pictures'))).toHaveLength(1)
    expect(readdirSync(join(out, 'styles', style.id, 'pictures'))).toHaveLength(1)
    await own.close()

    await studio.styles.remove(ada.id, style.id)
    expect((await keysIn(store)).filter(key => key.startsWith('styles/'))).toEqual([])
    expect(world.bugs).toEqual([])
    await world.close()
  })

  it('shows an image to those who may see it and to nobody else', async () => {
    const server = await buildServer({ ...newFolder(), bucket: await storage.newBucket() })
    const [ada, eve] = [await server.newGuest(), await server.newGuest()]
    const { edit } = await server.newRoom(ada)
    const headers = { cookie: ada, 'content-type': 'image/png', 'x-room-secret': edit }
    const body = await image('gold')
    const sent = await fetch(`${server.url}/upload`, { method: 'POST', headers, body: new Uint8Array(body) })
    const { file } = (await sent.json()) as { file: FileHash }
    const person = (await server.studio.people.fromSecret(ada.split('=')[1]!))!
    const picture = await paint(server, person)
    const statusFor = async (cookie: string) =>
      (await fetch(`${server.url}/files/${picture.file}`, { headers: { cookie } })).status
    expect([await statusFor(ada), await statusFor(eve)]).toEqual([200, 404])
    expect(sent.status).toBe(200)
    expect(file).toMatch(/^[0-9a-f]{64}$/)
    await server.close()
  })

  it('sweeps away what nothing names after a day, and nothing else', async () => {
    const bucket = await storage.newBucket()
    const data = newFolder()
    const store = await openBucket(bucket)
    const first = await buildStudio({ ...data, bucket })
    const { person: ada } = await first.studio.people.newGuest('Ada')
    const picture = await paint(first, ada)
    await first.close()
    const orphan = `files/ab/ab${'0'.repeat(62)}`
    await store.write(orphan, Buffer.from('1'))
    await store.write('styles/gone/pictures/one', Buffer.from('1'))
    const again = await buildStudio({ ...data, bucket })
    await again.close()
    expect(await keysIn(store)).toEqual([orphan, `files/${picture.file!.slice(0, 2)}/${picture.file}`].toSorted())
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 25 * 60 * 60 * 1000 })
    const dayLater = await buildStudio({ ...data, bucket })
    await dayLater.close()
    expect(await keysIn(store)).toEqual([`files/${picture.file!.slice(0, 2)}/${picture.file}`])
  })

  it('leaves alone what another program may just be writing, and comes back for it', async () => {
    const bucket = await storage.newBucket()
    const data = newFolder()
    const world = await buildStudio({ ...data, bucket })
    const { person: ada } = await world.studio.people.newGuest('Ada')
    const picture = await paint(world, ada)
    await world.studio.pictures.remove(picture.job, ada.id)
    const store = await openBucket(bucket)
    expect(await keysIn(store)).toHaveLength(1)
    expect(readdirSync(join(data.dataFolder, 'files', 'incoming'))).toEqual([picture.file])
    await world.close()
    // As a machine sees it whose clock is ahead of the bucket's: the file may still be new.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    await (await buildStudio({ ...data, bucket })).close()
    expect(await keysIn(store)).toHaveLength(1)
    vi.setSystemTime(Date.now() + 20 * 60_000)
    await (await buildStudio({ ...data, bucket })).close()
    expect(await keysIn(store)).toEqual([])
  })

  it('says so while it does not answer, and finishes what was painted meanwhile once it does', async () => {
    const bucket = await storage.newBucket()
    const server = await buildServer({ ...newFolder(), bucket })
    const { studio } = server
    const { person: ada } = await studio.people.newGuest('Ada')
    expect((await server.readiness.examine()).checks).toMatchObject({ storage: 'ok' })
    storage.halt()
    const { job } = await studio.pictures.request(ada.id, 'chat', { prompt: 'a sea', width: 32, height: 32 })
    const ended = untilEnded(studio, job)
    expect((await server.readiness.examine()).checks).toMatchObject({
      storage: 'The storage did not answer within 2 s.',
    })
    await expect(studio.pictures.files.take(ada.id, await image('teal'))).rejects.toMatchObject({
      code: 'storage/away',
    })
    storage.goOn()
    expect((await ended).pictures[0]).toMatchObject({ state: 'finished' })
    await server.close()
  })

  it('is refused at the start in one sentence where there is no such bucket', async () => {
    const bucket = { ...(await storage.newBucket()), bucket: 'elsewhere' }
    await expect(buildStudio({ ...newFolder(), bucket })).rejects.toMatchObject({
      code: 'start/storage',
      message: expect.stringContaining('there is no bucket elsewhere; make it, or name another in STORAGE'),
    })
  })

  it('is backed up whole or without its files, and restored into a bucket or a folder', async () => {
    const bucket = await storage.newBucket()
    const data = newFolder()
    const world = await buildStudio({ ...data, bucket })
    const { person: ada } = await world.studio.people.newGuest('Ada')
    const picture = await paint(world, ada)
    await world.studio.styles.create(ada.id, { name: 'Sepia', pictures: [{ bytes: await image('brown') }] })
    await world.close()
    const objects = await openBucket(bucket)
    const [whole, bare] = [join(place.folder, 'whole.tar'), join(place.folder, 'bare.tar')]
    expect(await backUp({ ...data, objects, file: whole, program: '0' })).toMatchObject({
      ...{ files: 2, missing: 0, filesStayIn: null },
    })
    expect(await backUp({ ...data, objects, file: bare, program: '0', withFiles: false })).toMatchObject({
      ...{ files: 0, missing: 0, filesStayIn: objects.where },
    })

    const [folder, other, same] = [newFolder(), { ...newFolder(), bucket: await storage.newBucket() }, newFolder()]
    await restore({ ...folder, file: whole })
    const otherObjects = await openBucket(other.bucket)
    await restore({ ...other, objects: otherObjects, file: whole })
    expect(await keysIn(otherObjects)).toEqual(await keysIn(objects))
    expect(await restore({ ...same, objects, file: bare })).toMatchObject({ filesStayIn: objects.where })
    for (const restored of [folder, other, { ...same, bucket }]) {
      const there = await buildStudio(restored)
      expect(await there.studio.pictures.files.read(picture.file!)).not.toBeNull()
      await there.close()
    }
  })

  it(
    'is moved to a folder and back, again where it was broken off, and what is damaged stays behind',
    async () => {
      const bucket = await openBucket(await storage.newBucket())
      const folder = await openObjects({ ...newFolder(), bucket: null, random: systemRandom })
      const damaged = `files/ab/ab${'0'.repeat(62)}`
      await bucket.write(damaged, Buffer.from('not what its name says'))
      await bucket.write('styles/a/learnings/b', Buffer.from('begun'))
      expect(await copyObjects(bucket, folder)).toMatchObject({ copied: 1, there: 0, damaged: [damaged] })
      expect(await copyObjects(bucket, folder)).toMatchObject({ copied: 0, there: 1 })
      await sleep(1_100)
      await bucket.write('styles/a/learnings/b', Buffer.from('later'))
      expect(await copyObjects(bucket, folder)).toMatchObject({ copied: 1 })
      expect(Buffer.from((await folder.read('styles/a/learnings/b'))!).toString()).toBe('later')
      const back = await openBucket(await storage.newBucket())
      expect(await copyObjects(folder, back)).toMatchObject({ copied: 1, there: 0, damaged: [] })
    },
    patient(60_000),
  )
})
