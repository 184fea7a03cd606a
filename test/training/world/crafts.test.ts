import { describe, expect, it } from 'vitest'
import { correlation } from '../../../training/evaluation/sharpness.ts'
import { textureDistance, textureOf } from '../../../training/evaluation/texture.ts'
import { crafts, inCraft } from '../../../training/world/crafts.ts'
import { renderScene, sampleGarden } from '../../../training/world/index.ts'

const side = 128
const scenes = Array.from({ length: 4 }, (_, seed) => sampleGarden(seed))
const plain = await Promise.all(scenes.map(scene => renderScene(scene, side)))
const texture = (pictures: typeof plain) =>
  textureOf(
    pictures.map(({ data }) => data),
    side,
  )
const textures = Object.fromEntries(
  crafts.map(craft => [craft, texture(plain.map(picture => inCraft(picture, craft)))]),
)
const meanOf = ({ data }: (typeof plain)[number], x: number, y: number, reach = 8) => {
  let sum = 0
  for (let row = y - reach; row < y + reach; row++)
    for (let at = (row * side + x - reach) * 3; at < (row * side + x + reach) * 3; at++) sum += data[at]!
  return sum / (12 * reach * reach)
}

describe.each(crafts)('%s', craft => {
  const worked = plain.map(picture => inCraft(picture, craft))

  it('is another texture than the picture, and than every other craft', () => {
    expect(textureDistance(textures[craft]!, texture(plain))).toBeGreaterThan(0.4)
    for (const other of crafts.filter(name => name !== craft))
      expect(textureDistance(textures[craft]!, textures[other]!)).toBeGreaterThan(0.15)
  })

  it('keeps what is light light and what is dark dark', () => {
    const places = [20, 44, 68, 92].flatMap(y => [20, 64, 108].map(x => [x, y] as const))
    const [before, after] = [plain, worked].map(pictures =>
      Float64Array.from(pictures.flatMap(one => places.map(([x, y]) => meanOf(one, x, y)))),
    )
    expect(correlation(before!, after!)).toBeGreaterThan(0.8)
  })

  it('is the same every time', () => {
    expect(inCraft(plain[0]!, craft)).toEqual(worked[0])
  })
})
