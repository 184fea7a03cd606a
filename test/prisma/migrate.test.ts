import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import { afterAll, describe, expect, it } from 'vitest'
import { Prisma } from '../../prisma/client/sqlite/client.ts'
import { openDatabase } from '../../prisma/database.ts'
import { migrate, statementsFor } from '../../prisma/migrate.ts'
import { OneConnectionLibSql } from '../../prisma/sqlite.ts'
import { onEachDatabase } from '../support/databases.ts'
import { temporaryFolder } from '../support/studio.ts'

const migrations = join(import.meta.dirname, '../../prisma/migrations')
const names = [
  '20260101000000_beginning',
  '20260201000000_styles',
  '20260301000000_promises',
  '20260401000000_guild_names',
  '20260402000000_learning_curves',
  '20261129010000_erasures',
  '20261129012000_stored_files',
  '20261129030000_moderation',
  '20261129080000_guild_settings',
  '20261129084000_room_palettes',
  '20261129090000_picture_masks',
  '20261129091000_lost_default_style',
  '20261129101000_languages',
  '20261129140000_activities',
  '20261129141000_favorites',
  '20261129170000_room_owners',
  '20261129173000_several_servers',
  '20261129201000_room_origins',
  '20261129202000_archived_operations',
  '20261129210000_deliverers',
]
const { folder, remove } = temporaryFolder()
afterAll(remove)

onEachDatabase((newUrl, provider) => {
  const adapterFor = (url: string) =>
    provider === 'sqlite' ? new OneConnectionLibSql({ url }) : new PrismaPg({ connectionString: url })

  it('applies each migration once, and notes it as Prisma does', async () => {
    const url = newUrl(folder)
    const first = await openDatabase(url)
    expect(first.migrated).toEqual(names)
    await first.close()
    const second = await openDatabase(url)
    expect(second.migrated).toEqual([])
    const noted = await second.client.$queryRaw`SELECT * FROM "_prisma_migrations"`
    expect(noted).toEqual(
      names.map(name => ({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
        migration_name: name,
        started_at: expect.any(Date),
        finished_at: expect.any(Date),
        rolled_back_at: null,
        logs: null,
        applied_steps_count: 1,
      })),
    )
    await second.close()
  })

  it('lets programs start at the same time', async () => {
    const url = newUrl(folder)
    const databases = await Promise.all(Array.from({ length: 4 }, () => openDatabase(url)))
    expect(databases.flatMap(({ migrated }) => migrated)).toEqual(names)
    await Promise.all(databases.map(database => database.close()))
  })

  it('leaves nothing behind of a migration that fails, and names the statement', async () => {
    const url = newUrl(folder)
    const broken = join(folder, `broken-${provider}`)
    mkdirSync(join(broken, '1_broken'), { recursive: true })
    writeFileSync(join(broken, '1_broken', 'migration.sql'), 'CREATE TABLE "Half" ("id" TEXT);\nCREATE NONSENSE;\n')
    await expect(migrate(adapterFor(url), broken)).rejects.toThrow('Migration 1_broken failed at: CREATE NONSENSE')
    const database = await openDatabase(url)
    await expect(database.client.$queryRaw`SELECT * FROM "Half"`).rejects.toThrow()
    await database.close()
  })

  it('refuses a migration that was changed after it had been applied', async () => {
    const url = newUrl(folder)
    const changed = join(folder, `changed-${provider}`)
    cpSync(migrations, changed, { recursive: true })
    await migrate(adapterFor(url), changed)
    const file = join(changed, '20260101000000_beginning', 'migration.sql')
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n-- one more word\n`)
    await expect(migrate(adapterFor(url), changed)).rejects.toThrow(/was changed after it had been applied/)
  })

  it('keeps guests signed in who were known before there were sessions', async () => {
    const url = newUrl(folder)
    const before = join(folder, `before-${provider}`)
    cpSync(join(migrations, names[0]!), join(before, names[0]!), { recursive: true })
    const adapter = adapterFor(url)
    await migrate(adapter, before)
    const connection = await adapter.connect()
    await connection.executeScript(
      `INSERT INTO "Person" ("id", "name", "color", "secretHash", "createdAt") VALUES ('ada', 'Ada', '#000000', 'hash', CURRENT_TIMESTAMP);`,
    )
    await connection.dispose()
    const { client, close } = await openDatabase(url)
    const sessions = await client.session.findMany({ include: { person: true } })
    expect(sessions).toMatchObject([{ secretHash: 'hash', person: { name: 'Ada' } }])
    await close()
  })

  it('makes the tables, columns and enums of the schema, no more and no less', async () => {
    const { client, close } = await openDatabase(newUrl(folder))
    const columns = await client.$queryRawUnsafe<{ table: string; column: string }[]>(
      provider === 'sqlite'
        ? `SELECT m.name AS "table", c.name AS "column" FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'`
        : `SELECT table_name::text AS "table", column_name::text AS "column" FROM information_schema.columns WHERE table_schema = 'public'`,
    )
    const made = columns.filter(({ table }) => /^[A-Z]/.test(table)).map(({ table, column }) => `${table}.${column}`)
    expect(made.sort()).toEqual(columnsOfSchema().sort())

    // Every model answers: types that do not fit would be refused here.
    for (const model of Object.keys(Prisma.ModelName)) {
      const name = (model[0]!.toLowerCase() + model.slice(1)) as 'person'
      expect(await client[name].findMany()).toEqual([])
    }

    if (provider === 'postgresql') {
      const labels = await client.$queryRaw<{ name: string; label: string }[]>`
        SELECT t.typname::text AS name, e.enumlabel::text AS label FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid`
      expect(labels.map(({ name, label }) => `${name}.${label}`).sort()).toEqual(enumValuesOfSchema().sort())
    }
    await close()
  })

  it('keeps references whole', async () => {
    const { client, close } = await openDatabase(newUrl(folder))
    const at = new Date()
    await expect(
      client.job.create({ data: { id: 'a', origin: 'chat', requestedAt: at, ownerId: 'nobody' } }),
    ).rejects.toMatchObject({ code: 'P2003' })
    await client.person.create({ data: { id: 'p', name: 'Ada', color: '#000000', createdAt: at } })
    const picture = { id: 'q', index: 0, state: 'queued', recipe: { seed: 4294967295 } } as const
    await client.job.create({
      data: { id: 'a', origin: 'chat', requestedAt: at, ownerId: 'p', pictures: { create: picture } },
    })
    expect((await client.picture.findUniqueOrThrow({ where: { id: 'q' } })).recipe).toEqual({ seed: 4294967295 })
    await client.person.delete({ where: { id: 'p' } })
    expect(await client.picture.count()).toBe(0)
    await close()
  })

  it('has written what waited for another program, and lets that one write again', async () => {
    const url = newUrl(folder)
    const [one, other] = [await openDatabase(url), await openDatabase(url)]
    const sign = (id: string) => {
      const signs = { host: 'here', pid: 1, startedAt: new Date(), seenAt: new Date() }
      return { where: { id }, create: { id, ...signs }, update: signs }
    }
    const holding = one.client.$transaction(async within => {
      await within.worker.upsert(sign('one'))
      await sleep(200)
    })
    await sleep(50)
    await other.client.worker.upsert(sign('other'))
    await holding
    await one.client.worker.upsert(sign('one again'))
    const programs = await one.client.worker.findMany()
    expect(programs.map(({ id }) => id).sort()).toEqual(['one', 'one again', 'other'])
    await Promise.all([one.close(), other.close()])
  })
})

describe('a migration for two databases', () => {
  it('gives each its own lines', () => {
    const sql = `-- A comment; with a semicolon.
--postgresql CREATE TYPE "Mood" AS ENUM ('good');
--sqlite PRAGMA something;
CREATE TABLE "A" (
  "x" TEXT
);`
    const table = 'CREATE TABLE "A" (\n  "x" TEXT\n)'
    expect(statementsFor('sqlite', sql)).toEqual(['PRAGMA something', table])
    expect(statementsFor('postgresql', sql)).toEqual([`CREATE TYPE "Mood" AS ENUM ('good')`, table])
  })

  it('refuses an address that is none', async () => {
    await expect(openDatabase('mysql://somewhere')).rejects.toThrow('Expected DATABASE_URL to be')
  })
})

/** The blocks of the schema by their names in the database, each with its lines without attributes of the block. */
function blocksOf(kind: 'model' | 'enum'): { name: string; lines: string[] }[] {
  const schema = readFileSync(join(import.meta.dirname, '../../prisma/schema.prisma'), 'utf8')
  return [...schema.matchAll(new RegExp(`^${kind} (\\w+) \\{\n(.*?)^\\}`, 'gms'))].map(([, name = '', body = '']) => {
    const lines = body.split('\n').map(line => line.replace(/\/\/.*/, '').trim())
    const mapped = lines.map(line => /^@@map\("(\w+)"\)/.exec(line)?.[1]).find(Boolean)
    return { name: mapped ?? name, lines: lines.filter(line => line !== '' && !line.startsWith('@@')) }
  })
}

/** A field's or a value's name in the database. */
const nameIn = (line: string): string => /@map\("(\w+)"\)/.exec(line)?.[1] ?? line.split(/\s/)[0]!

function columnsOfSchema(): string[] {
  const models = Object.keys(Prisma.ModelName)
  const isColumn = (line: string) => !models.includes(line.split(/\s+/)[1]!.replace(/[?[\]]+$/, ''))
  return blocksOf('model').flatMap(({ name, lines }) => lines.filter(isColumn).map(line => `${name}.${nameIn(line)}`))
}

function enumValuesOfSchema(): string[] {
  return blocksOf('enum').flatMap(({ name, lines }) => lines.map(line => `${name}.${nameIn(line)}`))
}
