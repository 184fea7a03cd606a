/** Painting over what was painted in a style, by the model that ships: the colours of the style are there already. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine, PaintRequest, Rgb } from '../../engine/index.ts'
import { tintLength } from '../../engine/lora/tint.ts'
import { openEmbedded } from '../support/embedded.ts'
import { patient } from '../support/patience.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEmbedded()
  const { latentChannels: channels, valuesPerRank } = engine.styleLayout!
  // z′ = 0.6 z + b: paler and lighter, whatever the colour.
  const tint = new Float32Array(tintLength(channels))
  for (let channel = 0; channel < channels; channel++) tint[channel * (channels + 1) + channel] = -0.4
  tint[channels] = 3
  engine.registerStyle('faded', { rank: 1, values: new Float32Array(valuesPerRank), tint })
}, patient(120_000))
afterAll(() => engine.close())

async function paint(changes: Partial<PaintRequest>): Promise<Rgb> {
  const { sizes, defaults } = engine.info.model
  const request = { owner: 'ada', priority: 'interactive', prompt: 'a red house by a lake', ...sizes.default } as const
  const end = await engine.paint({ ...request, ...defaults, seed: 1, ...changes }).ended
  if (end.type !== 'finished') throw new Error(JSON.stringify(end))
  return end.picture
}

const difference = (a: Rgb, b: Rgb) =>
  a.data.reduce((sum, value, at) => sum + Math.abs(value - b.data[at]!), 0) / a.data.length

test('puts them on once', { timeout: patient(60_000) }, async () => {
  const styles = [{ id: 'faded', weight: 1 }]
  const plain = await paint({})
  const worn = await paint({ styles })
  expect(difference(worn, plain)).toBeGreaterThan(20)
  expect(difference(await paint({ styles, image: worn, strength: 0.2 }), worn)).toBeLessThan(6)
  // A picture that has not got them gets them now.
  expect(difference(await paint({ styles, image: plain, strength: 0.2 }), worn)).toBeLessThan(6)
})
