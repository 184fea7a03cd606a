/** Kept styles in the real engine process: what they change, who shares a batch, what is refused, and what a fall leaves. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, openEngine, type PaintRequest } from '../../engine/index.ts'
import { checkAdapter } from '../../engine/lora/adapterRegistry.ts'
import { importStyle } from '../../engine/lora/styleFile.ts'
import { partsOfTexture, rangeOf, textureLength } from '../../engine/lora/texture.ts'
import { tintLength } from '../../engine/lora/tint.ts'
import type { Adapter } from '../../engine/types/styles.ts'
import { collectLog } from '../support/log.ts'
import { hasProc, killProcess } from './support/engineProcess.ts'

const pathOf = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

function ask(overrides: Partial<PaintRequest> = {}): PaintRequest {
  return {
    ...{
      owner: 'ann',
      priority: 'interactive',
      prompt: 'a red house',
      seed: 1,
      steps: 2,
      guidance: 8,
      width: 64,
      height: 64,
    },
    ...overrides,
  }
}

async function pictureOf(engine: Engine, asked: PaintRequest): Promise<Uint8Array> {
  const end = await engine.paint(asked).ended
  if (end.type !== 'finished') throw new Error(`Expected a picture, got ${JSON.stringify(end)}`)
  return end.picture.data
}

describe('styles', () => {
  const { log, lines } = collectLog()
  let engine: Engine
  let ink: Adapter
  let chalk: Adapter
  beforeAll(async () => {
    engine = await openEngine({
      modelFolder: pathOf('pipelines/today'),
      device: 'cpu',
      threads: 1,
      batches: [1, 2, 4],
      log,
      restart: { firstDelayMs: 10 },
    })
    const read = (name: string) => importStyle(readFileSync(pathOf(`styled/${name}.safetensors`)), engine.styleLayout!)
    ink = read('ink').adapter
    chalk = read('chalk').adapter
  })
  afterAll(() => engine.close())

  it('have the layout of the model', () => {
    expect(engine.styleLayout).toMatchObject({ maxRank: 16, valuesPerRank: 408, modelHash: engine.info.model.hash })
    expect(engine.styleLayout!.targets).toHaveLength(32)
  })

  it('change the pictures that ask for them, the more the stronger, and no others', async () => {
    const plain = await pictureOf(engine, ask())
    engine.registerStyle('ink', ink)
    engine.registerStyle('chalk', chalk)
    const styled = await pictureOf(engine, ask({ styles: [{ id: 'ink', weight: 1 }] }))
    const weak = await pictureOf(engine, ask({ styles: [{ id: 'ink', weight: 0.1 }] }))
    const mixed = await pictureOf(engine, ask({ styles: ['ink', 'chalk'].map(id => ({ id, weight: 1 })) }))
    expect(distance(weak, plain)).toBeGreaterThan(0)
    expect(distance(styled, plain)).toBeGreaterThan(distance(weak, plain))
    expect(distance(mixed, styled)).toBeGreaterThan(0)
    expect(await pictureOf(engine, ask({ styles: [{ id: 'ink', weight: 0 }] }))).toEqual(plain)
    expect(await pictureOf(engine, ask())).toEqual(plain)
  })

  it('give pictures their colours after the last step: a tint that leaves none makes all of them the same', async () => {
    const { latentChannels } = engine.styleLayout!
    const tint = new Float32Array(tintLength(latentChannels))
    for (let row = 0; row < latentChannels; row++) tint[row * (latentChannels + 1) + row] = -1
    engine.registerStyle('fog', { rank: 1, values: new Float32Array(408), tint })
    const fog = (change: Partial<PaintRequest>) =>
      pictureOf(engine, ask({ styles: [{ id: 'fog', weight: 1 }], ...change }))
    const [one, other] = [await fog({ seed: 1 }), await fog({ seed: 2, prompt: 'something else' })]
    expect(largestDifference(one, other)).toBeLessThanOrEqual(1)
    const half = await fog({ styles: [{ id: 'fog', weight: 0.5 }] })
    const plain = await pictureOf(engine, ask())
    expect(distance(half, plain)).toBeGreaterThan(0)
    expect(distance(half, plain)).toBeLessThan(distance(one, plain))
  })

  it('put their texture on finished pictures, by weight and where they are, and nowhere else', async () => {
    const texture = new Float32Array(textureLength)
    partsOfTexture(texture)['out.bias']!.fill(-0.5)
    rangeOf(texture).set([-1, -1, -1, 1, 1, 1])
    engine.registerStyle('shade', { rank: 1, values: new Float32Array(408), texture })
    const plain = await pictureOf(engine, ask())
    const styles = (weight: number) => [{ id: 'shade', weight }]
    const darker = (picture: Uint8Array, from: number, to: number) =>
      plain.slice(from, to).reduce((sum, value, at) => sum + value - picture[from + at]!, 0) / (to - from)
    const [whole, half] = [
      await pictureOf(engine, ask({ styles: styles(1) })),
      await pictureOf(engine, ask({ styles: styles(0.5) })),
    ]
    expect(darker(whole, 0, whole.length)).toBeGreaterThan(30)
    expect(darker(half, 0, half.length) / darker(whole, 0, whole.length)).toBeCloseTo(0.5, 1)
    const mask = {
      width: 64,
      height: 64,
      data: Uint8Array.from({ length: 64 * 64 }, (_, at) => (at < 32 * 64 ? 255 : 0)),
    }
    const regions = [{ prompt: 'a red house', guidance: 8, mask, styles: styles(1) }]
    const partly = await pictureOf(engine, ask({ regions }))
    expect(darker(partly, 0, 24 * 64 * 3)).toBeGreaterThan(30)
    expect(Math.abs(darker(partly, 40 * 64 * 3, partly.length))).toBeLessThan(3)
  })

  it('of two people share one batch without touching each other, and the log says so', async () => {
    const ofAnn = ask({ owner: 'ann', steps: 20, styles: [{ id: 'ink', weight: 1 }] })
    const ofBob = ask({ owner: 'bob', steps: 20, seed: 2, styles: [{ id: 'chalk', weight: 0.8 }] })
    const alone = [await pictureOf(engine, ofAnn), await pictureOf(engine, ofBob)]
    // Who comes to sit together depends on the moment: asked for until it has happened.
    while (engine.load().mixedBatches === 0) {
      const together = await Promise.all([pictureOf(engine, ofAnn), pictureOf(engine, ofBob)])
      // This model's own arithmetic differs by 3e-6 between batches of one and of two, styles or none.
      for (const [i, picture] of together.entries())
        expect(largestDifference(picture, alone[i]!)).toBeLessThanOrEqual(1)
    }
    expect(lines.map(line => JSON.parse(line))).toMatchObject([
      { msg: 'One batch painted for several people in their styles', people: 2, styles: ['chalk', 'ink'] },
    ])
  })

  it.runIf(hasProc)(
    'are there again when the engine process was killed',
    async () => {
      const styled = ask({ styles: [{ id: 'ink', weight: 1 }] })
      const before = await pictureOf(engine, styled)
      killProcess()
      expect(await pictureOf(engine, styled)).toEqual(before)
    },
    60_000,
  )

  it('are replaced by a newer one of their name, and gone when dropped', async () => {
    const asked = ask({ styles: [{ id: 'ink', weight: 1 }] })
    const [first, other] = [
      await pictureOf(engine, asked),
      await pictureOf(engine, ask({ styles: [{ id: 'chalk', weight: 1 }] })),
    ]
    engine.registerStyle('ink', chalk)
    expect(await pictureOf(engine, asked)).toEqual(other)
    engine.registerStyle('ink', ink)
    expect(await pictureOf(engine, asked)).toEqual(first)
    engine.unregisterStyle('ink')
    expect(() => engine.paint(asked)).toThrow(expect.objectContaining({ code: 'request/style' }))
  })

  it.each([
    [[{ id: 'nobody knows', weight: 1 }], 'registered here'],
    [[{ id: 'chalk', weight: 1.6 }], 'from 0 to 1.5, got 1.6'],
    [[{ id: 'chalk', weight: -0.1 }], 'got -0.1'],
    [[{ id: 'chalk', weight: Number.NaN }], 'got NaN'],
    [Array.from({ length: 2 }, () => ({ id: 'chalk', weight: 1 })), 'got one twice'],
    [Array.from({ length: 4 }, () => ({ id: 'chalk', weight: 1 })), 'at most 3, got 4'],
  ])('are refused with words in an ask: %j', (styles, words) => {
    const refusal = expect.objectContaining({ code: 'request/style', message: expect.stringContaining(words) })
    expect(() => engine.paint(ask({ styles }))).toThrow(refusal)
  })

  it.each([
    [{ rank: 17, values: new Float32Array(17 * 408) }, 'from 1 to 16, got 17'],
    [{ rank: 0, values: new Float32Array() }, 'got 0'],
    [{ rank: 2, values: new Float32Array(408) }, 'Expected 816 values, 408 for each of 2 ranks, got 408'],
    [{ rank: 1, values: new Float32Array(408).fill(Number.NaN) }, 'finite'],
    [{ rank: 1, values: new Float32Array(408), tint: new Float32Array(20).fill(Number.NaN) }, 'finite'],
    [
      { rank: 1, values: new Float32Array(408), tint: new Float32Array(8) },
      '20 values of a tint, for 4 latent channels',
    ],
  ])('that do not fit are refused with words: rank $rank', (adapter, words) => {
    const refusal = expect.objectContaining({ code: 'style/size', message: expect.stringContaining(words) })
    expect(() => engine.registerStyle('bad', adapter)).toThrow(refusal)
  })
})

it('cannot be kept for a model without attention', () => {
  const keep = () => checkAdapter({ rank: 1, values: new Float32Array(1) }, null)
  expect(keep).toThrow(expect.objectContaining({ code: 'style/model' }))
})

function distance(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, at) => sum + Math.abs(value - b[at]!), 0)
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0)
}
