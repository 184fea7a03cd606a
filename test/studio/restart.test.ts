import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../prisma/database.ts'
import type { StudioOptions } from '../../studio/index.ts'
import type { JobId, Origin, Person, PictureId, PictureOptions } from '../../studio/studio.ts'
import { openTestEngine, type TestEngine } from '../support/engine.ts'
import { patient } from '../support/patience.ts'
import { buildStudio, type TestStudio, temporaryFolder, untilEnded } from '../support/studio.ts'

const wish: PictureOptions = { prompt: 'a red house', seed: 7, width: 32, height: 32 }

let place: ReturnType<typeof temporaryFolder>
let databaseUrl: string
let open: { close(): Promise<void> }[]
beforeEach(() => {
  place = temporaryFolder()
  databaseUrl = `file:${join(place.folder, 'fourstroke.db')}`
  open = []
})
afterEach(async () => {
  for (const { close } of open.reverse()) await close()
  place.remove()
})

async function openStudioHere(
  options: Partial<StudioOptions> & { engine?: TestEngine } = {},
): Promise<TestStudio & { ada: Person }> {
  const test = await buildStudio({ dataFolder: place.folder, databaseUrl, ...options })
  open.push(test)
  return { ...test, ada: await test.studio.people.fromDiscord({ discordId: '1', name: 'Ada' }) }
}

async function closeHere(test: { close(): Promise<void>; studio: unknown }): Promise<void> {
  open = open.filter(other => 'studio' in other === false || other.studio !== test.studio)
  await test.close()
}

async function openDatabaseHere(): Promise<Database> {
  const database = await openDatabase(databaseUrl)
  open.push(database)
  return database
}

/** Rows as a program leaves them that died in the middle. */
async function leftBehind(
  origin: Origin,
  change: { state?: 'queued' | 'running'; interrupts?: number; recipe?: object; pid?: number; seenAt?: Date } = {},
): Promise<{ job: JobId; picture: PictureId }> {
  const { client } = await openDatabaseHere()
  const { state = 'running', interrupts = 0, pid = 2 ** 22 + 1, seenAt = new Date() } = change
  const at = new Date()
  const id = `${origin}-${Math.random()}`
  const worker = { id: `worker of ${id}`, host: hostname(), pid, startedAt: at, seenAt }
  const { prompt, seed = 0, width, height } = wish
  const model = { model: 'stripes', modelHash: 'a'.repeat(64) }
  const recipe = { prompt, seed, width, height, steps: 4, guidance: 8, ...model, ...change.recipe }
  // All at once: a studio that is open already sweeps away dead workers that have left nothing.
  await client.$transaction([
    client.worker.create({ data: worker }),
    client.person.upsert({
      where: { id: 'someone' },
      create: { id: 'someone', name: 'Someone', color: '#000000', createdAt: at },
      update: {},
    }),
    client.job.create({
      data: {
        ...{ id, origin, requestedAt: at, ownerId: 'someone' },
        pictures: { create: { id: `picture of ${id}`, index: 0, state, recipe, interrupts, workerId: worker.id } },
      },
    }),
  ])
  return { job: id as JobId, picture: `picture of ${id}` as PictureId }
}

it('puts back what it could not finish when it closes, and finishes it when it opens again', async () => {
  const engine = openTestEngine()
  engine.hold()
  const first = await openStudioHere({ engine })
  const { job } = await first.studio.pictures.request(first.ada.id, 'chat', { ...wish, count: 3 })
  await closeHere(first)

  const second = await openStudioHere()
  const { pictures } = await untilEnded(second.studio, job, 3)
  expect(pictures.map(({ state, recipe }) => [state, recipe.seed])).toEqual([
    ['finished', 7],
    ['finished', 8],
    ['finished', 9],
  ])
  expect(second.engine.asks).toHaveLength(3)
})

it('finishes what a program that died has left, with the same recipe', async () => {
  const { job, picture } = await leftBehind('chat')
  const { studio, engine } = await openStudioHere()
  await untilEnded(studio, job)
  expect(await studio.pictures.find(picture)).toMatchObject({ state: 'finished', recipe: wish })
  expect(engine.asks).toEqual([expect.objectContaining({ ...wish, owner: 'someone', priority: 'interactive' })])
})

it('takes over what was waiting while it is running already', async () => {
  const { studio } = await openStudioHere({ leaseMs: 60 })
  const { job, picture } = await leftBehind('canvas', { state: 'queued' })
  await untilEnded(studio, job)
  expect((await studio.pictures.find(picture))?.state).toBe('finished')
  const { client } = await openDatabaseHere()
  expect(await client.worker.count()).toBe(1)
})

it('says of the command line’s pictures that they were interrupted: nobody waits for them', async () => {
  const left = await leftBehind('commandLine')
  const { studio, engine } = await openStudioHere()
  expect(await studio.pictures.find(left.picture)).toMatchObject({
    state: 'failed',
    failure: { code: 'picture/interrupted', message: expect.stringContaining('stopped before') },
  })
  expect(engine.asks).toEqual([])
})

it('leaves the server’s pictures alone when it is the command line', async () => {
  const chat = await leftBehind('chat')
  const own = await leftBehind('commandLine')
  const { studio, engine } = await openStudioHere({ resume: 'none' })
  expect((await studio.pictures.find(chat.picture))?.state).toBe('running')
  expect((await studio.pictures.find(own.picture))?.state).toBe('failed')
  expect(engine.asks).toEqual([])
})

it('lets a server and a command line work side by side', async () => {
  const server = await openStudioHere({ leaseMs: 1000 })
  server.engine.hold()
  const served = await server.studio.pictures.request(server.ada.id, 'chat', wish)
  const imagine = await openStudioHere({ resume: 'none', leaseMs: 1000 })
  imagine.engine.hold()
  const imagined = await imagine.studio.pictures.request(imagine.ada.id, 'commandLine', { ...wish, seed: 8 })
  await new Promise(resolve => setTimeout(resolve, 1200))
  server.engine.release()
  imagine.engine.release()
  const [one] = (await untilEnded(server.studio, served.job)).pictures
  const [other] = (await untilEnded(imagine.studio, imagined.job)).pictures
  expect([one!.state, other!.state]).toEqual(['finished', 'finished'])
  expect([server.engine.asks.length, imagine.engine.asks.length]).toEqual([1, 1])
})

it('says that a picture was interrupted when its command line is closed in the middle', async () => {
  const { studio, engine, ada, ...rest } = await openStudioHere({ resume: 'none' })
  engine.hold()
  const { pictures } = await studio.pictures.request(ada.id, 'commandLine', wish)
  await closeHere({ studio, ...rest })
  const { client } = await openDatabaseHere()
  expect(await client.picture.findUnique({ where: { id: pictures[0]!.id } })).toMatchObject({ state: 'failed' })
})

it('does not double a picture that two programs painted', async () => {
  // This one sleeps: its clock stands still, so it seems dead while it is still painting.
  const then = new Date(Date.now() - 60_000)
  const sleeper = await openStudioHere({ now: () => then })
  sleeper.engine.hold()
  const { job, pictures } = await sleeper.studio.pictures.request(sleeper.ada.id, 'chat', wish)
  const heir = await openStudioHere()
  const [done] = (await untilEnded(heir.studio, job)).pictures
  sleeper.engine.release()
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(await heir.studio.pictures.ofJob(job)).toEqual([done])
  expect(await sleeper.studio.pictures.find(pictures[0]!.id)).toEqual(done)
  expect(await heir.studio.pictures.files.has(done!.file!)).toBe(true)
  expect([...sleeper.bugs, ...heir.bugs]).toEqual([])
})

it('gives up a picture during which three programs died', async () => {
  const second = await leftBehind('chat', { interrupts: 1 })
  const third = await leftBehind('chat', { interrupts: 2 })
  const waited = await leftBehind('chat', { interrupts: 2, state: 'queued' })
  const { studio } = await openStudioHere()
  for (const { job } of [second, third, waited]) await untilEnded(studio, job)
  expect((await studio.pictures.find(second.picture))?.state).toBe('finished')
  expect((await studio.pictures.find(waited.picture))?.state).toBe('finished')
  expect(await studio.pictures.find(third.picture)).toMatchObject({
    state: 'failed',
    failure: { code: 'picture/interrupted' },
  })
})

it('does not paint a recipe with another model', async () => {
  const { picture } = await leftBehind('chat', { recipe: { modelHash: 'b'.repeat(64) } })
  const { studio } = await openStudioHere()
  expect(await studio.pictures.find(picture)).toMatchObject({ state: 'failed', failure: { code: 'picture/model' } })
})

it('says so when the image to paint over is gone', async () => {
  const { picture } = await leftBehind('chat', { recipe: { image: 'c'.repeat(64), strength: 0.5 } })
  const { studio } = await openStudioHere()
  expect(await studio.pictures.find(picture)).toMatchObject({ state: 'failed', failure: { code: 'request/image' } })
})

it('waits for the lease when the number of a dead process was given away', async () => {
  const young = await leftBehind('chat', { pid: process.pid })
  const old = await leftBehind('chat', { pid: process.pid, seenAt: new Date(Date.now() - 60_000) })
  const { studio } = await openStudioHere()
  await untilEnded(studio, old.job)
  expect((await studio.pictures.find(young.picture))?.state).toBe('running')
})

it('sweeps away what nothing names after a day, half-written files after an hour, and nothing else', async () => {
  const { studio, ada, ...rest } = await openStudioHere()
  const { job } = await studio.pictures.request(ada.id, 'chat', wish)
  const [picture] = (await untilEnded(studio, job)).pictures
  const files = join(place.folder, 'files')
  const used = join(files, picture!.file!.slice(0, 2), picture!.file!)
  const orphan = join(files, 'ab', `ab${'0'.repeat(62)}`)
  const fresh = join(files, 'ab', `ab${'1'.repeat(62)}`)
  const half = join(files, 'incoming', 'half')
  mkdirSync(join(files, 'ab'), { recursive: true })
  for (const file of [orphan, fresh, half]) writeFileSync(file, 'bytes')
  const old = new Date(Date.now() - 25 * 60 * 60 * 1000)
  for (const file of [used, orphan, half]) utimesSync(file, old, old)
  await closeHere({ studio, ...rest })

  await openStudioHere()
  while (existsSync(orphan) || existsSync(half)) await new Promise(resolve => setTimeout(resolve, 5))
  expect([existsSync(used), existsSync(fresh)]).toEqual([true, true])
  expect(readdirSync(join(files, 'incoming'))).toEqual([])
})

it('sweeps away what a program that was killed had written a file for, and had no row yet', async () => {
  const { studio, ada, ...rest } = await openStudioHere()
  const { job } = await studio.pictures.request(ada.id, 'chat', wish)
  const [picture] = (await untilEnded(studio, job)).pictures
  const files = join(place.folder, 'files')
  const used = join(files, picture!.file!.slice(0, 2), picture!.file!)
  const lost = join(files, 'ab', `ab${'0'.repeat(62)}`)
  mkdirSync(join(files, 'ab'), { recursive: true })
  writeFileSync(lost, 'bytes')
  // Both were marked as being written when it died; of one the row was written.
  const marks = [used, lost].map(file => join(files, 'incoming', basename(file)))
  const halfAMinuteAgo = new Date(Date.now() - 31_000)
  for (const mark of marks) {
    writeFileSync(mark, '')
    utimesSync(mark, halfAMinuteAgo, halfAMinuteAgo)
  }
  await closeHere({ studio, ...rest })

  await openStudioHere()
  await expect.poll(() => readdirSync(join(files, 'incoming')), { timeout: patient(10_000) }).toEqual([])
  expect([existsSync(used), existsSync(lost)]).toEqual([true, false])
})

it('says in one sentence what is wrong with the data folder or the database', async () => {
  const file = join(place.folder, 'a file')
  writeFileSync(file, 'This is neither a folder nor a database. '.repeat(100))
  await expect(buildStudio({ dataFolder: join(file, 'data') })).rejects.toMatchObject({
    code: 'data/unwritable',
    message: expect.stringMatching(
      /^The data folder .* cannot be written \(.*\): set FOURSTROKE_DATA to one that can\.$/,
    ),
  })
  for (const databaseUrl of [`file:${file}`, 'postgresql://nobody:secret@127.0.0.1:1/nothing']) {
    await expect(buildStudio({ dataFolder: place.folder, databaseUrl })).rejects.toMatchObject({
      code: 'database/unusable',
      message: expect.stringMatching(/^The database cannot be used \((?!.*secret).+\): check DATABASE_URL\.$/),
    })
  }
})
