import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LatentSize, Pipeline, Row } from '../../../engine/pipeline/pipeline.ts'
import { silenceDefaults, startHeartbeat, withHeartbeat } from '../../../engine/process/heartbeat.ts'

/** As large as Stable Diffusion 1.5 in half precision. */
const model = { bytes: 2e9, latents: { width: 64, height: 64 }, learningRows: 1 }
const size = model.latents
const picture = { width: 512, height: 512, data: new Uint8Array() }
const rows = (count: number) => Array.from({ length: count }, () => ({}) as Row)

/** From one beat to the next. */
const turnMs = silenceDefaults.leastMs / 5

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/**
 * A process whose calls block it: what it has to say until a call returns, it says afterwards. Before a call of the
 * runtime the event loop comes round, and whatever is due is done: after a long call, a beat.
 */
function slowProcess(stepMs: number) {
  let allowedMs = 0
  const hangs: string[] = []
  const heartbeat = startHeartbeat(silenceDefaults, maxSilenceMs => {
    allowedMs = maxSilenceMs
  })
  function block(what: string, ms: number): void {
    if (ms > allowedMs) hangs.push(`${what}: silent for ${ms} of ${allowedMs} ms`)
    vi.advanceTimersByTime(ms)
  }
  async function call(what: string, ms: number): Promise<void> {
    vi.advanceTimersByTime(turnMs)
    block(what, ms)
  }
  const compute = {
    folder: { spatialFactor: 8 },
    encodePrompt: () => call('encodePrompt', stepMs / 4),
    predict: (given: readonly Row[], { width, height }: LatentSize, batch: number) =>
      call('predict', stepMs * Math.max(given.length, batch) * ((width * height) / 64 ** 2) ** 2),
    async decode(latents: readonly Float32Array[]) {
      for (const _ of latents) await call('decode', 3 * stepMs)
    },
    encodePicture: () => call('encodePicture', 2 * stepMs),
    detectNsfw: () => call('detectNsfw', stepMs),
  } as unknown as Pipeline
  heartbeat.onOpening(model)
  return { pipeline: withHeartbeat(compute, heartbeat), heartbeat, call, hangs, allowed: () => allowedMs }
}

describe.each([40, 1000, 10_000, 60_000])('a model whose step takes %i ms', stepMs => {
  it('is never taken for hung, whatever it does for the first time or again', async () => {
    const { pipeline, heartbeat, call, hangs } = slowProcess(stepMs)
    // As `openWarm` does it, and for a model of fixed shape.
    await pipeline.encodePrompt('')
    for (const batch of [1, 2, 4, 8]) await pipeline.predict(rows(batch), size, batch)
    await pipeline.decode([new Float32Array()], size, 1)
    await pipeline.encodePicture(picture, new Float32Array())
    heartbeat.onOpened()
    vi.advanceTimersByTime(silenceDefaults.leastMs)
    await pipeline.encodePrompt('a house')
    await pipeline.encodePicture(picture, new Float32Array())
    await Promise.all([pipeline.encodePrompt('a house'), pipeline.encodePrompt('a boat')])
    for (let step = 0; step < 4; step++) await pipeline.predict(rows(2), size, 8)
    await pipeline.predict(rows(1), { width: 128, height: 128 }, 1)
    await pipeline.decode([new Float32Array()], size, 1)
    await pipeline.detectNsfw!(picture)
    await heartbeat.duringLearning({ isFirst: true }, () =>
      call('opening the graphs, and the first gradient', 60_000 + 4 * stepMs),
    )
    await heartbeat.duringLearning({ isFirst: false }, () => call('a gradient', 8 * stepMs))
    expect(hangs).toEqual([])
  })

  it('is never taken for hung where nothing is run before the first picture', async () => {
    const { pipeline, heartbeat, hangs } = slowProcess(stepMs)
    heartbeat.onOpened()
    vi.advanceTimersByTime(silenceDefaults.leastMs)
    await pipeline.encodePrompt('a house')
    for (let step = 0; step < 4; step++) await pipeline.predict(rows(8), size, 8)
    await pipeline.decode([new Float32Array()], size, 1)
    expect(hangs).toEqual([])
  })

  it('is given no more than twenty times what was measured, and 15 s', async () => {
    const { pipeline, heartbeat, allowed } = slowProcess(stepMs)
    await pipeline.predict(rows(1), size, 1)
    heartbeat.onOpened()
    await pipeline.predict(rows(1), size, 1)
    await heartbeat.duringCall(1, size, async () => {
      expect(allowed()).toBe(Math.max(20 * (turnMs + stepMs), silenceDefaults.leastMs))
    })
    vi.advanceTimersByTime(silenceDefaults.leastMs)
    expect(allowed()).toBe(silenceDefaults.leastMs)
  })
})
