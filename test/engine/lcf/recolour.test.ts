import { describe, expect, it } from 'vitest'
import { gaussianOf } from '../../../engine/evaluation/frechet.ts'
import { recolouring } from '../../../engine/lcf/recolour.ts'
import { Random } from '../../../engine/training/random.ts'

const normals = (seed: number) => new Random(seed).normals(new Float32Array(3 * 64))
const pixels = (latents: Float32Array) =>
  Array.from({ length: 64 }, (_, at) => Float32Array.of(latents[at]!, latents[64 + at]!, latents[128 + at]!))

describe('recolouring', () => {
  it('gives pictures the mean and the covariance of the style, channel with channel', () => {
    const style = [1, 2].map(seed => {
      const latents = normals(seed)
      // The second channel follows the first, as blue and yellow do in sepia.
      for (let at = 0; at < 64; at++) latents[64 + at] = 2 + 0.8 * latents[at]! + 0.1 * latents[64 + at]!
      return latents
    })
    const pictures = [normals(3), normals(4)]
    const moved = pictures.map(recolouring(pictures, style, 3))
    const [wanted, found] = [style, moved].map(some => gaussianOf(some.flatMap(pixels)))
    for (const at of found!.mean.keys()) expect(found!.mean[at]).toBeCloseTo(wanted!.mean[at]!, 4)
    for (const at of found!.covariance.keys()) expect(found!.covariance[at]).toBeCloseTo(wanted!.covariance[at]!, 4)
  })

  it('leaves pictures alone that have the palette already', () => {
    const pictures = [normals(5), normals(6)]
    const moved = pictures.map(recolouring(pictures, [normals(6), normals(5)], 3))
    for (const [at, latents] of moved.entries()) {
      for (const [index, value] of latents.entries()) expect(value).toBeCloseTo(pictures[at]![index]!, 4)
    }
  })
})
