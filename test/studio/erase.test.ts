import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import sharp from 'sharp'
import { afterAll, expect, it } from 'vitest'
import { openDatabase } from '../../prisma/database.ts'
import { openPersonalData } from '../../studio/personalData/index.ts'
import type { Person, PictureOptions } from '../../studio/studio.ts'
import { onEachDatabase } from '../support/databases.ts'
import { enterRoom, until } from '../support/roomClient.ts'
import { add, buildStroke } from '../support/scenes.ts'
import { buildServer } from '../support/server.ts'
import { temporaryFolder, untilEnded } from '../support/studio.ts'

const { folder, remove } = temporaryFolder()
afterAll(remove)

const secretOf = (cookie: string) => cookie.split('=')[1]!

onEachDatabase((newUrl, provider) => {
  /** Ada and Ben draw in Ada's room; Ada has a room of her own, pictures, and a style. */
  async function buildWorld(name: string) {
    const dataFolder = join(folder, `${name}-${provider}`)
    const databaseUrl = provider === 'sqlite' ? `file:${join(dataFolder, 'fourstroke.db')}` : newUrl(folder)
    const server = await buildServer({ dataFolder, databaseUrl, leaseMs: 600 })
    const [hers, his] = [await server.newGuest(), await server.newGuest()]
    const personOf = async (cookie: string) => (await server.studio.people.fromSecret(secretOf(cookie)))!
    const [ada, ben] = [await personOf(hers), await personOf(his)]
    const shared = await server.newRoom(hers)
    await server.newRoom(hers)
    const pages = await Promise.all(
      [hers, his].map(cookie => enterRoom({ url: server.url, secret: shared.edit, cookie })),
    )
    pages[0]!.operate(add(buildStroke({ id: 'hers' })))
    pages[1]!.operate(add(buildStroke({ id: 'his' })))
    await until(() => pages.every(page => page.isSettled && page.sync.scene.elements.size === 2))
    const image = await sharp({ create: { width: 80, height: 60, channels: 3, background: 'teal' } })
      .png()
      .toBuffer()
    const style = await server.studio.styles.create(ada.id, {
      name: 'Sepia',
      pictures: [{ bytes: image, caption: 'a sea' }],
    })
    const paint = async (person: Person, frame?: PictureOptions['frame']) => {
      const options = { prompt: `a sea of ${person.name}`, width: 32, height: 32, ...(frame && { frame }) }
      const { job } = await server.studio.pictures.request(person.id, 'canvas', options)
      const { pictures } = await untilEnded(server.studio, job)
      return pictures[0]!
    }
    const room = (await server.studio.rooms.ofPerson(ben.id))[0]!
    const inFrame = await paint(ada, { room: room.id, frameId: 'f' })
    return {
      ...{ dataFolder, databaseUrl, server, ada, ben, hers, pages, room, style },
      pictures: { hers: await paint(ada), his: await paint(ben), inFrame },
    }
  }

  it('exports everything about a person, and nothing that lets act as them', async () => {
    const world = await buildWorld('export')
    const brought = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const { file: hash } = await world.server.studio.pictures.files.take(world.ada.id, brought)
    const report = { kind: 'style', subject: world.style.id, reason: 'It is mine.' } as const
    await world.server.studio.moderation.report(world.ada.id, report)
    const data = await openPersonalData(world)
    const out = join(folder, `out-${provider}`)
    expect(await data.export(world.ada.id, out)).toEqual({ pictures: 2, styles: 1, rooms: 2 })
    const text = readFileSync(join(out, 'index.json'), 'utf8')
    const index = JSON.parse(text)
    expect(index).toMatchObject({
      format: 'fourstroke-person',
      person: { id: world.ada.id, name: world.ada.name },
      styles: [{ name: 'Sepia', pictures: [{ caption: 'a sea' }] }],
      images: [{ file: expect.stringContaining(hash) }],
      reports: [{ reason: 'It is mine.' }],
      auditEntries: [{ action: 'reported', kind: 'style', subject: world.style.id }],
      stops: [],
    })
    expect(text).not.toContain(secretOf(world.hers))
    expect(text).not.toMatch(/secret/i)
    expect(text).not.toContain(world.ben.name === world.ada.name ? '\0' : `a sea of ${world.ben.name}`)
    const files = [
      ...index.jobs.flatMap((job: { pictures: { file: string }[] }) => job.pictures.map(({ file }) => file)),
      ...index.styles[0].pictures.map(({ file }: { file: string }) => file),
      ...[...index.rooms, ...index.images].map(({ file }: { file: string }) => file),
    ]
    expect(files).toHaveLength(6)
    for (const file of files) expect(existsSync(join(out, file))).toBe(true)
    const drawn = index.rooms.map(({ file }: { file: string }) => readFileSync(join(out, file), 'utf8')).join()
    expect(drawn).toContain('"hers"')
    expect(drawn).not.toContain('"his"')
    await expect(data.export(world.ada.id, out)).rejects.toMatchObject({ code: 'export/exists' })
    await data.close()
    for (const page of world.pages) page.close()
    await world.server.close()
  })

  it('erases a person beside a running program, and leaves the rooms of others whole', async () => {
    const { server, dataFolder, databaseUrl, ada, ben, pages, pictures, room, style, hers } = await buildWorld('erase')
    const welcomes = [...pages.map(page => page.welcome)]
    const data = await openPersonalData({ dataFolder, databaseUrl })
    await server.studio.styles.share(ada.id, style.id, 'everyone')
    await server.studio.styles.setDefault(ben.id, style.id)
    expect(await data.erase(ada.id)).toEqual({ pictures: 1, styles: 1, rooms: 1, sharedRooms: 1 })
    await data.close()

    // Her page is let go of, and nobody knows her any more.
    await until(() => pages[0]!.errors.some(({ code }) => code === 'guest/missing'))
    expect(await server.studio.people.fromSecret(secretOf(hers))).toBeNull()
    // His comes back by itself, to a room in which her stroke stands without her.
    await until(() => pages[1]!.welcome !== welcomes[1] && pages[1]!.isSettled)
    const late = await server.newGuest()
    const page = await enterRoom({
      url: server.url,
      secret: pages[1]!.welcome!.links.edit!.split('/').at(-1)!,
      cookie: late,
    })
    const { elements } = page.sync.scene
    expect([...elements.values()].map(({ id, author }) => [id, author])).toEqual([
      ['hers', 'erased'],
      ['his', ben.id],
    ])
    // And he draws on.
    pages[1]!.operate(add(buildStroke({ id: 'more' })))
    await until(() => elements.size === 3 || page.sync.scene.elements.size === 3)
    page.close()
    for (const one of pages) one.close()

    const { studio } = server
    expect(await studio.pictures.find(pictures.hers.id)).toBeNull()
    expect(await studio.pictures.files.has(pictures.hers.file!)).toBe(false)
    expect((await studio.pictures.find(pictures.his.id))?.owner).toBe(ben.id)
    expect((await studio.pictures.find(pictures.inFrame.id))?.owner).toBe('erased')
    expect(await studio.pictures.files.has(pictures.inFrame.file!)).toBe(true)
    expect((await studio.rooms.ofPerson(ben.id)).map(({ id }) => id)).toEqual([room.id])
    expect(existsSync(join(dataFolder, 'styles', style.id))).toBe(false)
    // Its name went with her; that it is gone is said.
    expect(await studio.styles.defaultProblem(ben.id)).toMatchObject({ name: null, error: { code: 'style/deleted' } })
    expect(server.faults.filter(fault => !String(fault).includes('Erased'))).toEqual([])
    await server.close()

    // No row and no file of the database holds her id or her name, but for the note that she was erased.
    const { client, close } = await openDatabase(databaseUrl)
    expect(await client.erasure.findMany()).toMatchObject([{ personId: ada.id, finishedAt: expect.any(Date) }])
    expect(await client.member.findMany({ where: { roomId: room.id, role: 'owner' } })).toMatchObject([
      { personId: ben.id },
    ])
    await client.erasure.deleteMany()
    await close()
    if (provider !== 'sqlite') return
    for (const name of readdirSync(dataFolder).filter(name => name.startsWith('fourstroke.db'))) {
      expect(readFileSync(join(dataFolder, name)).includes(ada.id), name).toBe(false)
    }
  })

  it('takes a person out of what a room archives for its replay, and exports what they did there', async () => {
    const { server, dataFolder, databaseUrl, ada, room, pages } = await buildWorld('replay')
    pages[0]!.operate(add(buildStroke({ id: 'later' })))
    await until(() => pages.every(page => page.isSettled && page.sync.clock === 3))
    const scene = JSON.stringify({ version: 1, elements: [...pages[0]!.sync.scene.elements.values()] })
    // The second archives what both hold, and the third what is drawn on it, with its scene to begin with.
    for (const clock of [1, 2, 3]) await server.studio.rooms.snapshot(room.id, clock, scene)
    const { replays } = server.studio.rooms
    const texts = async () => {
      const parts = await Promise.all([0, 1, 2].map(after => replays.part(room.id, after)))
      return parts.map(part => inflateSync(part!.operations).toString()).join()
    }
    expect(await texts()).toContain(ada.id)
    const data = await openPersonalData({ dataFolder, databaseUrl })
    const out = join(folder, `replay-out-${provider}`)
    await data.export(ada.id, out)
    const { archived } = JSON.parse(readFileSync(join(out, `rooms/${room.id}.json`), 'utf8'))
    expect(JSON.stringify(archived)).toContain('"hers"')
    expect(JSON.stringify(archived)).not.toContain('"his"')
    await data.erase(ada.id)
    await data.close()
    await until(() => pages[0]!.errors.some(({ code }) => code === 'guest/missing'))
    expect(await texts()).not.toContain(ada.id)
    expect(await texts()).toContain('"erased"')
    for (const page of pages) page.close()
    await server.close()
    const { client, close } = await openDatabase(databaseUrl)
    const rows = await client.archivedOperations.findMany({ where: { roomId: room.id } })
    expect(rows.length).toBeGreaterThan(0)
    for (const { people, scene } of rows) {
      expect(people).not.toContain(ada.id)
      if (scene) expect(inflateSync(scene).toString()).not.toContain(ada.id)
    }
    await close()
  })

  it('goes on with an erasure that was cut off', async () => {
    const { server, dataFolder, databaseUrl, ada, pages, pictures, style } = await buildWorld('killed')
    for (const page of pages) page.close()
    await server.close()
    const { erasePerson } = await import('../../studio/personalData/erase.ts')
    const { client, close, scrub } = await openDatabase(databaseUrl)
    const killed = { remove: () => Promise.reject(new Error('killed')) }
    const tools = { client, isPostgresql: provider === 'postgresql', files: { collect: async () => undefined } }
    const random = (count: number) => crypto.getRandomValues(new Uint8Array(count))
    const erasing = erasePerson({ ...tools, folders: killed, now: () => new Date(), random, scrub }, ada.id)
    await expect(erasing).rejects.toThrow('killed')
    expect(await client.erasure.count({ where: { finishedAt: null } })).toBe(1)
    await close()
    const hash = pictures.hers.file!
    expect(existsSync(join(dataFolder, 'files', hash.slice(0, 2), hash))).toBe(true)
    const again = await buildServer({ dataFolder, databaseUrl })
    expect(await again.studio.pictures.files.has(hash)).toBe(false)
    expect(existsSync(join(dataFolder, 'styles', style.id))).toBe(false)
    await again.close()
  })

  it('finds a person by id, Discord id or name, and refuses to guess', async () => {
    const world = await buildWorld('find')
    const { people } = world.server.studio
    await people.rename(world.ada.id, 'Twin')
    await people.rename(world.ben.id, 'Twin')
    const carl = await people.fromDiscord({ discordId: '4711', name: 'Carl' })
    const data = await openPersonalData(world)
    expect(await data.find(world.ada.id)).toMatchObject({ id: world.ada.id })
    expect(await data.find('4711')).toMatchObject({ id: carl.id })
    expect(await data.find('Carl')).toMatchObject({ id: carl.id })
    await expect(data.find('Twin')).rejects.toMatchObject({
      code: 'person/ambiguous',
      message: expect.stringContaining(world.ada.id),
    })
    await expect(data.find('Nobody')).rejects.toMatchObject({ code: 'person/missing' })
    await data.close()
    for (const page of world.pages) page.close()
    await world.server.close()
  })
})
