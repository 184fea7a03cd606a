import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { openDatabase } from '../../prisma/database.ts'
import { recipeOf } from '../../studio/rows.ts'
import { seededRandom, temporaryFolder } from '../support/studio.ts'

/** The engine that paints stripes starts quickly; the real one, on a tiny model, has a process of its own. */
const engines = [
  { engine: 'an engine of stripes', model: 'stripes', moments: 20 },
  { engine: 'the real engine', model: join(import.meta.dirname, '../fixtures/pipelines/first'), moments: 4 },
]

/**
 * Kills a whole program at moments that follow from a seed: so many lines after its start, and some milliseconds. They
 * fall into opening the database, taking over, asking, painting, writing files and rows.
 */
it.each(engines)(
  'loses and doubles nothing when it is killed at $moments moments over $engine',
  {
    timeout: 300_000,
  },
  async ({ model, moments }) => {
    const { folder, remove } = temporaryFolder()
    const random = seededRandom('killed')
    const dice = (sides: number) => Buffer.from(random(4)).readUInt32LE() % sides
    const told = new Map<string, number>()

    for (let moment = 0; moment < moments; moment++) {
      const program = start(folder, model, 'ask')
      const lastLine = dice(14)
      const delayMs = dice(40)
      let lines = 0
      for await (const line of program.lines) {
        const [what, ask, count] = line.split(' ')
        if (what === 'asked') told.set(ask!, Number(count))
        if (lines++ === lastLine) setTimeout(() => program.child.kill('SIGKILL'), delayMs)
      }
      await program.ended
      expect(program.child.signalCode, program.errors()).toBe('SIGKILL')
    }
    const last = start(folder, model, 'drain')
    const lines: string[] = []
    for await (const line of last.lines) lines.push(line)
    await last.ended
    expect(lines.at(-1), last.errors()).toBe('drained')

    const { client, close } = await openDatabase(`file:${join(folder, 'fourstroke.db')}`)
    const asks = await client.ask.findMany({ include: { pictures: true } })
    const pictures = asks.flatMap(ask => ask.pictures)
    await close()

    expect(told.size).toBeGreaterThan(moments)
    for (const [id, count] of told) expect(asks.find(ask => ask.id === id)?.pictures, id).toHaveLength(count)

    const states = new Set(pictures.map(({ state }) => state))
    expect(states.has('finished')).toBe(true)
    for (const picture of pictures) {
      if (picture.state === 'finished') {
        const bytes = readFileSync(join(folder, 'files', picture.file!.slice(0, 2), picture.file!))
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(picture.file)
        expect(await sharp(bytes).metadata()).toMatchObject({ width: 32, height: 32 })
        expect(recipeOf(picture).seed).toEqual(expect.any(Number))
      } else expect(picture).toMatchObject({ state: 'failed', failure: { words: expect.stringMatching(/\w/) } })
    }

    // What was painted twice, because it had not been written down, is the same file: none lies around, but of a picture
    // that was given up after it had been painted and before that was written.
    const used = new Set(pictures.map(({ file }) => file))
    const drawers = readdirSync(join(folder, 'files')).filter(name => name !== 'incoming')
    const files = drawers.flatMap(drawer => readdirSync(join(folder, 'files', drawer)))
    const failed = pictures.filter(({ state }) => state === 'failed')
    expect(files.filter(file => !used.has(file)).length).toBeLessThanOrEqual(failed.length)
    remove()
  },
)

function start(folder: string, model: string, task: 'ask' | 'drain') {
  const program = join(import.meta.dirname, '../support/program.ts')
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', program, folder, model, task])
  const ended = once(child, 'exit')
  let errors = ''
  child.stderr!.on('data', chunk => {
    errors += chunk
  })
  return { child, ended, lines: createInterface({ input: child.stdout! }), errors: () => errors }
}
