import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type Engine, openEngine, type PaintRequest } from '../../engine/index.ts'
import { type EngineKeeper, keepEngine } from '../../tools/dev/engineKeeper.ts'
import { connectEngine } from '../../tools/dev/keptEngine.ts'
import { filesLoadedBy, watchLoadedFiles } from '../../tools/dev/loadedFiles.ts'
import { hasProc, runningProcesses } from '../engine/support/engineProcess.ts'
import { writeTinyModel } from '../engine/support/tinyModel.ts'
import { silentLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'
import { temporaryFolder } from '../support/studio.ts'

const { folder, remove } = temporaryFolder()
const model = writeTinyModel()
afterAll(() => {
  remove()
  model.remove()
})

const request: PaintRequest = {
  owner: 'ann',
  priority: 'interactive',
  prompt: 'red blue',
  seed: 1,
  steps: 4,
  guidance: 8.5,
  width: 32,
  height: 32,
}

describe.runIf(hasProc && process.platform !== 'win32')('the engine of `npm run dev`', () => {
  const lines: string[] = []
  const engines: Engine[] = []
  let keeper: EngineKeeper | undefined
  afterEach(async () => {
    await Promise.all(engines.splice(0).map(engine => engine.close()))
    keeper?.close()
    lines.length = 0
  })

  /** As a server that starts, with the engine that is kept at `address`. */
  async function openAt(address: string, threads = 1): Promise<Engine> {
    const engine = await openEngine({
      modelFolder: model.folder,
      device: 'cpu',
      threads,
      warmUp: false,
      log: silentLog,
      forkEngine: () => connectEngine(address),
      restart: { maxCrashes: Number.POSITIVE_INFINITY, maxDelayMs: 50 },
    })
    engines.push(engine)
    return engine
  }

  async function keepAt(name: string): Promise<string> {
    const address = join(folder, name)
    keeper = await keepEngine(address, line => lines.push(line))
    return address
  }

  it('goes on when its server starts again, and forgets what the last one requested', async () => {
    const address = await keepAt('again.sock')
    const first = await openAt(address)
    const long = first.paint({ ...request, steps: 50, width: 64, height: 64 }, progress => {
      if (progress.type === 'started') void first.close()
    })
    const [pid] = runningProcesses()
    expect(await long.ended).toMatchObject({ type: 'cancelled' })
    const second = await openAt(address)
    expect(await second.paint(request).ended).toMatchObject({ type: 'finished' })
    expect(runningProcesses()).toEqual([pid])
    expect(lines).toEqual([])
  })

  it('starts again when one of its files changes, and what is requested meanwhile is painted', async () => {
    const address = await keepAt('changed.sock')
    const engine = await openAt(address)
    const [pid] = runningProcesses()
    keeper!.restart('engine/paint.ts')
    expect(await engine.paint(request).ended).toMatchObject({ type: 'finished' })
    expect(runningProcesses()).not.toContain(pid)
    expect(lines).toEqual(['engine/paint.ts changed: the engine starts again'])
  })

  it('starts again for a server with other settings', async () => {
    const address = await keepAt('settings.sock')
    const first = await openAt(address)
    const [pid] = runningProcesses()
    await first.close()
    const second = await openAt(address, 2)
    expect(await second.paint(request).ended).toMatchObject({ type: 'finished' })
    expect(runningProcesses()).not.toContain(pid)
  })
})

describe('the files that a program loads', () => {
  const write = (name: string, text: string) => writeFileSync(join(folder, 'program', name), text)
  const entry = join(folder, 'program', 'entry.ts')
  mkdirSync(join(folder, 'program', 'parts'), { recursive: true })
  write('entry.ts', "import { a } from './parts/a.ts'\nexport const b = () => import('./b.ts')\nimport 'node:fs'\n")
  write('parts/a.ts', "export * from '../entry.ts'\n")
  write('b.ts', '')
  write('other.ts', '')

  it('are found through circles and late imports, without packages', () => {
    const files = [...filesLoadedBy(entry)].map(file => relative(join(folder, 'program'), file))
    expect(files.sort()).toEqual(['b.ts', 'entry.ts', join('parts', 'a.ts')])
  })

  it('are told when they change, and no others', { timeout: patient(10_000) }, async () => {
    const changed: string[] = []
    const stop = watchLoadedFiles(entry, file => changed.push(relative(join(folder, 'program'), file)))
    write('other.ts', '// changed')
    write('parts/a.ts', '// changed')
    await expect.poll(() => changed, { timeout: patient(5000) }).toEqual([join('parts', 'a.ts')])
    stop()
  })
})
