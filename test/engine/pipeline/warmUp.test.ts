import { afterEach, expect, test, vi } from 'vitest'
import type { Pipeline } from '../../../engine/pipeline/pipeline.ts'
import { measure, ownTime } from '../../../engine/pipeline/warmUp.ts'

afterEach(() => vi.restoreAllMocks())

/** Something that takes these times, one after the other. */
function taking(times: readonly number[]) {
  let now = 0
  let runs = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const act = async () => {
    now += times[runs++]!
  }
  return { act, runs: () => runs }
}

test('a busy moment of the machine is not taken for the time of a quick device', async () => {
  const quick = taking([80, 30, 25, 6, 20, 30, 6, 6])
  expect(await ownTime(quick.act)).toBe(6)
  expect(quick.runs()).toBe(6)
})

test('a slow device is not kept busy by measuring it', async () => {
  const slow = taking([1200, 900, 700, 500])
  expect(await ownTime(slow.act)).toBe(700)
  const slowest = taking([1600, 1000])
  expect(await ownTime(slowest.act)).toBe(1600)
  expect(slowest.runs()).toBe(1)
})

/** A CPU on which a call of so many rows takes these times: by the clock, and of the processor. */
function pipelineTaking(costOf: (rows: number) => { readonly ms: number; readonly processorMs: number }) {
  let [now, processorMs] = [0, 0]
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  vi.spyOn(process, 'cpuUsage').mockImplementation(before => {
    return { user: processorMs * 1000 - (before?.user ?? 0), system: 0 }
  })
  const call = (rows: number) => async () => {
    const cost = costOf(rows)
    now += cost.ms
    processorMs += cost.processorMs
    return new Float32Array(1)
  }
  return {
    folder: { trainedSize: 256, spatialFactor: 8, latentChannels: 4 },
    device: 'cpu',
    encodePrompt: call(1),
    predict: (rows: readonly unknown[]) => call(rows.length)(),
    decode: call(1),
    // The seam: what is measured here is how batches are chosen, not what is computed.
  } as unknown as Pipeline
}

test('on a busy machine a batch is worth its while by what it takes of the processor', async () => {
  let calls = 0
  const busy = pipelineTaking(rows => ({ ms: 40 * rows + 30 * (calls++ % 3), processorMs: 5 * rows + 5 }))
  expect((await measure(busy)).batches).toEqual([1, 2, 4, 8])
})

test('a quick batch that saves nothing does not end the search, and a slow one does', async () => {
  const stepped = (scale: number) =>
    pipelineTaking(rows => {
      const ms = scale * rows * (rows < 4 ? 1 : 0.5)
      return { ms, processorMs: ms }
    })
  expect((await measure(stepped(10))).batches).toEqual([1, 4])
  expect((await measure(stepped(150))).batches).toEqual([1])
})

test('a slow CPU makes one step before people come, and learns the rest from their pictures', async () => {
  const calls: string[] = []
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const folder = { trainedSize: 512, spatialFactor: 8, latentChannels: 4, vaeEncoder: {} }
  const taking = (name: string, ms: number) => async () => {
    calls.push(name)
    now += ms
    return new Float32Array(1)
  }
  const pipelineOf = (ms: number) =>
    ({
      folder,
      device: 'cpu',
      encodePrompt: taking('prompt', 400),
      predict: taking('step', ms),
      decode: taking('decode', ms),
      encodePicture: taking('encode', ms),
      // The seam: what is measured here is which calls are made, not what they answer.
    }) as unknown as Pipeline
  expect(await measure(pipelineOf(19_000))).toEqual({ batches: [1], stepMs: 19_000, decodeMs: 19_000 })
  expect(calls).toEqual(['prompt', 'step'])
  calls.length = 0
  await measure(pipelineOf(20))
  expect(new Set(calls)).toEqual(new Set(['prompt', 'step', 'decode', 'encode']))
  // Each batch is worth its while here, and yet the whole is bounded.
  calls.length = 0
  const before = now
  const middling = {
    ...pipelineOf(0),
    predict: (rows: readonly unknown[]) => taking('step', 1300 * rows.length ** 0.9)(),
  }
  expect((await measure(middling as unknown as Pipeline)).batches).toEqual([1, 2, 4])
  expect(now - before).toBeLessThan(15_000)
  expect(calls).not.toContain('decode')
})
