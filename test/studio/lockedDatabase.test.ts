import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../prisma/database.ts'
import { OneConnectionLibSql } from '../../prisma/sqlite.ts'
import { openTestEngine } from '../support/engine.ts'
import { isHere } from '../support/need.ts'
import { patient } from '../support/patience.ts'
import { postgresPrograms, startPostgres } from '../support/postgres.ts'
import { buildStudio, temporaryFolder, untilEnded } from '../support/studio.ts'

const ask = { prompt: 'a red house', width: 32, height: 32 }
/** A query waits for so long for another program's transaction. */
const busyTimeoutMs = 50

/** Another program that holds the right to write for as long as it likes. */
async function lock(folder: string): Promise<() => Promise<void>> {
  const url = `file:${join(folder, 'fourstroke.db')}`
  const other = new OneConnectionLibSql({ url }).createClient({ url })
  await other.execute('BEGIN IMMEDIATE')
  return async () => {
    await other.execute('ROLLBACK')
    other.close()
  }
}

async function pictureOf(color: string) {
  const create = { width: 32, height: 32, channels: 3, background: color } as const
  return { bytes: await sharp({ create }).png().toBuffer() }
}

describe('while another program holds the database for longer than a query waits', { timeout: patient(60_000) }, () => {
  it('a picture that is finished meanwhile is written down afterwards, by this program', async () => {
    const engine = openTestEngine()
    const { studio, folder, bugs, close } = await buildStudio({ engine, busyTimeoutMs })
    const { person } = await studio.people.newGuest('Ada')
    engine.hold()
    const { job, pictures } = await studio.pictures.request(person.id, 'canvas', ask)
    const unlock = await lock(folder)
    engine.release()
    await expect.poll(() => bugs.length, { timeout: patient(20_000) }).toBeGreaterThan(1)
    expect((await studio.pictures.find(pictures[0]!.id))?.state).not.toBe('finished')
    await unlock()
    const ended = await untilEnded(studio, job)
    expect(ended.pictures[0]).toMatchObject({ state: 'finished', file: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(engine.asks).toHaveLength(1)
    await close()
  })

  it('a picture that fails meanwhile is failed afterwards', async () => {
    const engine = openTestEngine({ failures: { [ask.prompt]: 'engine/not-finite' } })
    const { studio, folder, close, bugs } = await buildStudio({ engine, busyTimeoutMs })
    const { person } = await studio.people.newGuest('Ada')
    engine.hold()
    const { job } = await studio.pictures.request(person.id, 'canvas', ask)
    const unlock = await lock(folder)
    engine.release()
    await expect.poll(() => bugs.length, { timeout: patient(20_000) }).toBeGreaterThan(1)
    await unlock()
    const ended = await untilEnded(studio, job)
    expect(ended.pictures[0]).toMatchObject({ state: 'failed', failure: { code: 'engine/not-finite' } })
    await close()
  })

  it('a style that is learned meanwhile becomes a version afterwards', async () => {
    const engine = openTestEngine()
    const { studio, folder, close, bugs } = await buildStudio({ engine, busyTimeoutMs })
    const { person } = await studio.people.newGuest('Ada')
    const pictures = [await pictureOf('#20ff20')]
    const style = await studio.styles.create(person.id, { name: 'Greens', pictures })
    engine.hold()
    const learning = await studio.styles.learn(person.id, style.id)
    await expect.poll(() => engine.learnAsks.length, { timeout: patient(20_000) }).toBe(1)
    const unlock = await lock(folder)
    engine.release()
    await expect.poll(() => bugs.length, { timeout: patient(20_000) }).toBeGreaterThan(1)
    await unlock()
    const ended = await new Promise(resolve =>
      studio.styles.watch(learning.id, event => event.type === 'ended' && resolve(event.learning)),
    )
    expect(ended).toMatchObject({ state: 'finished', version: 1 })
    expect(engine.learnAsks).toHaveLength(1)
    await close()
  })

  it('closing waits for it no longer than a query does, and the next start paints the picture', async () => {
    const { folder, remove } = temporaryFolder()
    const engine = openTestEngine()
    const first = await buildStudio({ engine, busyTimeoutMs, dataFolder: folder })
    const { person } = await first.studio.people.newGuest('Ada')
    engine.hold()
    const { job } = await first.studio.pictures.request(person.id, 'canvas', ask)
    const unlock = await lock(folder)
    engine.release()
    await expect.poll(() => first.bugs.length, { timeout: patient(20_000) }).toBeGreaterThan(1)
    await first.close().catch(() => undefined)
    await unlock()
    const second = await buildStudio({ dataFolder: folder, leaseMs: 1 })
    await sleep(5)
    const ended = await untilEnded(second.studio, job)
    expect(ended.pictures[0]).toMatchObject({ state: 'finished' })
    await second.close()
    remove()
  })
})

describe('what this program was given and has lost over an error', { timeout: patient(30_000) }, () => {
  it('is begun again by itself, whatever the error was', async () => {
    const { studio, folder, close } = await buildStudio({ leaseMs: 300 })
    const { person } = await studio.people.newGuest('Ada')
    const { job } = await studio.pictures.request(person.id, 'canvas', ask)
    const [painted] = (await untilEnded(studio, job)).pictures
    const { client, close: closeDatabase } = await openDatabase(`file:${join(folder, 'fourstroke.db')}`)
    const { workerId } = await client.picture.findFirstOrThrow({ where: { id: painted!.id } })
    // As after a claim whose request could not be read: it is this program's, and nobody paints it.
    await client.job.update({ where: { id: job }, data: { requestedAt: new Date(Date.now() - 1000) } })
    await client.picture.update({ where: { id: painted!.id }, data: { state: 'queued', file: null, workerId } })
    await closeDatabase()
    const stateNow = async () => (await studio.pictures.find(painted!.id))?.state
    await expect.poll(stateNow, { timeout: patient(10_000) }).toBe('finished')
    await close()
  })
})

const hasPostgres = isHere(
  postgresPrograms !== undefined,
  'tests on PostgreSQL need its programs in /usr/lib/postgresql. Install them, for example `apt-get install postgresql` on Debian.',
)
describe.runIf(hasPostgres)('while PostgreSQL is started again', { timeout: patient(60_000) }, () => {
  it('a picture that is finished meanwhile is written down afterwards, and the program lives', async () => {
    const postgres = await startPostgres(postgresPrograms!)
    const engine = openTestEngine()
    const { studio, close, bugs } = await buildStudio({ engine, databaseUrl: postgres.newDatabase() })
    const { person } = await studio.people.newGuest('Ada')
    engine.hold()
    const { job } = await studio.pictures.request(person.id, 'canvas', ask)
    postgres.halt()
    engine.release()
    await expect.poll(() => bugs.length, { timeout: patient(20_000) }).toBeGreaterThan(0)
    await sleep(500)
    postgres.goOn()
    const ended = await untilEnded(studio, job)
    expect(ended.pictures[0]).toMatchObject({ state: 'finished' })
    await close()
    postgres.stop()
  })
})
