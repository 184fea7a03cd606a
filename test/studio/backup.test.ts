import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { pack } from 'tar-stream'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { backUp } from '../../studio/backup/backup.ts'
import { restore } from '../../studio/backup/restore.ts'
import { openStudio } from '../../studio/index.ts'
import type { RoomId } from '../../studio/studio.ts'
import { onEachDatabase } from '../support/databases.ts'
import { openTestEngine } from '../support/engine.ts'
import { enterRoom, until } from '../support/roomClient.ts'
import { add, buildStroke } from '../support/scenes.ts'
import { buildServer } from '../support/server.ts'
import { buildStudio, temporaryFolder, untilEnded } from '../support/studio.ts'

const { folder, remove } = temporaryFolder()
afterAll(remove)
let places = 0
/** A data folder with a database in it. */
const newPlace = () => {
  const dataFolder = join(folder, `place${++places}`)
  return { dataFolder, databaseUrl: `file:${join(dataFolder, 'fourstroke.db')}` }
}
const newFile = () => join(folder, `backup${++places}.tar`)
const program = '0.0.0'

onEachDatabase((newUrl, provider) => {
  it('is whole while people draw, paint and delete, and is equal elsewhere', async () => {
    const data = join(folder, `busy-${provider}`)
    mkdirSync(data)
    const databaseUrl = provider === 'sqlite' ? `file:${join(data, 'fourstroke.db')}` : newUrl(folder)
    const server = await buildServer({ dataFolder: data, databaseUrl })
    const cookie = await server.newGuest()
    const { edit: secret } = await server.newRoom(cookie)
    const ada = await enterRoom({ url: server.url, secret, cookie })
    const { person } = await server.studio.people.newGuest('Ben')
    const image = await sharp({ create: { width: 80, height: 60, channels: 3, background: 'teal' } })
      .png()
      .toBuffer()
    await server.studio.styles.create(person.id, { name: 'Sepia', pictures: [{ bytes: image, caption: 'a sea' }] })

    let isBusy = true
    let painted = 0
    const drawing = (async () => {
      while (isBusy) {
        ada.operate(add(buildStroke({ id: randomUUID() })))
        await sleep(2)
      }
    })()
    const painting = (async () => {
      for (let index = 0; isBusy; index++) {
        const { job } = await server.studio.pictures.request(person.id, 'chat', {
          prompt: 'a sea',
          width: 32,
          height: 32,
        })
        await untilEnded(server.studio, job)
        painted++
        if (index % 2 === 0) await server.studio.pictures.remove(job, person.id)
      }
    })()
    await until(() => (ada.sync.clock ?? 0) > 20 && painted > 3)
    const file = newFile()
    const summary = await backUp({ databaseUrl, dataFolder: data, file, program })
    const clockAtEnd = ada.sync.clock ?? 0
    isBusy = false
    await Promise.all([drawing, painting])
    await until(() => ada.isSettled)
    expect(summary).toMatchObject({ missing: 0 })
    expect(statSync(file).mode & 0o077).toBe(0)
    expect(readdirSync(data).filter(name => name.startsWith('.backup'))).toEqual([])

    const elsewhere = newPlace()
    const restoredUrl = provider === 'sqlite' ? elsewhere.databaseUrl : newUrl(folder)
    const restored = await restore({ ...elsewhere, databaseUrl: restoredUrl, file })
    expect(restored).toMatchObject({ files: summary.files, bytes: summary.bytes, program })

    const [room] = await server.studio.rooms.ofPerson(
      (await server.studio.people.fromSecret(cookie.split('=')[1]!))!.id,
    )
    const original = await server.studio.rooms.load(room!.id)
    const pictures = await server.studio.pictures.ofPerson(person.id, 1000)
    ada.close()
    await server.close()
    const there = await buildStudio({ ...elsewhere, databaseUrl: restoredUrl })
    // The log without a gap, up to a moment during the backup, and each operation as it was drawn.
    const { operations } = await there.studio.rooms.load(room!.id as RoomId)
    expect(operations.length).toBeGreaterThan(20)
    expect(operations.length).toBeLessThanOrEqual(clockAtEnd + 100)
    expect(operations).toEqual(original.operations.slice(0, operations.length))
    // Every picture has its file, and those that are still here are the same.
    const kept = await there.studio.pictures.ofPerson(person.id, 1000)
    const finished = kept.filter(({ state }) => state === 'finished')
    expect(finished.length).toBeGreaterThan(0)
    for (const { file: hash } of finished) {
      const bytes = await there.studio.pictures.files.read(hash!)
      expect(createHash('sha256').update(bytes!).digest('hex')).toBe(hash)
    }
    const ids = new Set(kept.map(({ id }) => id))
    expect(pictures.some(({ id }) => ids.has(id))).toBe(true)
    const [style] = await there.studio.styles.list(person.id)
    const { stylePictures } = await there.studio.styles.show(person.id, style!.id)
    expect(stylePictures).toMatchObject([{ caption: 'a sea' }])
    await there.close()
  })

  it('of one kind of database is not restored into the other', async () => {
    const { file } = await someBackup()
    if (provider === 'postgresql') {
      const { dataFolder } = newPlace()
      await expect(restore({ dataFolder, databaseUrl: newUrl(folder), file })).rejects.toMatchObject({
        code: 'restore/provider',
      })
      expect(readdirSync(dataFolder)).toEqual([])
    }
  })

  it('says what to install where PostgreSQL has no programs', async () => {
    if (provider === 'sqlite') return
    const { place } = await someBackup()
    vi.stubEnv('PATH', '')
    const failed = backUp({ dataFolder: place.dataFolder, databaseUrl: newUrl(folder), file: newFile(), program })
    await expect(failed).rejects.toMatchObject({ code: 'backup/tools' })
    vi.unstubAllEnvs()
    expect(readdirSync(place.dataFolder).filter(name => name.startsWith('.backup'))).toEqual([])
  })
})

/** A small backup to spoil. */
async function someBackup() {
  const place = newPlace()
  mkdirSync(place.dataFolder)
  const { studio, close } = await buildStudio(place)
  const { person } = await studio.people.newGuest('Ada')
  const { job } = await studio.pictures.request(person.id, 'chat', { prompt: 'a sea', width: 32, height: 32 })
  await untilEnded(studio, job)
  await close()
  const file = newFile()
  await backUp({ ...place, file, program })
  return { place, file }
}

describe('a backup', () => {
  it('overwrites nothing', async () => {
    const { place, file } = await someBackup()
    await expect(backUp({ ...place, file, program })).rejects.toMatchObject({ code: 'backup/exists' })
    await expect(restore({ ...place, file })).rejects.toMatchObject({
      code: 'restore/not-empty',
      message: expect.stringContaining(place.dataFolder),
    })
    const elsewhere = newPlace()
    await expect(restore({ ...elsewhere, databaseUrl: place.databaseUrl, file })).rejects.toMatchObject({
      code: 'restore/database',
    })
    await expect(restore({ ...newPlace(), file: newFile() })).rejects.toMatchObject({ code: 'backup/missing' })
    await expect(backUp({ ...newPlace(), file: newFile(), program })).rejects.toMatchObject({ code: 'backup/nothing' })
  })

  it.each([
    ['was cut off', (file: string) => truncateSync(file, statSync(file).size - 4096)],
    ['was cut off in the middle', (file: string) => truncateSync(file, 5000)],
    [
      'has one byte changed',
      (file: string) => {
        const bytes = readFileSync(file)
        bytes[2000]! ^= 1
        writeFileSync(file, bytes)
      },
    ],
    ['is no backup', (file: string) => writeFileSync(file, 'Hello!')],
  ])('that %s is refused, and nothing is left behind', async (_what, spoil) => {
    const { file } = await someBackup()
    spoil(file)
    const place = newPlace()
    await expect(restore({ ...place, file })).rejects.toMatchObject({ code: 'backup/broken' })
    expect(readdirSync(place.dataFolder)).toEqual([])
  })

  it('that leads out of its folder is refused', async () => {
    for (const name of ['../evil', 'files/../../evil', '/evil', 'files/.hidden', 'elsewhere/a']) {
      const archive = pack()
      archive.entry({ name }, 'evil')
      archive.finalize()
      const file = newFile()
      const chunks: Buffer[] = []
      for await (const chunk of archive) chunks.push(chunk as Buffer)
      writeFileSync(file, Buffer.concat(chunks))
      await expect(restore({ ...newPlace(), file })).rejects.toMatchObject({ code: 'backup/broken' })
      expect(existsSync(join(folder, 'evil'))).toBe(false)
    }
  })

  it('of a newer program is refused in words', async () => {
    const { place } = await someBackup()
    const file = newFile()
    const spoil = await openStudio({ engine: openTestEngine(), ...place, resume: 'none' })
    await spoil.close()
    const { openDatabase } = await import('../../prisma/database.ts')
    const { client, close } = await openDatabase(place.databaseUrl)
    await client.$executeRaw`INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name") VALUES ('x', 'y', '29990101000000_moon')`
    await close()
    await backUp({ ...place, file, program: '9.9.9' })
    await expect(restore({ ...newPlace(), file })).rejects.toMatchObject({
      code: 'backup/newer',
      message: expect.stringContaining('9.9.9'),
    })
  })

  it('whose restoring was killed is restored again', async () => {
    const { file } = await someBackup()
    const place = newPlace()
    mkdirSync(join(place.dataFolder, '.restore'), { recursive: true })
    mkdirSync(join(place.dataFolder, 'files', 'ab'), { recursive: true })
    writeFileSync(join(place.dataFolder, 'files', 'ab', 'half'), 'x')
    await restore({ ...place, file })
    expect(existsSync(join(place.dataFolder, 'files', 'ab', 'half'))).toBe(false)
    expect(readdirSync(place.dataFolder).sort()).toEqual(['files', 'fourstroke.db'])
    expect((await readFile(file)).length).toBeGreaterThan(0)
  })
})
