import { afterEach, describe, expect, it, vi } from 'vitest'
import type { BackgroundWork } from '../../../engine/batching/backgroundBudget.ts'
import { openBatching } from '../../../engine/batching/batching.ts'
import { lcmDefaults } from '../../../engine/diffusion/scheduler.ts'
import { createAdapterRegistry } from '../../../engine/lora/adapterRegistry.ts'
import type { Pipeline, Row } from '../../../engine/pipeline/pipeline.ts'
import { stableDiffusionPreview } from '../../../engine/pipeline/preview.ts'
import type { PaintProgress, PaintRequest, PaintResult } from '../../../engine/types/engine.ts'
import type { Adapter } from '../../../engine/types/styles.ts'
import { patient } from '../../support/patience.ts'

/** The real loop and the real painter over networks that answer only when the test lets them. */
function openStudio({
  batches = [1, 2, 4, 8],
  device = 'cpu' as Pipeline['device'],
  decodeMs = 1,
  /** As the decoder was measured before. */
  measuredDecodeMs = undefined as number | undefined,
  tinyAutoencoder = false,
  predict = (rows: readonly Row[]) => rows,
  background = undefined as BackgroundWork | undefined,
} = {}) {
  const calls: string[] = []
  const sizes: number[] = []
  const decoded: number[] = []
  let isOver = false
  let open: (() => void) | undefined
  const gate = () => (isOver ? Promise.resolve() : new Promise<void>(resolve => (open = resolve)))
  const pipeline: Pipeline = {
    folder: {
      latentChannels: 4,
      spatialFactor: 8,
      scalingFactor: 1,
      guidanceDim: 8,
      schedule: { ...lcmDefaults, predictionType: 'sample' },
      previewMap: stableDiffusionPreview,
      ...(tinyAutoencoder && { tinyAutoencoder: { scalingFactor: 1, encoder: false } }),
      // The loop reads nothing else of a folder.
    } as unknown as Pipeline['folder'],
    device,
    ...{ ignored: [], untrainable: [] },
    styles: {
      targets: [{ name: 'mid_block.attn1.to_q', in: 1, out: 1 }],
      maxRank: 4,
      valuesPerRank: 2,
      latentChannels: 4,
    },
    // The prompt is its embedding: a row can be told by it.
    encodePrompt: async prompt => Float32Array.of(prompt!.charCodeAt(0)),
    encodePicture: async (_picture, noise) => noise,
    async predict(rows, _size, batch) {
      calls.push(rows.map(row => `${String.fromCharCode(row.promptEmbeds[0]!)}${row.timestep}`).join(' '))
      sizes.push(batch)
      await gate()
      return predict(rows).map(row => row.sample)
    },
    async decode(latents, size, batch) {
      decoded.push(batch)
      await new Promise(resolve => setTimeout(resolve, decodeMs))
      return latents.map(() => ({ width: size.width * 8, height: size.height * 8, data: new Uint8Array(3) }))
    },
    textured: async picture => picture,
    untextured: async picture => picture,
    release: async () => undefined,
  }
  const model = { name: 'gated', hash: '' }
  const adapters = createAdapterRegistry(pipeline.styles)
  const mixes: string[] = []
  const onMixedBatch = (styles: readonly string[], people: number) => mixes.push(`${people}: ${styles.join(', ')}`)
  const batching = openBatching(pipeline, {
    batches,
    model,
    stepMs: 100,
    decodeMs: measuredDecodeMs ?? decodeMs,
    adapters,
    onMixedBatch,
    ...(background && { background }),
  })
  let nextId = 1
  const ends: string[] = []
  return {
    calls,
    decoded,
    sizes,
    ends,
    adapters,
    mixes,
    batching,
    async close() {
      isOver = true
      open?.()
      await batching.close()
    },
    /** Lets one call of the UNet finish, and waits until the next one stands at the gate or all is done. */
    async step(times = 1) {
      for (let i = 0; i < times; i++) {
        await until(() => open !== undefined, 'a call at the gate')
        const pass = open!
        open = undefined
        const before = calls.length
        pass()
        await until(() => calls.length > before || ends.length === nextId - 1, 'another call, or the end of all')
      }
    },
    ask(prompt: string, overrides: Partial<PaintRequest> = {}) {
      const id = nextId++
      const progress: PaintProgress[] = []
      let ended!: (end: PaintResult) => void
      const end = new Promise<PaintResult>(resolve => (ended = resolve))
      const ask: PaintRequest = {
        owner: prompt,
        priority: 'interactive',
        prompt,
        seed: 1,
        steps: 4,
        guidance: 8,
        width: 64,
        height: 64,
        ...overrides,
      }
      batching.paint(id, ask, {
        onStarted: () => progress.push({ type: 'started' }),
        onProgress: told => progress.push(told),
        onEnded(how) {
          ends.push(`${prompt} ${how.type}`)
          ended(how)
        },
      })
      return { id, end, progress }
    },
  }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + patient(10_000); !holds(); ) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}`)
    await new Promise(resolve => setTimeout(resolve, 1))
  }
}

/** One rank of one projection from one number to one. */
function adapter(a: number, b: number): Adapter {
  return { rank: 1, values: Float32Array.of(a, b) }
}

let studio: ReturnType<typeof openStudio>
afterEach(() => studio.close())

describe('one call', () => {
  it('takes pictures at different timesteps, which join and leave between steps', async () => {
    studio = openStudio()
    studio.ask('a')
    await studio.step()
    studio.ask('b', { steps: 2 })
    studio.ask('c', { steps: 1 })
    await studio.step(3)
    expect(studio.calls).toEqual(['a999', 'a759', 'a499 b999 c999', 'a259 b499'])
    expect(studio.sizes).toEqual([1, 1, 3, 2])
    expect(studio.ends).toEqual(['c finished', 'a finished', 'b finished'])
  })

  it('takes everybody with their own styles, and tells when people share it', async () => {
    const rows: (readonly (Adapter | undefined)[])[] = []
    studio = openStudio({
      predict(all) {
        rows.push(all.map(row => row.style))
        return all
      },
    })
    const [own, other] = [adapter(1, 2), adapter(3, 4)]
    studio.adapters.register('ink', own)
    studio.adapters.register('chalk', other)
    studio.ask('a', { steps: 1, styles: [{ id: 'ink', weight: 1 }] })
    studio.ask('b', { steps: 1 })
    studio.ask('c', { steps: 1, styles: [{ id: 'chalk', weight: 0.5 }] })
    await studio.step()
    expect(rows).toEqual([[own, undefined, adapter(3, 2)]])
    expect(studio.mixes).toEqual(['2: chalk, ink'])
  })

  it('tells nothing when one person uses two styles, or two people one', async () => {
    studio = openStudio()
    for (const id of ['ink', 'chalk']) studio.adapters.register(id, adapter(1, 2))
    studio.ask('a', { owner: 'ann', steps: 1, styles: [{ id: 'ink', weight: 1 }] })
    studio.ask('b', { owner: 'ann', steps: 1, styles: [{ id: 'chalk', weight: 1 }] })
    await studio.step()
    studio.ask('c', { owner: 'ann', steps: 1, styles: [{ id: 'ink', weight: 1 }] })
    studio.ask('d', { owner: 'bob', steps: 1, styles: [{ id: 'ink', weight: 1 }] })
    await studio.step()
    expect(studio.calls).toEqual(['a999 b999', 'c999 d999'])
    expect(studio.mixes).toEqual([])
  })

  it('is not waited for by a picture whose style was dropped meanwhile', async () => {
    studio = openStudio()
    const { end } = studio.ask('a', { styles: [{ id: 'dropped', weight: 1 }] })
    expect(await end).toMatchObject({ type: 'failed', code: 'request/style' })
    expect(studio.calls).toEqual([])
  })

  it('is filled up to the next batch size on a device that is compiled for it', async () => {
    studio = openStudio({ device: 'webgpu' })
    const ends = ['a', 'b', 'c'].map(name => studio.ask(name, { steps: 1 }).end)
    await studio.step()
    await Promise.all(ends)
    expect([studio.sizes, studio.decoded]).toEqual([[4], [4]])
  })

  it('has as many rows as there are on a CPU, which decodes one picture after the other', async () => {
    studio = openStudio()
    const ends = ['a', 'b', 'c', 'd', 'e'].map(name => studio.ask(name, { steps: 1 }).end)
    await studio.step()
    await Promise.all(ends)
    expect([studio.sizes, studio.decoded]).toEqual([[5], [1]])
  })

  it('holds one size of picture only', async () => {
    studio = openStudio()
    studio.ask('a', { steps: 1 })
    studio.ask('b', { steps: 1, width: 128 })
    studio.ask('c', { steps: 1 })
    await studio.step(2)
    expect(studio.calls).toEqual(['a999 c999', 'b999'])
  })

  it('is tried again one by one if it fails, and blames only the picture at fault', async () => {
    studio = openStudio({
      predict(rows) {
        if (rows.length > 1 || rows[0]!.promptEmbeds[0] === 'b'.charCodeAt(0)) throw new Error('out of memory')
        return rows
      },
    })
    const [, b] = ['a', 'b', 'c'].map(name => studio.ask(name, { steps: 1 }))
    await studio.step(4)
    expect(studio.calls.slice(0, 4)).toEqual(['a999 b999 c999', 'a999', 'b999', 'c999'])
    expect(await b!.end).toEqual({ type: 'failed', code: 'engine/stopped', message: 'out of memory' })
    expect(studio.ends.toSorted()).toEqual(['a finished', 'b failed', 'c finished'])
  })
})

describe('a slot', () => {
  it('goes to the owner who has waited longest, not to who asked for most', async () => {
    studio = openStudio({ batches: [1] })
    for (const name of ['a', 'b', 'c']) studio.ask(name, { owner: 'greedy', steps: 1 })
    studio.ask('x', { owner: 'modest', steps: 1 })
    studio.ask('y', { owner: 'modest', steps: 1 })
    await studio.step(5)
    expect(studio.calls.map(call => call[0])).toEqual(['a', 'x', 'b', 'y', 'c'])
  })

  it('is left by background work as soon as somebody waits for a picture', async () => {
    studio = openStudio({ batches: [1] })
    studio.ask('b', { priority: 'background' })
    await studio.step()
    studio.ask('i', { steps: 2 })
    studio.ask('l', { priority: 'live', steps: 1 })
    await studio.step(6)
    expect(studio.calls).toEqual(['b999', 'b759', 'i999', 'i499', 'l999', 'b499', 'b259'])
  })

  it('is left after eight steps if anybody waits', async () => {
    studio = openStudio({ batches: [1] })
    studio.ask('l', { steps: 20 })
    studio.ask('s', { steps: 2 })
    await studio.step(22)
    expect(studio.calls.map(call => call[0]).join('')).toBe(`${'l'.repeat(8)}ss${'l'.repeat(12)}`)
  })

  it('is announced by how many are ahead', async () => {
    studio = openStudio({ batches: [1] })
    studio.ask('a', { steps: 1 })
    const last = studio.ask('b', { steps: 1 })
    await studio.step()
    expect(last.progress.filter(({ type }) => type !== 'stepped')).toEqual([
      { type: 'queued', ahead: 1 },
      { type: 'started' },
    ])
  })
})

describe('cancelling', () => {
  it('takes effect within one step and touches only its own picture', async () => {
    studio = openStudio()
    studio.ask('a')
    const gone = studio.ask('b')
    await studio.step()
    studio.batching.cancel(gone.id)
    await studio.step(3)
    expect(await gone.end).toEqual({ type: 'cancelled' })
    expect(studio.calls).toEqual(['a999 b999', 'a759 b759', 'a499', 'a259'])
    expect(studio.ends).toEqual(['b cancelled', 'a finished'])
  })

  it('takes effect at once for a picture that waits', async () => {
    studio = openStudio({ batches: [1] })
    studio.ask('a')
    const gone = studio.ask('b')
    studio.batching.cancel(gone.id)
    expect(await gone.end).toEqual({ type: 'cancelled' })
  })

  it('knows nothing of pictures that have ended', () => {
    studio = openStudio()
    expect(() => studio.batching.cancel(99)).not.toThrow()
  })
})

describe('live work', () => {
  it('is replaced by newer work with the same key while it waits; the one running finishes', async () => {
    studio = openStudio({ batches: [1] })
    const live = { priority: 'live', liveKey: 'frame 1', steps: 2 } as const
    studio.ask('a', live)
    await studio.step()
    studio.ask('b', live)
    studio.ask('x', { liveKey: 'frame 2', priority: 'live', steps: 1 })
    studio.ask('c', live)
    await studio.step(4)
    expect(studio.ends).toEqual(['b replaced', 'a finished', 'c finished', 'x finished'])
  })
})

describe('background work', () => {
  it('goes on while nobody asks, and has a tenth of the time while everybody does', async () => {
    let now = 0
    let pieces = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
    const background = {
      hasWork: () => true,
      async runPiece() {
        pieces++
        now += 40
      },
    }
    const predict = (rows: readonly Row[]) => {
      now += 10
      return rows
    }
    studio = openStudio({ batches: [1], predict, background })
    await until(() => pieces > 3, 'pieces while nobody asks')
    const owner = (at: number) => ({ owner: `${at}` })
    for (let at = 0; at < 20; at++) studio.ask('a', owner(at))
    await until(() => studio.calls.length === 1, 'the first call')
    const before = pieces
    // 79 calls of 10 ms: by the tenth that is not theirs, 88 ms are owed, less what the last piece took before.
    await studio.step(79)
    expect(pieces - before).toBeGreaterThanOrEqual(1)
    expect(pieces - before).toBeLessThanOrEqual(2)
    clock.mockRestore()
  })
})

describe('previews', () => {
  const previewsOf = (progress: readonly PaintProgress[]) =>
    progress.flatMap(told => (told.type === 'stepped' ? [told.preview?.width] : []))

  it('are made only for those who want them', async () => {
    studio = openStudio()
    const [none, latent] = [studio.ask('a'), studio.ask('b', { previews: 'latent' })]
    await studio.step(4)
    expect(previewsOf(none.progress)).toEqual([undefined, undefined, undefined, undefined])
    expect(previewsOf(latent.progress)).toEqual([8, 8, 8, 8])
  })

  it('come from the decoder for one who is alone; the last step is followed by the picture itself', async () => {
    studio = openStudio()
    const { progress } = studio.ask('a', { previews: 'decoded' })
    await studio.step(4)
    expect(previewsOf(progress)).toEqual([64, 64, 64, undefined])
  })

  it('never make others wait for the decoder', async () => {
    studio = openStudio()
    studio.ask('a')
    const { progress } = studio.ask('b', { previews: 'decoded' })
    await studio.step(4)
    expect(previewsOf(progress).slice(0, 3)).toEqual([8, 8, 8])
  })

  it('are sketches where the decoder is slow', async () => {
    studio = openStudio({ decodeMs: 200 })
    const { progress } = studio.ask('a', { previews: 'decoded' })
    await studio.step(4)
    expect(previewsOf(progress)).toEqual([8, 8, 8, 8])
  })

  it('are decoded again after one call that happened to be slow', async () => {
    studio = openStudio({ measuredDecodeMs: 80, tinyAutoencoder: true })
    const { progress } = studio.ask('a', { previews: 'decoded', steps: 8 })
    await studio.step(8)
    expect(previewsOf(progress).slice(0, 3)).toEqual([8, 8, 8])
    expect(previewsOf(progress)).toContain(64)
  })
})
