import { describe, expect, it } from 'vitest'
import { tintBetween } from '../../../engine/lcf/recolour.ts'
import { standardSpread, tinted, withoutTint } from '../../../engine/lora/tint.ts'
import { gaussianOf } from '../../../onnx/linalg/frechet.ts'
import { Random } from '../../../onnx/optim/random.ts'

const normals = (seed: number) => new Random(seed).normals(new Float32Array(3 * 64))
const pixels = (latents: Float32Array) =>
  Array.from({ length: 64 }, (_, at) => Float32Array.of(latents[at]!, latents[64 + at]!, latents[128 + at]!))

const recoloured = (pictures: Float32Array[], style: Float32Array[]) => {
  const tint = tintBetween(pictures, style, 3)
  return pictures.map(latents => tinted(latents, tint, 3))
}

describe('the tint between pictures and a style', () => {
  it('gives pictures the mean and the covariance of the style, channel with channel', () => {
    const style = [1, 2].map(seed => {
      const latents = normals(seed)
      // The second channel follows the first, as blue and yellow do in sepia.
      for (let at = 0; at < 64; at++) latents[64 + at] = 2 + 0.8 * latents[at]! + 0.1 * latents[64 + at]!
      return latents
    })
    const pictures = [normals(3), normals(4)]
    const moved = recoloured(pictures, style)
    const [wanted, found] = [style, moved].map(some => gaussianOf(some.flatMap(pixels)))
    for (const at of found!.mean.keys()) expect(found!.mean[at]).toBeCloseTo(wanted!.mean[at]!, 4)
    for (const at of found!.covariance.keys()) expect(found!.covariance[at]).toBeCloseTo(wanted!.covariance[at]!, 4)
  })

  it('leaves pictures alone that have the palette already', () => {
    const pictures = [normals(5), normals(6)]
    const moved = recoloured(pictures, [normals(6), normals(5)])
    for (const [at, latents] of moved.entries()) {
      for (const [index, value] of latents.entries()) expect(value).toBeCloseTo(pictures[at]![index]!, 4)
    }
  })

  it('is undone by the tint of the way back', () => {
    const [pictures, style] = [[normals(7)], [normals(8).map((value, at) => 1 + value * (at < 64 ? 0.3 : 2))]]
    const there = tinted(pictures[0]!, tintBetween(pictures, style, 3), 3)
    const back = tinted(there, tintBetween(style, pictures, 3), 3)
    for (const [at, value] of back.entries()) expect(value).toBeCloseTo(pictures[0]![at]!, 4)
  })

  it('is half as strong at half its values', () => {
    const [picture, tint] = [normals(9), normals(10).subarray(0, 12)]
    const [half, whole] = [0.5, 1].map(weight =>
      tinted(
        picture,
        tint.map(value => value * weight),
        3,
      ),
    )
    for (const [at, value] of half!.entries()) expect(value).toBeCloseTo((picture[at]! + whole![at]!) / 2, 5)
  })

  it('is taken off a picture that has it, and off no other', () => {
    // A faded style: its third channel is left a fifth, and all of it is darker.
    const style = normals(11).map((value, at) => value * (at < 128 ? 0.6 : 0.2) - 1)
    const [picture, other] = [normals(12), normals(13)]
    const tint = tintBetween([picture], [style], 3)
    const bare = withoutTint(tinted(picture, tint, 3), tint, standardSpread(3))
    for (const [at, value] of bare.entries()) expect(value).toBeCloseTo(picture[at]!, 3)
    expect(withoutTint(other, tint, standardSpread(3))).toEqual(other)
  })

  it('is known by what latents of the model are like, louder ones than noise too', () => {
    const spread = { mean: [-5, 0, 1], deviation: [4, 2, 1] }
    const channelOf = (at: number) => Math.floor(at / 64)
    const loud = (seed: number) =>
      normals(seed).map((value, at) => value * spread.deviation[channelOf(at)]! + spread.mean[channelOf(at)]!)
    const [picture, other] = [loud(12), loud(13)]
    const style = loud(11).map(value => 0.4 * value)
    const tint = tintBetween([picture], [style], 3)
    const worn = tinted(picture, tint, 3)
    const bare = withoutTint(worn, tint, spread)
    for (const [at, value] of bare.entries()) expect(value).toBeCloseTo(picture[at]!, 2)
    expect(withoutTint(other, tint, spread)).toEqual(other)
    // As if they were as loud as noise, such a faded picture is taken for one without the style.
    expect(withoutTint(worn, tint, standardSpread(3))).toEqual(worn)
  })
})
