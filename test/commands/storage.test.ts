/** `fourstroke storage`, as operators run it, on a server that speaks S3. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openObjects } from '../../studio/objects/index.ts'
import { systemRandom } from '../../studio/shared/secrets.ts'
import { openCommandLine } from '../support/commandLine.ts'
import { hasObjectStorage, type ObjectStorage, startObjectStorage } from '../support/objectStorage.ts'
import { patient } from '../support/patience.ts'
import { buildStudio, temporaryFolder, untilEnded } from '../support/studio.ts'

const place = temporaryFolder()
const { run, remove } = openCommandLine()
afterAll(() => {
  remove()
  place.remove()
})

describe.runIf(hasObjectStorage())('storage', { timeout: patient(120_000) }, () => {
  let server: ObjectStorage
  beforeAll(async () => {
    server = await startObjectStorage()
  })
  afterAll(() => server?.stop())

  /** A folder with a database of its own in which one picture is painted, and how the command line is told of it. */
  async function paintedPlace(name: string) {
    const dataFolder = join(place.folder, name)
    const databaseUrl = `file:${join(dataFolder, 'fourstroke.db')}`
    const world = await buildStudio({ dataFolder, databaseUrl })
    const { person } = await world.studio.people.newGuest('Ada')
    const { job } = await world.studio.pictures.request(person.id, 'chat', { prompt: 'a sea', width: 32, height: 32 })
    const file = (await untilEnded(world.studio, job)).pictures[0]!.file!
    await world.close()
    const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
    return { dataFolder, databaseUrl, file, env: { FOURSTROKE_DATA: dataFolder, DATABASE_URL: databaseUrl, ...keys } }
  }
  const addressOf = (bucket: string) => `s3://${bucket}?endpoint=${server.endpoint}`

  it('move copies all into a bucket and back, and says what to do next', async () => {
    const one = await paintedPlace('one')
    const bucket = await server.newBucket()
    const there = await run(['storage', 'move', addressOf(bucket.bucket)], { env: one.env })
    expect(there).toMatchObject({ code: 0, err: '' })
    expect(there.out).toMatch(/Copied 1 files, .* from .* to .*\n/)
    expect(there.out).toContain(`set STORAGE=${addressOf(bucket.bucket)}`)
    const objects = await openObjects({ dataFolder: place.folder, bucket, random: systemRandom })
    expect(await objects.find(`files/${one.file.slice(0, 2)}/${one.file}`)).not.toBeNull()
    objects.close()
    const again = await run(['storage', 'move', addressOf(bucket.bucket)], { env: one.env })
    expect(again.out).toMatch(/Copied 0 files.*\n1 were there already/)

    // Back, into a folder that has lost its file.
    const env = { ...one.env, STORAGE: addressOf(bucket.bucket), FOURSTROKE_DATA: join(place.folder, 'back') }
    const back = await run(['storage', 'move', 'folder'], { env })
    expect(back).toMatchObject({ code: 0, err: '' })
    expect(readdirSync(join(place.folder, 'back', 'files', one.file.slice(0, 2)))).toEqual([one.file])
  })

  it('keeps two databases from sharing one bucket, unless it is told that the other one is gone', async () => {
    const [one, other] = [await paintedPlace('first'), await paintedPlace('second')]
    const bucket = await server.newBucket()
    const storage = { STORAGE: addressOf(bucket.bucket) }
    expect((await run(['storage', 'move', storage.STORAGE], { env: one.env })).code).toBe(0)
    const refused = {
      code: 1,
      err: expect.stringMatching(/^The files in .* are those of another database, .*: .*storage claim`/),
    }
    expect(await run(['storage', 'move', storage.STORAGE], { env: other.env })).toMatchObject(refused)
    expect(await run(['storage', 'move', 'folder'], { env: { ...other.env, ...storage } })).toMatchObject(refused)
    await expect(buildStudio({ ...other, bucket })).rejects.toMatchObject({ code: 'start/other-database' })
    // The first one goes on.
    await (await buildStudio({ ...one, bucket })).close()

    const claimed = await run(['storage', 'claim'], { env: { ...other.env, ...storage } })
    expect(claimed).toMatchObject({ code: 0, err: '', out: expect.stringContaining('belongs to this database') })
    await (await buildStudio({ ...other, bucket })).close()
    await expect(buildStudio({ ...one, bucket })).rejects.toMatchObject({ code: 'start/other-database' })
  })
})
