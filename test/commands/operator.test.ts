/** What whoever runs Fourstroke does on the command line, as they do it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../prisma/database.ts'
import { openCommandLine } from '../support/commandLine.ts'
import { patient } from '../support/patience.ts'

const { folder, run, remove } = openCommandLine()
afterAll(remove)

const oneLine = (text: string) => text.trim().split('\n').length === 1

describe('an operator', { timeout: patient(90_000) }, () => {
  beforeAll(async () => {
    const painted = await run(['imagine', 'a red house', '--seed', '7', '--steps', '1', '--size', '64x64'])
    expect(painted.code).toBe(0)
  })

  it('backs up while others work, and restores elsewhere', async () => {
    const backedUp = await run(['backup', 'all.tar'])
    expect(backedUp).toMatchObject({ code: 0, err: '' })
    expect(backedUp.out).toMatch(/^Backed up the database and 1 files, [\d.]+ MB, to all\.tar\.\n$/)
    const again = await run(['backup', 'all.tar'])
    expect(again).toMatchObject({ code: 1, out: '' })
    expect(again.err).toMatch(/all\.tar exists: choose another name/)
    expect(oneLine(again.err)).toBe(true)

    const env = { FOURSTROKE_DATA: join(folder, 'elsewhere') }
    const restored = await run(['restore', 'all.tar'], { env })
    expect(restored).toMatchObject({ code: 0, err: '' })
    expect(restored.out).toMatch(/^Restored the database and 1 files, .*elsewhere\.\nBacked up on .* by Fourstroke \d/)
    const twice = await run(['restore', 'all.tar'], { env })
    expect(twice.code).toBe(1)
    expect(twice.err).toMatch(/^Expected an empty folder, got .*elsewhere with /)
    expect(oneLine(twice.err)).toBe(true)
    const [hash] = filesIn(join(folder, 'data'))
    expect(filesIn(env.FOURSTROKE_DATA)).toEqual([hash])
  })

  it('exports a person and erases them', async () => {
    const exported = await run(['export', 'Command line', 'person'])
    expect(exported).toMatchObject({ code: 0, err: '' })
    expect(exported.out).toContain('1 pictures, 0 styles, 0 rooms')
    const index = JSON.parse(readFileSync(join(folder, 'person', 'index.json'), 'utf8'))
    expect(existsSync(join(folder, 'person', index.jobs[0].pictures[0].file))).toBe(true)

    const refused = await run(['erase', 'Nobody', '--yes'])
    expect(refused.code).toBe(1)
    expect(refused.err.trim()).toBe('There is nobody of this id or name.')
    // Nobody answers the question, so nothing happens.
    expect((await run(['erase', 'Command line'])).out).toBe('')
    expect(filesIn(join(folder, 'data'))).toHaveLength(1)

    const erased = await run(['erase', 'Command line', '--yes'])
    expect(erased).toMatchObject({ code: 0, err: '' })
    expect(erased.out).toMatch(/^Erased Command line \(guest command-line\): 1 pictures, 0 styles, 0 rooms\.\n/)
    expect(filesIn(join(folder, 'data'))).toEqual([])
  })

  it('is told that a database belongs to a newer program', async () => {
    const { client, close } = await openDatabase(`file:${join(folder, 'data', 'fourstroke.db')}`)
    await client.$executeRaw`INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name") VALUES ('x', 'y', '29990101000000_moon')`
    await close()
    for (const args of [['start'], ['erase', 'Nobody']]) {
      const { code, err } = await run(args)
      expect(code).toBe(1)
      expect(err).toMatch(
        /^The database was last used by a newer Fourstroke: .*29990101000000_moon\. Update the program/,
      )
      expect(oneLine(err)).toBe(true)
    }
    const doctor = await run(['doctor'])
    expect(doctor.code).toBe(1)
    expect(doctor.out).toMatch(/Database {2}The database was last used by a newer Fourstroke/)
  })
})

function filesIn(data: string): string[] {
  return readdirSync(join(data, 'files'), { recursive: true, encoding: 'utf8' }).filter(name =>
    /[0-9a-f]{64}$/.test(name),
  )
}
