import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import sharp from 'sharp'
import { build } from 'vite'
import { expect, it } from 'vitest'
import { openDatabase } from '../../prisma/database.ts'
import { patient } from '../support/patience.ts'
import { seededRandom, temporaryFolder } from '../support/studio.ts'

const source = join(import.meta.dirname, '../support/program.ts')
const root = join(import.meta.dirname, '../..')

/**
 * Over an engine that paints stripes the program is bundled first, so that twenty starts take seconds. The real engine
 * has a process of its own, which starts from the source.
 */
const programs = [
  { engine: 'an engine of stripes', model: 'stripes', moments: 20, prepare: bundle },
  {
    engine: 'the real engine',
    model: join(root, 'test/fixtures/pipelines/today'),
    moments: 3,
    prepare: async () => source,
  },
]

/**
 * Kills a whole program at moments that follow from a seed: so many lines after its start, and some milliseconds. They
 * fall into opening the database, taking over, asking, painting, writing files and rows.
 */
it.each(programs)(
  'loses and doubles nothing when it is killed at $moments moments over $engine',
  {
    timeout: patient(300_000),
  },
  async ({ model, moments, prepare }) => {
    const file = await prepare()
    const { folder, remove } = temporaryFolder()
    const random = seededRandom('killed')
    const dice = (sides: number) => Buffer.from(random(4)).readUInt32LE() % sides
    const told = new Map<string, number>()

    for (let moment = 0; moment < moments; moment++) {
      const program = start(file, folder, model, 'request')
      const lastLine = dice(10)
      const delayMs = dice(40)
      let lines = 0
      for await (const line of program.lines) {
        const [what, job, count] = line.split(' ')
        if (what === 'requested') told.set(job!, Number(count))
        if (lines++ === lastLine) setTimeout(() => program.child.kill('SIGKILL'), delayMs)
      }
      await program.ended
      expect(program.child.signalCode, program.errors()).toBe('SIGKILL')
    }
    await drain(file, folder, model)

    const { client, close } = await openDatabase(`file:${join(folder, 'fourstroke.db')}`)
    const jobs = await client.job.findMany({ include: { pictures: true } })
    const pictures = jobs.flatMap(({ pictures }) => pictures)
    await close()

    expect(told.size).toBeGreaterThan(0)
    for (const [id, count] of told) expect(jobs.find(job => job.id === id)?.pictures, id).toHaveLength(count)

    const states = new Set(pictures.map(({ state }) => state))
    expect(states.has('finished')).toBe(true)
    for (const picture of pictures) {
      if (picture.state === 'finished') {
        const bytes = readFileSync(join(folder, 'files', picture.file!.slice(0, 2), picture.file!))
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(picture.file)
        expect(await sharp(bytes).metadata()).toMatchObject({ width: 32, height: 32 })
        expect((picture.recipe as { seed?: number }).seed).toEqual(expect.any(Number))
      } else expect(picture).toMatchObject({ state: 'failed', failure: { message: expect.stringMatching(/\w/) } })
    }

    // A file whose row was not written any more is swept away, a day later.
    const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000)
    for (const file of filesIn(folder)) utimesSync(file, yesterday, yesterday)
    await drain(file, folder, model)
    const used = pictures.flatMap(({ file }) => (file ? [join(folder, 'files', file.slice(0, 2), file)] : []))
    expect(filesIn(folder)).toEqual([...new Set(used)].sort())
    remove()
  },
)

async function drain(file: string, folder: string, model: string): Promise<void> {
  const { lines, ended, errors } = start(file, folder, model, 'drain')
  let last = ''
  for await (const line of lines) last = line
  await ended
  expect(last, errors()).toBe('drained')
}

function start(file: string, folder: string, model: string, task: 'request' | 'drain') {
  const loader = file.endsWith('.ts') ? ['--import', 'tsx'] : []
  const child = spawn(process.execPath, [...loader, file, folder, model, task], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  let errors = ''
  child.stderr.on('data', chunk => {
    errors += chunk
  })
  return { child, ended, lines: createInterface({ input: child.stdout }), errors: () => errors }
}

/** Into dist/, from where the program finds the migrations as the compiled program does. */
async function bundle(): Promise<string> {
  const outDir = join(root, 'dist', 'test')
  const entryFileNames = `program-${process.pid}.js`
  await build({
    ...{ configFile: false, root, logLevel: 'error' },
    build: { ssr: source, outDir, emptyOutDir: false, minify: false, rollupOptions: { output: { entryFileNames } } },
  })
  return join(outDir, entryFileNames)
}

function filesIn(folder: string): string[] {
  return readdirSync(join(folder, 'files'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
}
