import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { PrismaPg } from '@prisma/adapter-pg'
import { afterAll, expect, it } from 'vitest'
import { sqlitePath } from '../../prisma/address.ts'
import { openDatabase } from '../../prisma/database.ts'
import { OneConnectionLibSql } from '../../prisma/sqlite.ts'
import { readSqliteCopy } from '../../prisma/sqliteCopies.ts'
import { openStudio } from '../../studio/index.ts'
import { onEachDatabase } from '../support/databases.ts'
import { openTestEngine } from '../support/engine.ts'
import { makeReleased, released } from '../support/releasedSchemas.ts'
import { temporaryFolder } from '../support/studio.ts'

const { folder, remove } = temporaryFolder()
afterAll(remove)

onEachDatabase((newUrl, provider) => {
  const adapterFor = (url: string) =>
    provider === 'sqlite' ? new OneConnectionLibSql({ url }) : new PrismaPg({ connectionString: url })

  it.each(released)('upgrades a database of %s, and all that people had is there', async last => {
    const url = newUrl(folder)
    await makeReleased(adapterFor(url), provider, last, folder)
    const { client, migrated, close } = await openDatabase(url)
    expect(migrated).toEqual(released.slice(released.indexOf(last) + 1))

    const had = (migration: string) => released.indexOf(last) >= released.indexOf(migration)
    const people = await client.person.findMany({ include: { sessions: true }, orderBy: { id: 'asc' } })
    expect(people).toMatchObject([
      { id: 'ada', name: 'Ada', discordId: null, sessions: [{ secretHash: 'hash' }] },
      { id: 'ben', name: 'Ben', discordId: '4711', sessions: [] },
    ])
    const jobs = await client.job.findMany({
      include: { pictures: { orderBy: { index: 'asc' } }, reply: true, parent: true },
      orderBy: { id: 'asc' },
    })
    expect(jobs).toMatchObject([
      {
        ...{ id: 'a', origin: 'canvas', requestedAt: new Date('2026-02-03T04:05:06Z'), roomId: 'r', frameId: 'f' },
        pictures: [
          { id: 'q', state: 'finished', recipe: { seed: 7 }, file: 'abc', output: { device: 'cpu' } },
          { id: 'q2', state: 'queued', recipe: { seed: 8 }, workerId: 'p', interrupts: 0 },
        ],
      },
      { id: 'b', origin: 'chat', parent: { id: 'q' }, reply: { interactionToken: 'token', deliveredAt: null } },
    ])
    const [room] = await client.room.findMany({ include: { members: true, operations: true, snapshots: true } })
    expect(room).toMatchObject({
      ...{ name: 'Harbour', editSecret: 'e', viewSecret: 'v', members: [{ personId: 'ada', role: 'owner' }] },
      operations: [{ clock: 1, key: 'c:1', authorId: 'ada', operation: { element: { file: 'def' } } }],
      snapshots: [{ clock: 1, scene: expect.stringContaining('"version": 1') }],
    })
    // What rooms show and which links are out there was not written down at first.
    expect((await client.roomFile.findMany({ orderBy: { hash: 'asc' } })).map(({ hash }) => hash)).toEqual([
      'def',
      'fed',
    ])
    expect(await client.picture.findUnique({ where: { id: 'q' } })).toMatchObject({ link: 'q' })
    const masks = await client.pictureMask.findMany({ orderBy: { hash: 'asc' } })
    expect(masks).toEqual(['abba', 'baab'].map(hash => ({ pictureId: 'q', hash })))
    expect(await client.roomOrigin.findMany()).toMatchObject(
      had('20261129140000_activities') ? [{ roomId: 'r', guildId: 'g', channelId: '3', messageId: null }] : [],
    )
    expect(await client.storedFile.count()).toBe(had('20261129012000_stored_files') ? 1 : 0)
    const moderated = [await client.stop.count(), await client.report.count(), await client.auditEntry.count()]
    expect(moderated).toEqual(Array(3).fill(had('20261129030000_moderation') ? 1 : 0))
    expect(await client.archivedOperations.count()).toBe(had('20261129202000_archived_operations') ? 1 : 0)
    expect(await client.erasure.count()).toBe(had('20261129010000_erasures') ? 1 : 0)
    const styles = await client.style.findMany({
      include: { pictures: true, versions: true, learnings: { include: { reply: true } }, defaultOf: true },
    })
    expect(styles).toMatchObject(
      had('20260201000000_styles')
        ? [
            {
              ...{ id: 's', name: 'Sepia', sharing: 'private', version: 1, defaultOf: [{ id: 'ada' }] },
              pictures: [{ caption: 'a boat', width: 64 }],
              versions: [{ number: 1, origin: 'learned', assessment: { content: 1 }, bytes: 2 }],
              learnings: [{ state: 'finished', summary: 'It is learned.', reply: { channelId: '3' } }],
            },
          ]
        : [],
    )
    for (const { versions } of styles) expect([...versions[0]!.vector]).toEqual([1, 2])
    expect(await client.guild.findMany()).toMatchObject(
      had('20260201000000_styles')
        ? [{ id: 'g', learning: true, sharing: false, name: had('20260401000000_guild_names') ? 'Painters' : null }]
        : [],
    )
    expect(await client.pendingReply.count()).toBe(had('20260301000000_promises') ? 1 : 0)
    await close()

    if (provider !== 'sqlite') return
    const first = migrated[0]
    const copy = `${sqlitePath(url)}.before-${first}`
    expect(existsSync(copy)).toBe(first !== undefined)
    if (first !== undefined) {
      expect(await readSqliteCopy(copy)).toEqual({
        migrations: released.slice(0, released.indexOf(first)),
        files: new Set(['abc']),
      })
    }
  })

  it('refuses a database that a newer program has used, in words, and leaves it as it was', async () => {
    const url = newUrl(folder)
    const before = await openDatabase(url)
    await before.client
      .$executeRaw`INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name") VALUES ('x', 'y', '29990101000000_moon')`
    await before.close()
    const open = () => openStudio({ engine: openTestEngine(), databaseUrl: url, dataFolder: folder, resume: 'none' })
    await expect(open()).rejects.toMatchObject({
      code: 'database/newer',
      message: expect.stringMatching(
        /a newer Fourstroke.*29990101000000_moon\. Update the program, or restore a backup/,
      ),
    })
  })
})

it('keeps the copies of the last three upgrades', async () => {
  const url = `file:${join(folder, 'often.db')}`
  for (const last of released.slice(0, 4)) {
    const path = sqlitePath(url)
    const adapter = new OneConnectionLibSql({ url: `file:${path}-${last}` })
    await makeReleased(adapter, 'sqlite', last, join(folder, 'often'))
    const { renameSync, rmSync } = await import('node:fs')
    for (const name of readdirSync(folder)) if (/^often\.db(-wal|-shm)?$/.test(name)) rmSync(join(folder, name))
    for (const end of ['', '-wal', '-shm'])
      if (existsSync(`${path}-${last}${end}`)) renameSync(`${path}-${last}${end}`, `${path}${end}`)
    await (await openDatabase(url)).close()
  }
  const copies = readdirSync(folder).filter(name => name.startsWith(`${basename(sqlitePath(url))}.before-`))
  expect(copies.sort()).toEqual(released.slice(2, 5).map(name => `often.db.before-${name}`))
  // A start that changes nothing copies nothing.
  await (await openDatabase(url)).close()
  expect(readdirSync(folder).filter(name => name.startsWith('often.db.before-')).length).toBe(3)
})
