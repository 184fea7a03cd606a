import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { openDatabase } from '../../prisma/database.ts'
import { openPersonalData } from '../../studio/personalData/index.ts'
import { openTestEngine } from '../support/engine.ts'
import { collectLog } from '../support/log.ts'
import { buildStudio, temporaryFolder, untilEnded } from '../support/studio.ts'

const { folder, remove } = temporaryFolder()
afterAll(remove)

/** Of every table: SQLite's name for a column of Prisma's `Json`. */
async function jsonColumns(client: PrismaClient): Promise<{ table: string; column: string }[]> {
  return client.$queryRaw`
    SELECT "tables".name AS "table", "columns".name AS "column"
    FROM sqlite_schema AS "tables", pragma_table_info("tables".name) AS "columns"
    WHERE "tables".type = 'table' AND "columns".type = 'JSONB'`
}

test('a text that is not JSON is read as null beside rows that are whole, in a transaction too, and stays as it is', async () => {
  const broken: string[] = []
  const path = join(folder, 'rows.db')
  const { client, close } = await openDatabase(`file:${path}`, { onBrokenJson: column => broken.push(column) })
  for (const id of ['whole', 'half', 'bytes', 'number']) {
    const room = {
      id,
      name: id,
      editSecret: `${id}e`,
      viewSecret: `${id}v`,
      createdAt: new Date(),
      palette: ['#ff0000'],
    }
    await client.room.create({ data: room })
  }
  await client.$executeRaw`UPDATE "Room" SET "palette" = '["#ff' WHERE "id" = 'half'`
  await client.$executeRaw`UPDATE "Room" SET "palette" = x'00ff' WHERE "id" = 'bytes'`
  await client.$executeRaw`UPDATE "Room" SET "palette" = 7 WHERE "id" = 'number'`
  const palettes = (rows: { id: string; palette: unknown }[]) =>
    Object.fromEntries(rows.map(({ id, palette }) => [id, palette]))
  const expected = { whole: ['#ff0000'], half: null, bytes: null, number: 7 }
  expect(palettes(await client.room.findMany())).toEqual(expected)
  expect(palettes(await client.$transaction(within => within.room.findMany()))).toEqual(expected)
  expect(broken).toEqual(['palette', 'palette', 'palette', 'palette'])
  expect(await client.room.update({ where: { id: 'half' }, data: { name: 'renamed' } })).toMatchObject({
    palette: null,
  })
  expect(await client.$queryRaw`SELECT "palette" FROM "Room" WHERE "id" = 'half'`).toEqual([{ palette: null }])
  expect(await client.$queryRaw`SELECT CAST("palette" AS TEXT) AS "text" FROM "Room" WHERE "id" = 'half'`).toEqual([
    { text: '["#ff' },
  ])
  await close()
})

test('a database in which no column of JSON holds JSON opens, lists, paints and exports', async () => {
  const dataFolder = join(folder, 'every')
  mkdirSync(dataFolder, { recursive: true })
  const databaseUrl = `file:${join(dataFolder, 'fourstroke.db')}`
  const held = openTestEngine({ beforeLearning: () => new Promise(() => undefined) })
  const first = await buildStudio({ engine: held, dataFolder, databaseUrl })
  const by = (await first.studio.people.fromDiscord({ discordId: '1', name: 'Ada' })).id
  const bytes = await sharp({ create: { width: 32, height: 32, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  const style = (await first.studio.styles.create(by, { name: 'Greens', pictures: [{ bytes }] })).id
  held.hold()
  const { job } = await first.studio.pictures.request(by, 'chat', { prompt: 'a pier' })
  await first.studio.styles.learn(by, style)
  const { room } = await first.studio.rooms.create(by, { name: 'Harbour' })
  await first.studio.rooms.snapshot(room.id, 1, '{}')
  await first.studio.guildOffice.settings.change(by, { id: '5', isManager: true }, () => ({ coolDownSeconds: 9 }))
  await first.studio.chat.addPendingReply(
    {
      ...{ applicationId: '1', interactionId: '2', interactionToken: 't', channelId: '3', guildId: null },
      ...{
        messageId: null,
        locale: null,
        place: { channels: [], roles: [], isAgeRestricted: false },
        createdAt: new Date(),
      },
    },
    { prompt: 'a pier' },
  )
  await first.close()

  const { client, close } = await openDatabase(databaseUrl)
  await client.styleVersion.create({
    data: {
      ...{ styleId: style, number: 1, origin: 'learned', createdAt: new Date(), modelHash: 'm', rank: 4, targets: [] },
      ...{ vector: Buffer.alloc(2), bytes: 2, curve: [], pictures: [], examples: 0 },
    },
  })
  await client.operation.create({
    data: { roomId: room.id, clock: 2, key: 'a:1', authorId: by, operation: {}, storedAt: new Date() },
  })
  const erasure = { id: 'e', personId: 'somebody', requestedAt: new Date(), leftover: {}, counts: {} }
  await client.erasure.create({ data: erasure })
  const columns = await jsonColumns(client)
  expect(columns.length).toBeGreaterThan(15)
  for (const { table, column } of columns) {
    await client.$executeRawUnsafe(`UPDATE "${table}" SET "${column}" = '{"half":'`)
  }
  await close()

  const { log, messages } = collectLog()
  const second = await buildStudio({ dataFolder, databaseUrl, log })
  const { studio } = second
  expect((await untilEnded(studio, job)).pictures).toMatchObject([
    { state: 'failed', failure: { code: 'picture/bug' } },
  ])
  await expect.poll(async () => (await studio.styles.show(by, style)).learning?.state).toBe('failed')
  expect(await studio.styles.list(by, { own: true })).toHaveLength(1)
  expect(await studio.rooms.ofPerson(by)).toMatchObject([{ name: 'Harbour', palette: [] }])
  expect(await studio.rooms.addColor(room.id, '#00ff00', by)).toEqual(['#00ff00'])
  expect(await studio.guildOffice.settings.read('5')).toMatchObject({ coolDownSeconds: 0 })
  expect(await studio.chat.pendingReplies()).toHaveLength(1)
  const fresh = await studio.pictures.request(by, 'chat', { prompt: 'a boat' })
  expect((await untilEnded(studio, fresh.job)).pictures).toMatchObject([{ state: 'finished' }])
  await second.close()
  expect(new Set(messages('error'))).toEqual(
    new Set([
      'A row of the database holds text that is not JSON, and is read as if it were empty: restore a backup if it is missed',
    ]),
  )

  const data = await openPersonalData({ databaseUrl, dataFolder })
  expect(await data.export(by, join(folder, 'exported'))).toMatchObject({ rooms: 1 })
  await data.close()
})
