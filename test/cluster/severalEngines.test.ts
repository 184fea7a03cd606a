/** Two engines as programs of their own, one of which is killed, stopped, or leaves, while a client paints with both. */
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openRemoteEngine } from '../../cluster/index.ts'
import type {
  Engine,
  LearnProgress,
  LearnResult,
  PaintProgress,
  PaintRequest,
  StyleEngine,
} from '../../engine/index.ts'
import { buildLearnAsk } from '../engine/lcf/pupils.ts'
import { writeTinyModel } from '../engine/support/tinyModel.ts'
import { fixtures } from '../onnx/files.ts'
import { collectLog } from '../support/log.ts'
import { openLossyProxy } from '../support/lossyProxy.ts'
import { patient } from '../support/patience.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts'
import { type EngineProgram, secret, startEngineProgram } from './support/nodes.ts'

/** Beyond what the work itself takes. */
const takeOverMs = patient(8000)

function ask(overrides: Partial<PaintRequest> = {}): PaintRequest {
  const size = { width: 32, height: 32 }
  return {
    owner: 'ann',
    priority: 'interactive',
    prompt: 'red',
    seed: 1,
    steps: 20,
    guidance: 8,
    ...size,
    ...overrides,
  }
}

/** A picture with all that was reported of it. */
function begin(engine: Engine, asked: PaintRequest) {
  const steps: number[] = []
  let starts = 0
  let ends = 0
  const onProgress = (progress: PaintProgress) => {
    if (progress.type === 'started') starts++
    if (progress.type === 'stepped') steps.push(progress.step)
  }
  const painting = engine.paint(asked, onProgress)
  const ended = painting.ended.then(result => {
    ends++
    return result
  })
  return { asked, ended, steps, starts: () => starts, ends: () => ends }
}

const bytesOf = async (painting: ReturnType<typeof begin>) => {
  const result = await painting.ended
  if (result.type !== 'finished') throw new Error(`Expected a picture, got ${JSON.stringify(result)}`)
  return result.picture.data
}

describe.runIf(hasRedis)('two engines', { timeout: patient(120_000) }, () => {
  const { log, lines } = collectLog()
  const { folder, remove } = writeTinyModel({ width: 384 })
  let redis: RedisServer
  let programs: EngineProgram[] = []
  let engine: Engine & StyleEngine

  async function open(model = folder): Promise<void> {
    programs = await Promise.all([startEngineProgram(redis.url, model), startEngineProgram(redis.url, model)])
    engine = await openRemoteEngine({ redisUrl: redis.url, secret, log })
    await expect.poll(reachable, { timeout: patient(10_000) }).toBe(2)
  }
  const reachable = () => lines.filter(line => line.includes('An engine can be reached')).length

  beforeAll(async () => {
    redis = await startRedis()
  })
  beforeEach(() => void lines.splice(0))
  afterEach(async () => {
    await engine.close()
    for (const { child } of programs) child.kill('SIGKILL')
    await Promise.all(programs.map(({ ended }) => ended))
  })
  afterAll(async () => {
    await redis.stop()
    remove()
  })

  it('share the pictures, and one takes over what the other had when that is killed: each painted once for whoever asked', async () => {
    await open()
    const all = Array.from({ length: 24 }, (_, i) => begin(engine, ask({ seed: i, owner: `owner ${i % 4}` })))
    await expect.poll(() => engine.load().running, { timeout: patient(20_000) }).toBeGreaterThan(2)
    programs[0]!.child.kill('SIGKILL')
    const killedAt = performance.now()
    const hasRestarted = expect
      .poll(() => lines.some(line => line.includes('An engine is gone')), { timeout: takeOverMs })
      .toBe(true)
    await hasRestarted
    const noticedMs = performance.now() - killedAt
    const pictures = await Promise.all(all.map(bytesOf))
    expect(noticedMs).toBeLessThan(takeOverMs)
    for (const { steps, starts, ends } of all) {
      expect(steps).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
      expect([starts(), ends()]).toEqual([1, 1])
    }
    // The same request gives the same picture, whoever paints it.
    expect(await bytesOf(begin(engine, all[5]!.asked))).toEqual(pictures[5])
    expect(engine.load()).toMatchObject({ state: 'ready', waiting: 0, running: 0 })
  })

  it('go on with live frames on the other engine within seconds when theirs is killed or stopped', async () => {
    await open()
    const frame = () => begin(engine, ask({ priority: 'live', liveKey: 'room:frame', steps: 2 })).ended
    for (const [index, signal] of (['SIGSTOP', 'SIGKILL'] as const).entries()) {
      if (index > 0) programs.push(await startEngineProgram(redis.url, folder))
      await frame()
      // Whichever has the lease: the one that is left goes on.
      const last = frame()
      programs[index]!.child.kill(signal)
      const began = performance.now()
      expect((await last).type).toBe('finished')
      expect((await frame()).type).toBe('finished')
      expect(performance.now() - began).toBeLessThan(takeOverMs)
    }
  })

  it('move a learning with its checkpoint, to the same style', async () => {
    await open(join(fixtures, 'pipelines', 'today'))
    const asked = buildLearnAsk({ recipe: { steps: 150, batch: 2, rank: 2, prior: 0 } })
    const learn = (at: (progress: LearnProgress) => void): Promise<LearnResult> => engine.learn(asked, at).ended
    const undisturbed = await learn(() => undefined)
    let isKilled = false
    // So that the other one has it.
    programs[1]!.child.kill('SIGSTOP')
    const result = await learn(progress => {
      if (progress.type !== 'stepped' || progress.step < 5 || isKilled) return
      isKilled = true
      programs[1]!.child.kill('SIGCONT')
      programs[0]!.child.kill('SIGKILL')
    })
    expect(isKilled).toBe(true)
    expect(result.type).toBe('finished')
    if (result.type === 'finished' && undisturbed.type === 'finished') {
      expect(result.adapter.values).toEqual(undisturbed.adapter.values)
    }
  })

  it('finish what they paint when they leave, and the others paint the rest', async () => {
    await open()
    const all = Array.from({ length: 24 }, (_, i) => begin(engine, ask({ seed: i })))
    await expect.poll(() => engine.load().running, { timeout: patient(20_000) }).toBeGreaterThan(2)
    programs[0]!.child.kill('SIGTERM')
    await Promise.all(all.map(bytesOf))
    for (const { starts, ends } of all) expect([starts(), ends()]).toEqual([1, 1])
    expect(await programs[0]!.ended).toBe(0)
    expect(lines.some(line => line.includes('An engine is gone'))).toBe(false)
  })

  it('go on when Redis was restarted and has forgotten everything', async () => {
    await open()
    const all = Array.from({ length: 40 }, (_, i) => begin(engine, ask({ seed: i })))
    await expect.poll(() => engine.load().running, { timeout: patient(20_000) }).toBeGreaterThan(2)
    await redis.halt()
    const live = begin(engine, ask({ priority: 'live', liveKey: 'f', steps: 2 }))
    expect((await live.ended).type).toBe('finished')
    await redis.goOn()
    await Promise.all(all.map(bytesOf))
    for (const { starts, ends } of all) expect([starts(), ends()]).toEqual([1, 1])
  })

  it('paint over a Redis that is slow, and live frames do not wait for it', async () => {
    await open()
    const line = await openLossyProxy(redis.url)
    const slow = await openRemoteEngine({ redisUrl: line.url.replace('http:', 'redis:'), secret, log })
    line.delayMs = 100
    const all = Array.from({ length: 8 }, (_, i) => begin(slow, ask({ seed: i, steps: 2 })))
    const live = begin(slow, ask({ priority: 'live', liveKey: 'slow', steps: 2 }))
    expect((await live.ended).type).toBe('finished')
    await Promise.all(all.map(bytesOf))
    for (const { starts, ends } of all) expect([starts(), ends()]).toEqual([1, 1])
    await slow.close()
    await line.close()
  })

  it('turn away whoever does not know the secret', async () => {
    await open()
    const opening = openRemoteEngine({ redisUrl: redis.url, secret: 'another-secret-of-ours', log })
    const isRefused = () => lines.some(line => line.includes('An engine turned us away'))
    await expect.poll(isRefused, { timeout: patient(10_000) }).toBe(true)
    await expect(Promise.race([opening, Promise.resolve('waits')])).resolves.toBe('waits')
  })
})
