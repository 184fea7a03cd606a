/** What the engine says beforehand, and what it refuses, with the real process. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { rootFolder } from '../../config.ts'
import { describeLearning, type Engine, type EngineOptions, openEngine } from '../../engine/index.ts'
import type { StyleEngine } from '../../engine/types/styles.ts'
import { patient } from '../support/patience.ts'
import { temporaryFolder } from '../support/studio.ts'
import { buildLearnAsk } from './lcf/pupils.ts'
import { hasProc } from './support/engineProcess.ts'

const embedded = join(rootFolder, 'models', 'fourstroke-256')
const { folder: cacheFolder, remove } = temporaryFolder()
const engines: Engine[] = []
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close()
})

async function open(options: Partial<EngineOptions> = {}): Promise<Engine & StyleEngine> {
  const engine = await openEngine({ modelFolder: embedded, device: 'cpu', batches: [1], cacheFolder, ...options })
  engines.push(engine)
  return engine
}

const request = { prompt: 'a red house', seed: 1, steps: 4, guidance: 8, width: 256, height: 256 }

it(
  'says how long a picture takes, about as long as it then does, and remembers it for the next start',
  async () => {
    const engine = await open()
    const { ms } = engine.estimate(request)
    const result = await engine.paint({ ...request, owner: 'ada', priority: 'interactive' }).ended
    if (result.type !== 'finished') throw new Error(`Expected a picture, got ${JSON.stringify(result)}`)
    expect(ms).not.toBeNull()
    // Others may use the machine as well.
    expect(result.output.totalMs / ms!).toBeGreaterThan(0.1)
    expect(result.output.totalMs / ms!).toBeLessThan(10)
    expect(engine.estimate({ ...request, width: 512, height: 512 }).ms!).toBeGreaterThan(2 * ms!)
    const learning = engine.estimateLearning(10)
    expect(learning.ms!).toBeGreaterThan(20_000)
    expect(describeLearning(learning.figures!)).toMatch(/^About \d+ (s|min) on this device/)
    expect(learning.error).toBeNull()
    await engines.pop()!.close()
    expect(JSON.parse(readFileSync(join(cacheFolder, 'measurements.json'), 'utf8'))).toMatchObject({})

    // A program that paints once measures nothing before; it knows all the same.
    const again = await open({ warmUp: false })
    expect(again.estimate(request).ms).not.toBeNull()
    remove()
  },
  patient(60_000),
)

it.runIf(hasProc)(
  'refuses what does not fit into memory before anything of it begins, and offers what does',
  async () => {
    const engine = await open({ memoryBytes: 1e6 })
    const paint = () => engine.paint({ ...request, owner: 'ada', priority: 'interactive' })
    expect(paint).toThrow(/^Expected a picture that fits into the 100 MB of memory here, got 256×256, which needs/)
    expect(() => engine.learn(buildLearnAsk({}))).toThrow('This style cannot be learned on this device: it needs about')
    expect(engine.estimateLearning(4).error).toMatchObject({ code: 'learn/memory' })
    expect(engine.load()).toMatchObject({ waiting: 0, running: 0 })
  },
  patient(60_000),
)
