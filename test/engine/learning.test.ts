/** Learning in the engine process: beside pictures, over its falls, by turns. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Engine, openEngine } from '../../engine/index.ts'
import type { LearnProgress, LearnRequest, LearnResult, StyleEngine } from '../../engine/types/styles.ts'
import { fixtures } from '../onnx/files.ts'
import { collectLog } from '../support/log.ts'
import { isHere } from '../support/need.ts'
import { patient } from '../support/patience.ts'
import { buildLearnAsk } from './lcf/pupils.ts'
import { writeTinyModel } from './support/tinyModel.ts'

const { log, lines } = collectLog()
const engines: Engine[] = []
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close()
})

async function open(modelFolder = join(fixtures, 'pipelines', 'today')): Promise<Engine & StyleEngine> {
  const engine = await openEngine({
    modelFolder,
    device: 'cpu',
    threads: 1,
    batches: [1],
    log,
    restart: { firstDelayMs: 10 },
  })
  engines.push(engine)
  return engine
}

const ask = (overrides: Partial<LearnRequest> = {}): LearnRequest =>
  buildLearnAsk({ recipe: { steps: 12, batch: 2, rank: 2, prior: 0 }, ...overrides })

/** Learns, and calls `at` with everything that is told. */
async function learned(
  engine: StyleEngine,
  asked: LearnRequest,
  at: (progress: LearnProgress) => void = () => undefined,
): Promise<LearnResult & { type: 'finished' }> {
  const end = await engine.learn(asked, at).ended
  if (end.type !== 'finished') throw new Error(`Expected a style, got ${JSON.stringify(end)}; ${lines.join('')}`)
  return end
}

function picture(engine: Engine, seed: number) {
  const { width, height } = engine.info.model.sizes.default
  const size = { width, height }
  return engine.paint({
    owner: 'bob',
    priority: 'interactive',
    prompt: 'a cat',
    seed,
    steps: 4,
    guidance: 8.5,
    ...size,
  })
}

/** Engine processes that this test started. */
function killProcess(): void {
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]
      const isOurs = parent === String(process.pid)
      if (isOurs && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('process.ts'))
        process.kill(Number(pid), 'SIGKILL')
    } catch {
      // it ended while we looked
    }
  }
}
const hasProc = isHere(
  existsSync('/proc/self/stat'),
  'tests that kill the engine process find it in /proc, as Linux has it.',
)

describe('an engine that learns', { timeout: patient(180_000) }, () => {
  it('paints while it learns, and with what it has learned', async () => {
    const engine = await open()
    const paintings: ReturnType<typeof picture>[] = []
    const { adapter } = await learned(engine, ask(), progress => {
      if (progress.type === 'checkpoint' && progress.step === 0) paintings.push(picture(engine, 1), picture(engine, 2))
    })
    expect(paintings).toHaveLength(2)
    for (const { ended } of paintings) expect(await ended).toMatchObject({ type: 'finished' })
    engine.registerStyle('own', adapter)
    expect(engine.styleLayout!.valuesPerRank * adapter.rank).toBe(adapter.values.length)
  })

  it.runIf(hasProc)('ends in the same style when its process is killed on the way, to the bit', async () => {
    const engine = await open()
    const undisturbed = await learned(engine, ask())
    let kills = 0
    const disturbed = await learned(engine, ask(), progress => {
      if (progress.type === 'painted' && progress.step > 0 && kills === 0) {
        kills++
        killProcess()
      }
    })
    expect(kills).toBe(1)
    expect(engine.load().restarts).toBe(1)
    expect(disturbed.adapter).toEqual(undisturbed.adapter)
    expect(disturbed.assessment).toEqual(undisturbed.assessment)
  })

  it('cancels what is learned and what waits, and lets owners take turns', async () => {
    const engine = await open()
    const order: string[] = []
    const begin = (name: string, owner: string) =>
      engine.learn(ask({ owner, recipe: { steps: 2, batch: 2, rank: 1, prior: 0 } }), progress => {
        if (progress.type === 'started') order.push(name)
      })
    const [first, second, third, fourth] = [
      begin('ann 1', 'ann'),
      begin('ann 2', 'ann'),
      begin('ann 3', 'ann'),
      begin('bob 1', 'bob'),
    ]
    third!.cancel()
    expect(await third!.ended).toEqual({ type: 'cancelled' })
    first!.cancel()
    expect(await first!.ended).toEqual({ type: 'cancelled' })
    await Promise.all([second!.ended, fourth!.ended])
    expect(order.filter(name => name !== 'ann 1')).toEqual(['bob 1', 'ann 2'])
  })

  it('keeps what it learned when it closes, for the next one to go on from', async () => {
    const engine = await open()
    const kept: (LearnProgress & { type: 'checkpoint' })[] = []
    const first = await learned(engine, ask())
    const learning = engine.learn(ask(), progress => {
      if (progress.type === 'checkpoint') kept.push(progress)
      if (progress.type === 'painted' && progress.step > 0) void engine.close()
    })
    expect(await learning.ended).toEqual({ type: 'cancelled' })
    expect(kept.at(-1)!.step).toBeGreaterThan(0)
    const next = await open()
    const { adapter } = await learned(next, ask({ resume: kept.at(-1)!.checkpoint }))
    expect(adapter).toEqual(first.adapter)
  })

  it('refuses at once what can never be learned', async () => {
    const { folder, remove } = writeTinyModel({ vaeEncoder: false })
    const engine = await open(folder)
    remove()
    expect(() => engine.learn(ask())).toThrow(expect.objectContaining({ code: 'learn/model' }))
  })
})

describe('what costs less', () => {
  it('colours alone are learned without a step, and a smaller size with fewer of the model’s own pictures', async () => {
    const engine = await open()
    const kinds: string[] = []
    const tint = await learned(engine, buildLearnAsk({ recipe: { method: 'tint' } }), ({ type }) => kinds.push(type))
    expect(tint.adapter.tint!.some(value => value !== 0)).toBe(true)
    expect(tint).toMatchObject({ recipe: { method: 'tint', steps: 0, rank: 1 }, curve: [] })
    expect(kinds).not.toContain('stepped')

    const { min } = engine.info.model.sizes
    const small = { steps: 2, batch: 2, rank: 2, prior: 0.5, priorPictures: 1, size: min }
    const learnedSmall = await learned(engine, buildLearnAsk({ recipe: small }))
    expect(learnedSmall.recipe).toMatchObject(small)
    expect(learnedSmall.before[0]).toMatchObject({ width: min, height: min })
    expect(() => engine.learn(buildLearnAsk({ recipe: { size: min + 1 } }))).toThrow('size to be a multiple of')
  })
})
