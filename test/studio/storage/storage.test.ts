import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { afterEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../prisma/database.ts'
import { createIncoming } from '../../../studio/storage/incoming.ts'
import type { Person, Picture, StyleId } from '../../../studio/studio.ts'
import { friends } from '../../../studio/studio.ts'
import { buildStudio, seededRandom, type TestStudio, temporaryFolder, untilEnded } from '../../support/studio.ts'

const place = temporaryFolder()
let test: TestStudio | undefined
afterEach(async () => {
  await test?.close()
  test = undefined
  place.remove()
  mkdirSync(place.folder, { recursive: true })
})

async function open(options: Parameters<typeof buildStudio>[0] = {}): Promise<{ ada: Person } & TestStudio> {
  test = await buildStudio({ dataFolder: place.folder, ...options })
  return { ...test, ada: (await test.studio.people.newGuest('Ada')).person }
}

const image = (background: string, side = 64) =>
  sharp({ create: { width: side, height: side, channels: 3, background } })
    .png()
    .toBuffer()
const noise = (side: number) =>
  sharp({
    create: { width: side, height: side, channels: 3, noise: { type: 'gaussian', mean: 128, sigma: 60 } } as never,
  })
    .png()
    .toBuffer()

async function paint({ studio }: TestStudio, by: Person, prompt = 'a red house'): Promise<Picture> {
  const { job } = await studio.pictures.request(by.id, 'chat', { prompt })
  return (await untilEnded(studio, job)).pictures[0]!
}

describe('what may be stored', () => {
  it('ends in words at a person’s share, and begins again when something is deleted', async () => {
    const world = await open({ budgets: { ...friends, bytes: { guest: { atOnce: 40_000 } } } })
    const { studio, ada } = world
    const picture = await paint(world, ada)
    await studio.pictures.files.take(ada.id, await noise(64))
    await expect(studio.pictures.files.take(ada.id, await noise(128))).rejects.toMatchObject({ code: 'storage/yours' })
    // A picture takes about a byte for each pixel: there is room for some, not for a large one.
    const large = studio.pictures.request(ada.id, 'chat', { prompt: 'a', width: 256, height: 256 })
    await expect(large).rejects.toMatchObject({ code: 'storage/yours' })
    const { person: ben } = await studio.people.newGuest('Ben')
    await studio.pictures.files.take(ben.id, await noise(64))
    const before = (await studio.storage.totals()).stored
    expect(before).toBeGreaterThan(0)
    await studio.pictures.remove(picture.job, ada.id)
  })

  it('counts pictures of styles, and holds for them too', async () => {
    const { studio, ada } = await open({ budgets: { ...friends, bytes: { guest: { atOnce: 30_000 } } } })
    const { create } = studio.styles
    await create(ada.id, { name: 'Small', pictures: [{ bytes: await noise(64) }] })
    const more = create(ada.id, { name: 'Large', pictures: [{ bytes: await noise(200) }] })
    await expect(more).rejects.toMatchObject({ code: 'storage/yours' })
    expect(readdirSync(join(place.folder, 'styles'))).toHaveLength(1)
  })

  it('is all that there is for everybody together', async () => {
    const { studio, ada } = await open({ budgets: { ...friends, bytes: { everybody: { atOnce: 1_000 } } } })
    await expect(studio.pictures.files.take(ada.id, await noise(64))).rejects.toMatchObject({ code: 'storage/full' })
  })

  it('brings nothing in when the disk is nearly full, and painting goes on, over drawings too', async () => {
    const world = await open({ minFreeBytes: Number.MAX_SAFE_INTEGER })
    const { studio, ada } = world
    await expect(studio.pictures.files.take(ada.id, await image('#fff'))).rejects.toMatchObject({
      code: 'storage/disk',
    })
    const style = studio.styles.create(ada.id, { name: 'Mine', pictures: [{ bytes: await image('#fff') }] })
    await expect(style).rejects.toMatchObject({ code: 'storage/disk' })
    expect((await paint(world, ada)).state).toBe('finished')
    const drawing = await studio.pictures.files.take(ada.id, await image('#000'), 'canvas')
    const { job } = await studio.pictures.request(ada.id, 'canvas', { prompt: 'a', image: drawing.file, strength: 0.5 })
    expect((await untilEnded(studio, job)).pictures[0]!.state).toBe('finished')
  })

  it('lets a person have so many rooms', async () => {
    const { studio, ada } = await open({ budgets: { ...friends, rooms: { guest: { atOnce: 2 } } } })
    const make = () => studio.rooms.create(ada.id, { name: 'Room' })
    await make()
    await make()
    await expect(make()).rejects.toMatchObject({ code: 'room/many' })
  })
})

describe('what comes in pieces', () => {
  const receive = (chunks: AsyncIterable<Uint8Array>, maxBytes = 1_000_000) =>
    createIncoming({ folder: place.folder, random: seededRandom('in'), idleMs: 50 }).receive(chunks, { maxBytes })
  async function* pieces(sizes: readonly number[], pauseMs = 0) {
    for (const size of sizes) {
      yield new Uint8Array(size).fill(7)
      await sleep(pauseMs)
    }
  }

  it('is in memory when it is small, in a file when it is not, and gone when it is discarded', async () => {
    const small = await receive(pieces([10, 20]))
    expect([small.size, (await small.read()).length, readdirSync(place.folder)]).toEqual([30, 30, []])
    const large = await receive(pieces([60_000, 60_000, 3]))
    expect([large.size, readdirSync(place.folder).length]).toEqual([120_003, 1])
    expect(Buffer.from(await large.read()).equals(Buffer.alloc(120_003, 7))).toBe(true)
    await large.discard()
    expect(readdirSync(place.folder)).toEqual([])
  })

  it('leaves nothing behind when it is too much or stands still', async () => {
    await expect(receive(pieces([80_000, 80_000]), 100_000)).rejects.toMatchObject({ code: 'body/large' })
    await expect(receive(pieces([80_000, 80_000], 500))).rejects.toMatchObject({ code: 'upload/slow' })
    expect(readdirSync(place.folder)).toEqual([])
  })
})

describe('the sweep', () => {
  it('removes at once what a deleted style has left, and lets one be that is being made', async () => {
    const { studio, ada } = await open()
    const { id } = await studio.styles.create(ada.id, { name: 'Kept', pictures: [{ bytes: await image('#fff') }] })
    await test!.close()
    const styles = join(place.folder, 'styles')
    const folderOf = (style: string) => join(styles, style, 'pictures')
    for (const style of ['deleted', 'new']) {
      mkdirSync(folderOf(style), { recursive: true })
      writeFileSync(join(folderOf(style), 'one'), 'bytes')
    }
    writeFileSync(join(styles, 'new.making'), '')
    const half = join(folderOf(id), 'half.written')
    const fresh = join(folderOf(id), 'fresh')
    for (const file of [half, fresh]) writeFileSync(file, 'bytes')
    const old = new Date(Date.now() - 2 * 60 * 60 * 1000)
    utimesSync(half, old, old)
    const again = await open()
    await again.studio.close()
    expect(existsSync(folderOf('deleted'))).toBe(false)
    expect([existsSync(folderOf('new')), existsSync(half), existsSync(fresh)]).toEqual([true, false, true])
    expect(readdirSync(folderOf(id))).toHaveLength(2)
    test = undefined
  })

  it('takes away what nobody has used for so long, and nothing else', async () => {
    const dayMs = 24 * 60 * 60 * 1000
    let now = Date.now()
    const options = { now: () => new Date(now), retireAfterDays: { guests: 10, rooms: 10, pictures: 10 } }
    const world = await open(options)
    const { studio, ada } = world
    const account = await studio.people.fromDiscord({ discordId: '1', name: 'Kim' })
    const used = await paint(world, ada, 'used')
    const unused = await paint(world, ada, 'unused')
    const theirs = await paint(world, account, 'theirs')
    const { room: empty } = await studio.rooms.create(account.id, { name: 'Empty' })
    const { room, links } = await studio.rooms.create(account.id, { name: 'Visited' })
    const { person: ben, secret } = await studio.people.newGuest('Ben')
    const { person: guest } = await studio.people.newGuest('Never again')
    now += 9 * dayMs
    await studio.pictures.see(ada.id, used.id)
    await studio.rooms.enter(links.view, ben.id)
    for (const person of [ada, ben]) studio.seen(person.id)
    await test!.close()
    now += 2 * dayMs
    const later = (await open(options)).studio
    await later.close()
    test = undefined
    const database = await openDatabase(`file:${join(place.folder, 'fourstroke.db')}`)
    const { client } = database
    const ids = async (rows: Promise<{ id: string }[]>) => (await rows).map(({ id }) => id)
    const people = await ids(client.person.findMany())
    expect(people).toEqual(expect.arrayContaining([ada.id, ben.id, account.id]))
    expect(people).not.toContain(guest.id)
    expect(await ids(client.room.findMany())).toEqual([room.id])
    expect(await ids(client.picture.findMany())).toEqual([used.id])
    const files = (file: string) => existsSync(join(place.folder, 'files', file.slice(0, 2), file))
    expect([used, unused, theirs].map(({ file }) => files(file!))).toEqual([true, false, false])
    await database.close()
    expect([empty, secret].length).toBe(2)
  })

  it('keeps everything where nothing was said about it', async () => {
    let now = Date.now()
    const { studio, ada } = await open({ now: () => new Date(now) })
    const { room } = await studio.rooms.create(ada.id, { name: 'Old' })
    await test!.close()
    now += 10 * 365 * 24 * 60 * 60 * 1000
    const { studio: later } = await open({ now: () => new Date(now) })
    await later.close()
    test = undefined
    const database = await openDatabase(`file:${join(place.folder, 'fourstroke.db')}`)
    expect(await database.client.room.count({ where: { id: room.id } })).toBe(1)
    await database.close()
  })
})

it('reads a style’s pictures from before they could be WebP', async () => {
  const { studio, ada } = await open()
  const { id, stylePictures } = await studio.styles.create(ada.id, {
    name: 'Old',
    pictures: [{ bytes: await image('#fff') }],
  })
  const picture = stylePictures[0]!.id
  const folder = join(place.folder, 'styles', id as StyleId, 'pictures')
  const { renameSync } = await import('node:fs')
  renameSync(join(folder, picture), join(folder, `${picture}.png`))
  expect((await studio.styles.readPicture(ada.id, id, picture))?.length).toBeGreaterThan(0)
  await studio.styles.removePicture(ada.id, id, picture)
  expect(readdirSync(folder)).toEqual([])
})
