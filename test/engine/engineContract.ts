/** What every engine keeps to, wherever it is: each runs this on the real engine process. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type {
  Engine,
  EngineOptions,
  LearnProgress,
  PaintProgress,
  PaintRequest,
  PaintResult,
  StyleEngine,
} from '../../engine/index.ts'
import { partsOfTexture, rangeOf, textureLength } from '../../engine/lora/texture.ts'
import { doubled } from '../../engine/pipeline/resample.ts'
import type { Log } from '../../logging.ts'
import { fixtures } from '../onnx/files.ts'
import { collectLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'
import { buildLearnAsk } from './lcf/pupils.ts'
import { hasProc, killProcess, runningProcesses } from './support/engineProcess.ts'
import { poison, writeTinyModel } from './support/tinyModel.ts'

function ask(overrides: Partial<PaintRequest> = {}): PaintRequest {
  return {
    owner: 'ann',
    priority: 'interactive',
    prompt: 'red blue',
    seed: 1,
    steps: 4,
    guidance: 8.5,
    width: 32,
    height: 32,
    ...overrides,
  }
}

const step = { prompt: 'a house', seed: 1, guidance: 4 }

/** White on the left, black on the right, grey between. */
function mask(width: number, height: number) {
  const data = Uint8Array.from(
    { length: width * height },
    (_, i) => 255 - Math.round((255 * (i % width)) / (width - 1)),
  )
  return { width, height, data }
}

function image(width: number, height: number) {
  return { width, height, data: new Uint8Array(width * height * 3).fill(90) }
}

async function pictureOf(engine: Engine, asked: PaintRequest): Promise<Uint8Array> {
  const end = await engine.paint(asked).ended
  if (end.type !== 'finished') throw new Error(`Expected a picture, got ${JSON.stringify(end)}`)
  return end.picture.data
}

/** Paints, and says when that has begun. */
function begin(engine: Engine, asked: PaintRequest) {
  let ended: Promise<PaintResult> | undefined
  const started = new Promise<void>(resolve => {
    const onProgress = ({ type }: PaintProgress) => (type === 'started' ? resolve() : undefined)
    ended = engine.paint(asked, onProgress).ended
  })
  return { started, ended: ended! }
}

/** Opens an engine over one with these options. */
export type OpenEngine = (options: EngineOptions & { readonly log: Log }) => Promise<Engine & StyleEngine>

export function testEngine(open: OpenEngine): void {
  const { log, lines } = collectLog()

  describe('an engine', () => {
    let engine: Engine
    let remove: () => void
    beforeAll(async () => {
      const model = writeTinyModel()
      remove = model.remove
      engine = await open({ modelFolder: model.folder, device: 'cpu', threads: 1, batches: [1, 2, 4, 8], log })
    })
    afterAll(async () => {
      await engine.close()
      remove()
    })

    it('says what it loaded and where it runs', () => {
      expect(engine.styleLayout).toBeNull() // there is no attention in it
      expect(engine.info).toMatchObject({
        device: 'cpu',
        deviceReason: 'cpu was asked for.',
        batches: [1, 2, 4, 8],
        ignored: [],
        model: {
          generation: 'C',
          guidanceEmbedding: true,
          canPaintOver: true,
          sizes: { multiple: 8, min: 16, max: 64 },
        },
      })
      expect(engine.info.model.parts.map(({ part }) => part)).toEqual([
        'text_encoder',
        'unet',
        'vae_decoder',
        'vae_encoder',
      ])
    })

    it('goes on from steps of a picture that it painted lately at the cost of the remaining ones', async () => {
      const { prompt, seed, guidance } = ask({ seed: 77 })
      const prefix = [{ prompt, seed, guidance, untilStep: 3 }]
      const branch = ask({ prompt: 'blue', seed: 78, prefix })
      const paint = async (asked: PaintRequest) => {
        const end = await engine.paint(asked).ended
        if (end.type !== 'finished') throw new Error(`Expected a picture, got ${JSON.stringify(end)}`)
        return { picture: end.picture.data, stepsPainted: end.output.stepMs.length }
      }
      await paint(ask({ seed }))
      const reused = await paint({ ...branch, reusesSteps: true })
      const whole = await paint(branch)
      expect([reused.stepsPainted, whole.stepsPainted]).toEqual([1, 4])
      expect(reused.picture).toEqual(whole.picture)
    })

    it('paints a picture and says how it was made', async () => {
      const end = await engine.paint(ask()).ended
      expect(end).toMatchObject({
        type: 'finished',
        picture: { width: 32, height: 32 },
        output: { timesteps: [999, 759, 499, 259], device: 'cpu', modelHash: engine.info.model.hash },
      })
      if (end.type !== 'finished') return
      expect(end.output.stepMs).toHaveLength(4)
      expect(end.picture.data).toHaveLength(32 * 32 * 3)
      expect(new Set(end.picture.data).size).toBeGreaterThan(50)
    })

    it('tells of the start and of each step', async () => {
      const progress: PaintProgress[] = []
      await engine.paint(ask({ previews: 'latent' }), told => progress.push(told)).ended
      expect(progress.map(({ type }) => type)).toEqual([
        'queued',
        'started',
        'stepped',
        'stepped',
        'stepped',
        'stepped',
      ])
      expect(progress.at(-1)).toMatchObject({ step: 4, steps: 4, timestep: 259, preview: { width: 8, height: 8 } })
    })

    it('paints the same picture for the same ask, and another for any other', async () => {
      const base = await pictureOf(engine, ask())
      expect(await pictureOf(engine, ask())).toEqual(base)
      const others = [{ seed: 2 }, { prompt: 'blue' }, { guidance: 3 }, { steps: 3 }]
      for (const other of others) expect(await pictureOf(engine, ask(other))).not.toEqual(base)
    })

    it('paints over a picture, the less of it the lower the strength', async () => {
      const image = { width: 32, height: 32, data: await pictureOf(engine, ask({ seed: 9 })) }
      const distance = async (strength: number) => {
        const over = await pictureOf(engine, ask({ image, strength }))
        return over.reduce((sum, byte, i) => sum + Math.abs(byte - image.data[i]!), 0)
      }
      expect(await distance(0.08)).not.toBe(await distance(1))
    })

    it('paints within a mask alone, and leaves every other byte as it was', async () => {
      const over = { image: image(32, 32), strength: 1 }
      const data = Uint8Array.from({ length: 32 * 32 }, (_, i) => (i % 32 < 12 ? 255 : 0))
      const painted = await pictureOf(engine, ask({ ...over, maskImage: { width: 32, height: 32, data } }))
      const isFree = (_: unknown, i: number) => data[Math.floor(i / 3)] === 255
      const isKept = (_: unknown, i: number) => data[Math.floor(i / 3)] === 0
      expect(painted.filter(isKept)).toEqual(over.image.data.filter(isKept))
      expect(painted.filter(isFree)).not.toEqual(over.image.data.filter(isFree))
    })

    it.each([
      ['at its own size', 32, {}],
      ['at twice the side', 64, { upscale: { strength: 0.3 } }],
    ])('holds ink over a picture, and nothing else, %s', async (_, side, further) => {
      const over = { image: image(32, 32), strength: 0.2, ...further }
      const inLeft = (i: number, width: number) => Math.floor(i / 3) % width < width / 4
      const inkMask = {
        ...{ width: 32, height: 32 },
        data: Uint8Array.from({ length: 32 * 32 }, (_, i) => (i % 32 < 8 ? 255 : 0)),
      }
      const [free, held] = [await pictureOf(engine, ask(over)), await pictureOf(engine, ask({ ...over, inkMask }))]
      const original = side === 32 ? over.image.data : doubled(over.image).data
      const change = (painted: Uint8Array, isInk: boolean) => {
        const among = [...painted.keys()].filter(i => inLeft(i, side) === isInk)
        return among.reduce((sum, i) => sum + Math.abs(painted[i]! - original[i]!), 0) / among.length
      }
      expect(change(held, true)).toBeLessThan(0.5 * change(free, true))
      expect(change(held, false)).toBeGreaterThan(0.8 * change(free, false))
    })

    it('paints the same picture alone and among seven others of other steps and strengths', async () => {
      const over = { image: image(32, 32) }
      const asks = [
        ask({ seed: 1 }),
        ask({ seed: 2, steps: 2, owner: 'bob' }),
        ask({ seed: 3, steps: 8, prompt: 'blue' }),
        ask({ seed: 4, ...over, strength: 0.5 }),
        ask({ seed: 5, steps: 1, guidance: 2, owner: 'cy' }),
        ask({ seed: 6, ...over, strength: 0.8, steps: 3, maskImage: mask(32, 32) }),
        ask({ seed: 7, steps: 5 }),
        ask({ seed: 8, prompt: '' }),
      ]
      const alone: Uint8Array[] = []
      for (const each of asks) alone.push(await pictureOf(engine, each))
      const together = await Promise.all(asks.map(each => pictureOf(engine, each)))
      expect(together).toEqual(alone)
    })

    it('fails only the picture whose numbers are not finite', async () => {
      const [bad, good] = await Promise.all([
        engine.paint(ask({ prompt: poison })).ended,
        engine.paint(ask({ owner: 'bob' })).ended,
      ])
      expect(bad).toMatchObject({ type: 'failed', code: 'engine/not-finite' })
      expect(good.type).toBe('finished')
    })

    it('has figures for a display', async () => {
      const paintings = [ask(), ask({ owner: 'bob' })].map(each => engine.paint(each))
      expect(engine.load()).toMatchObject({ restarts: 0 })
      expect(engine.load().waiting + engine.load().running).toBe(2)
      await Promise.all(paintings.map(({ ended }) => ended))
      expect(engine.load()).toMatchObject({ waiting: 0, running: 0 })
      expect(engine.load().stepMs).toBeGreaterThan(0)
    })

    it.each<[string, Partial<PaintRequest>, string, RegExp]>([
      ['a long prompt', { prompt: 'x'.repeat(1001) }, 'request/prompt', /at most 1000 characters, got 1001 characters/],
      ['a ragged width', { width: 33 }, 'request/size', /width to be a multiple of 8 from 16 to 64, got 33/],
      ['no height', { height: 0 }, 'request/size', /height .* got 0/],
      ['a huge width', { width: 4096 }, 'request/size', /got 4096/],
      ['a width that is no number', { width: Number.NaN }, 'request/size', /got NaN/],
      ['a negative seed', { seed: -1 }, 'request/seed', /got -1/],
      ['a seed of 33 bits', { seed: 2 ** 32 }, 'request/seed', /got 4294967296/],
      ['half a seed', { seed: 1.5 }, 'request/seed', /got 1.5/],
      ['guidance that is no number', { guidance: Number.NaN }, 'request/guidance', /from 1 to 20, got NaN/],
      ['guidance below 1', { guidance: 0 }, 'request/guidance', /got 0/],
      ['no steps', { steps: 0 }, 'request/steps', /from 1 to 50, got 0/],
      ['51 steps', { steps: 51 }, 'request/steps', /got 51/],
      ['rising timesteps', { timesteps: [5, 6] }, 'request/steps', /strictly descending/],
      ['an image of another size', { image: image(16, 32), strength: 1 }, 'request/image', /32×32.*got 16×32/],
      [
        'an image cut short',
        { image: { ...image(32, 32), data: new Uint8Array(7) }, strength: 1 },
        'request/image',
        /3072.*got 7/,
      ],
      ['an ink mask without an image', { inkMask: mask(32, 32) }, 'request/mask', /image with inkMask.*got none/],
      ['a mask without an image', { maskImage: mask(32, 32) }, 'request/mask', /image with maskImage.*got none/],
      [
        'a mask of another size',
        { image: image(32, 32), strength: 1, maskImage: mask(16, 32) },
        'request/mask',
        /32×32.*got 16×32/,
      ],
      [
        'a mask that frees nothing',
        { image: image(32, 32), strength: 1, maskImage: { width: 32, height: 32, data: new Uint8Array(32 * 32) } },
        'request/mask',
        /white where.*black everywhere/,
      ],
      ['a negative prompt', { negativePrompt: 'x' }, 'request/negative-prompt', /guidance as an embedding/],
      ['a prefix of all steps', { prefix: [{ ...step, untilStep: 4 }] }, 'request/branch', /before the last, 4, got 4/],
      [
        'prefixes out of order',
        { prefix: [2, 1].map(untilStep => ({ ...step, untilStep })) },
        'request/branch',
        /after 2 .*got 1/,
      ],
      ['an end beyond the last step', { endStep: 5 }, 'request/steps', /endStep .*from 1 to 4.*got 5/],
      ['an upscale of everything', { upscale: { strength: 0.5 } }, 'request/upscale', /from 0 to 0.4, got 0.5/],
      ['too few guidances', { guidanceByStep: [1] }, 'request/guidance', /hold 4 numbers.*got 1/],
      [
        'a variation without bounds',
        { variation: { seed: 1, strength: 2 } },
        'request/seed',
        /strength.*0 to 1, got 2/,
      ],
      [
        'nine regions',
        { regions: new Array(9).fill({ ...step, mask: mask(32, 32) }) },
        'request/region',
        /at most 8, got 9/,
      ],
      [
        'guidance of a region for other steps',
        { regions: [{ ...step, mask: mask(32, 32), guidanceByStep: [2] }] },
        'request/guidance',
        /guidanceByStep to hold 4 numbers/,
      ],
      ['a region of no size', { regions: [{ ...step, mask: mask(8, 8) }] }, 'request/region', /32×32.*got 8×8/],
      [
        'a region that counts for nothing',
        { regions: [{ ...step, mask: mask(32, 32), weight: 0 }] },
        'request/region',
        /above 0.*got 0/,
      ],
      [
        'a style in a region that nobody registered',
        { regions: [{ ...step, mask: mask(32, 32), styles: [{ id: 'x', weight: 1 }] }] },
        'request/style',
        /registered here/,
      ],
      ['an image without strength', { image: image(32, 32) }, 'request/strength', /above 0.*got undefined/],
      [
        'too little strength',
        { image: image(32, 32), strength: 0.05 },
        'request/strength',
        /at least 0.08 for 4 steps, got 0.05/,
      ],
    ])('refuses at once what can never be painted: %s', (_what, overrides, code, words) => {
      const refused = () => engine.paint(ask(overrides))
      expect(refused).toThrow(words)
      expect(refused).toThrow(expect.objectContaining({ code }))
    })
  })

  describe('an engine that knows styles', { timeout: patient(60_000) }, () => {
    let engine: Engine & StyleEngine
    const plainAsk = { width: 64, height: 64, steps: 2 }
    beforeAll(async () => {
      const modelFolder = join(fixtures, 'pipelines', 'today')
      engine = await open({ modelFolder, device: 'cpu', threads: 1, batches: [1, 2], log })
    })
    afterAll(() => engine.close())

    it('paints in styles that were registered, the newest of a name, and refuses those that are gone', async () => {
      const { valuesPerRank } = engine.styleLayout!
      const adapter = (value: number) => ({ rank: 2, values: new Float32Array(2 * valuesPerRank).fill(value) })
      const styled = (weight = 1) => pictureOf(engine, ask({ ...plainAsk, styles: [{ id: 'ink', weight }] }))
      const plain = await pictureOf(engine, ask(plainAsk))
      engine.registerStyle('ink', adapter(0.3))
      const ink = await styled()
      expect(ink).not.toEqual(plain)
      expect(await styled(0)).toEqual(plain)
      engine.registerStyle('ink', adapter(-0.2))
      expect(await styled()).not.toEqual(ink)
      engine.registerStyle('ink', adapter(0.3))
      expect(await styled()).toEqual(ink)
      engine.unregisterStyle('ink')
      expect(() => engine.paint(ask({ ...plainAsk, styles: [{ id: 'ink', weight: 1 }] }))).toThrow(/registered here/)
      expect(() => engine.registerStyle('ink', { rank: 1, values: new Float32Array(1) })).toThrow()
    })

    it('puts the texture and the tint of a style on its pictures, and of its newest version alone', async () => {
      const { valuesPerRank, latentChannels } = engine.styleLayout!
      const values = new Float32Array(valuesPerRank)
      const texture = new Float32Array(textureLength)
      partsOfTexture(texture)['out.bias']!.fill(-0.5)
      rangeOf(texture).set([-1, -1, -1, 1, 1, 1])
      // Takes all contrast away: minus one for each channel itself.
      const tint = new Float32Array(latentChannels * (latentChannels + 1))
      for (let row = 0; row < latentChannels; row++) tint[row * (latentChannels + 1) + row] = -1
      const shaded = () => pictureOf(engine, ask({ ...plainAsk, styles: [{ id: 'shade', weight: 1 }] }))
      const brightness = (picture: Uint8Array) => picture.reduce((sum, value) => sum + value, 0) / picture.length
      const plain = await pictureOf(engine, ask(plainAsk))
      engine.registerStyle('shade', { rank: 1, values, texture })
      const dark = await shaded()
      expect(brightness(plain) - brightness(dark)).toBeGreaterThan(20)
      engine.registerStyle('shade', { rank: 1, values, tint })
      const tinted = await shaded()
      expect(tinted).not.toEqual(plain)
      expect(tinted).not.toEqual(dark)
      engine.registerStyle('shade', { rank: 1, values })
      expect(await shaded()).toEqual(plain)
      engine.unregisterStyle('shade')
    })

    it('learns a style, tells how far it is, and goes on from a checkpoint to the same one', async () => {
      const recipe = { steps: 12, batch: 2, rank: 2, prior: 0 }
      const progress: LearnProgress[] = []
      const end = await engine.learn(buildLearnAsk({ recipe }), told => progress.push(told)).ended
      if (end.type !== 'finished') throw new Error(`Expected a style, got ${JSON.stringify(end)}`)
      const { rank, values } = end.adapter
      expect([rank, values.length]).toEqual([2, 2 * engine.styleLayout!.valuesPerRank])
      expect(values).toBeInstanceOf(Float32Array)
      expect(end.after).toHaveLength(4)
      expect(progress.map(({ type }) => type)).toEqual(expect.arrayContaining(['started', 'stepped', 'checkpoint']))
      const { checkpoint } = progress.findLast(told => told.type === 'checkpoint')!
      const resumed = await engine.learn(buildLearnAsk({ recipe, resume: checkpoint })).ended
      expect(resumed).toMatchObject({ type: 'finished', adapter: { values } })
      expect(engine.estimateLearning(5).error).toBeNull()
    })

    it('ends the learning that is cancelled', async () => {
      const learning = engine.learn(buildLearnAsk({ recipe: { steps: 5000, batch: 2, rank: 2, prior: 0 } }), told => {
        if (told.type === 'stepped') learning.cancel()
      })
      expect(await learning.ended).toEqual({ type: 'cancelled' })
    })

    it('refuses at once what can never be learned', () => {
      expect(() => engine.learn(buildLearnAsk({ pictures: [] }))).toThrow(
        expect.objectContaining({ code: 'learn/pictures' }),
      )
    })
  })

  // Each time its process falls, another has to start and to warm up.
  describe('an engine whose steps take long enough to be interrupted', { timeout: patient(90_000) }, () => {
    const restart = { firstDelayMs: 10, maxDelayMs: 20, maxCrashes: 3, coolDownMs: 300, startSilenceMs: patient(8000) }
    const silence = { leastMs: patient(1500), openingMs: patient(5000) }
    let engine: Engine
    let remove: () => void
    beforeAll(async () => {
      const model = writeTinyModel({ width: 512 })
      remove = model.remove
      const settings = { device: 'cpu', threads: 1, batches: [1, 2], restart, silence } as const
      engine = await open({ modelFolder: model.folder, log, ...settings })
    })
    afterAll(async () => {
      await engine.close()
      remove()
    })

    it('ends the picture that is cancelled and no other', async () => {
      const gone = engine.paint(ask({ steps: 50 }), told => {
        if (told.type === 'stepped') gone.cancel()
      })
      const stays = engine.paint(ask({ owner: 'bob', steps: 2 }))
      expect(await gone.ended).toEqual({ type: 'cancelled' })
      expect((await stays.ended).type).toBe('finished')
    })

    it('replaces what waits under the same live key', async () => {
      const busy = [1, 2].map(seed => begin(engine, ask({ steps: 20, seed })))
      await Promise.all(busy.map(({ started }) => started))
      const ends = await Promise.all(
        [1, 2, 3].map(seed => engine.paint(ask({ priority: 'live', liveKey: 'frame', seed, steps: 2 })).ended),
      )
      expect(ends.map(({ type }) => type)).toEqual(['replaced', 'replaced', 'finished'])
      for (const { ended } of busy) expect((await ended).type).toBe('finished')
    })

    it.runIf(hasProc)('survives its process: nothing is lost, nothing is told twice, one line is logged', async () => {
      lines.length = 0
      const expected = await pictureOf(engine, ask({ steps: 50 }))
      const progress: PaintProgress[] = []
      const paintings = [
        engine.paint(ask({ steps: 50 }), told => {
          progress.push(told)
          if (told.type === 'stepped' && told.step === 3) killProcess()
        }),
        ...[2, 3, 4].map(seed => engine.paint(ask({ seed, owner: `owner ${seed}` }))),
      ]
      const ends = await Promise.all(paintings.map(({ ended }) => ended))
      expect(ends.map(({ type }) => type)).toEqual(['finished', 'finished', 'finished', 'finished'])
      expect(ends[0]).toMatchObject({ picture: { data: expected } })
      expect(progress.flatMap(told => (told.type === 'stepped' ? [told.step] : []))).toEqual(
        Array.from({ length: 50 }, (_, i) => i + 1),
      )
      expect(progress.filter(({ type }) => type === 'started')).toHaveLength(1)
      expect(engine.load().restarts).toBe(1)
      expect(lines.splice(0).map(line => JSON.parse(line))).toMatchObject([
        { level: 'error', msg: 'The engine process ended with signal SIGKILL' },
      ])
    })

    it.runIf(hasProc)('ends a process that hangs, and paints on with the next', async () => {
      const { hangs } = engine.load()
      const expected = await pictureOf(engine, ask({ steps: 20 }))
      const painting = engine.paint(ask({ steps: 20 }), told => {
        if (told.type === 'stepped' && told.step === 3) killProcess('SIGSTOP')
      })
      expect(await painting.ended).toMatchObject({ type: 'finished', picture: { data: expected } })
      expect(engine.load()).toMatchObject({ state: 'ready', hangs: hangs + 1 })
      expect(lines.join()).toContain('ended with no sign of life for')
    })

    it.runIf(hasProc)('ends a process that hangs while it opens its model', async () => {
      const { hangs } = engine.load()
      const before = runningProcesses()
      killProcess()
      const another = () => runningProcesses().some(pid => !before.includes(pid))
      await expect.poll(another, { interval: 1, timeout: patient(10_000) }).toBe(true)
      killProcess('SIGSTOP')
      expect((await engine.paint(ask({ steps: 2 })).ended).type).toBe('finished')
      expect(engine.load().hangs).toBe(hangs + 1)
    })

    it.runIf(hasProc)('gives up on a picture that takes its process down twice, and on no other', async () => {
      let life = -1
      const deadly = engine.paint(ask({ steps: 50 }), told => {
        if (told.type !== 'stepped' || told.step < 5 || life === engine.load().restarts) return
        life = engine.load().restarts
        killProcess()
      })
      const innocent = engine.paint(ask({ owner: 'bob', steps: 40 }))
      const ends = await Promise.all([deadly.ended, innocent.ended])
      expect(ends[0]).toMatchObject({
        type: 'failed',
        code: 'engine/stopped',
        message: expect.stringContaining('2 times'),
      })
      expect(ends[1].type).toBe('finished')
    })

    it.runIf(hasProc)('refuses when its process keeps dying, and may be tried again after a rest', async () => {
      const painting = engine.paint(ask({ steps: 50 }))
      const waiting = engine.paint(ask({ steps: 50, owner: 'bob' }))
      const killing = setInterval(() => killProcess(), 20)
      const ends = await Promise.all([painting.ended, waiting.ended])
      clearInterval(killing)
      expect(ends).toMatchObject([{ code: 'engine/stopped' }, { code: 'engine/stopped' }])
      expect(await engine.paint(ask()).ended).toMatchObject({ message: expect.stringContaining('keeps ending') })
      const state = () => engine.load().state
      await expect.poll(state, { timeout: patient(5000) + restart.coolDownMs }).not.toBe('resting')
      expect((await engine.paint(ask()).ended).type).toBe('finished')
    })

    it('ends everything as cancelled when it closes, and takes nothing after', async () => {
      const paintings = [1, 2, 3].map(seed => engine.paint(ask({ seed, steps: 50 })))
      await engine.close()
      const ends = await Promise.all(paintings.map(({ ended }) => ended))
      expect(ends).toEqual([{ type: 'cancelled' }, { type: 'cancelled' }, { type: 'cancelled' }])
      expect(await engine.paint(ask()).ended).toMatchObject({ type: 'failed', code: 'engine/closed' })
    })
  })
}
