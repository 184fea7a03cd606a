import { describe, expect, it } from 'vitest'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import { sampleAt } from '../../training/stages/batches.ts'
import { fitPatches } from '../../training/stages/patches.ts'
import { fitPreview } from '../../training/stages/previewMap.ts'
import { isInside, planesOf, rgbOf, sceneAt } from '../../training/workspace/pictures.ts'
import { recipes } from '../../training/workspace/recipes.ts'
import { trainingSetOf } from '../../training/workspace/workspace.ts'

describe('pictures', () => {
  it('go to planes of −1 … 1 and back, whole or cropped', () => {
    const rgb = Uint8Array.from({ length: 4 * 4 * 3 }, (_, at) => at * 5)
    const planes = new Float32Array(4 * 4 * 3)
    planesOf(rgb, { size: 4 }, planes)
    expect(rgbOf(planes, 4)).toEqual(rgb)
    const crop = new Float32Array(2 * 2 * 3)
    planesOf(rgb, { size: 4, side: 2, left: 1, top: 2 }, crop)
    const pixel = (x: number, y: number) => [...rgb.subarray((y * 4 + x) * 3, (y * 4 + x) * 3 + 3)]
    expect([...rgbOf(crop, 2)]).toEqual([...pixel(1, 2), ...pixel(2, 2), ...pixel(1, 3), ...pixel(2, 3)])
  })

  it('show only the slice of the world that a recipe names, the same at every call', () => {
    const { slice } = recipes.solo.pictures
    for (let index = 0; index < 50; index++) {
      const scene = sceneAt({ series: 1, slice }, index)
      expect(isInside(scene, slice)).toBe(true)
      expect(sceneAt({ series: 1, slice }, index)).toEqual(scene)
    }
  })

  it('come once in every round, in another order each time', () => {
    const trainingSet = Array.from({ length: 30 }, (_, picture) => picture)
    const round = (from: number) => Array.from({ length: 30 }, (_, at) => sampleAt(1, from + at, trainingSet).picture)
    const [first, second] = [round(0), round(30)]
    expect(new Set(first).size).toBe(30)
    expect(new Set(second).size).toBe(30)
    expect(second).not.toEqual(first)
  })
})

describe('a training set', () => {
  it('shows scenes with several kinds more often, if the recipe wants it', () => {
    const recipe = { ...recipes.full, pictures: { ...recipes.full.pictures, count: 40 } }
    const { slice } = recipe.pictures
    const shown = (trainingSet: readonly number[]) =>
      Array.from({ length: 40 }, (_, picture) => trainingSet.filter(shown => shown === picture).length)
    const hasSeveral = (picture: number) => sceneAt({ series: 1, slice }, picture).things.length > 1
    expect(shown(trainingSetOf({ recipe: { ...recipe, several: 1 } }))).toEqual(Array(40).fill(1))
    expect(shown(trainingSetOf({ recipe: { ...recipe, several: 3 } }))).toEqual(
      Array.from({ length: 40 }, (_, picture) => (hasSeveral(picture) ? 3 : 1)),
    )
  })
})

describe('the random numbers of training', () => {
  it('go on from a saved state', () => {
    const random = new Random(seedOf(1, 2))
    random.normals(new Float32Array(7))
    const copy = Random.restore(random.state)
    expect(copy.normals(new Float32Array(8))).toEqual(random.normals(new Float32Array(8)))
  })

  it('have the moments of N(0, 1)', () => {
    const draws = new Random(1).normals(new Float32Array(100_000))
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length
    const square = draws.reduce((sum, value) => sum + value * value, 0) / draws.length
    expect(Math.abs(mean)).toBeLessThan(0.015)
    expect(Math.abs(square - 1)).toBeLessThan(0.02)
  })
})

describe('the linear beginnings', () => {
  it('finds the principal axes of patches, the strongest first', () => {
    const random = new Random(4)
    const [strong, weak] = [Float32Array.of(0.6, 0.8, 0), Float32Array.of(0.8, -0.6, 0)]
    const patches = Array.from({ length: 2000 }, () => {
      const [a, b] = random.normals(new Float32Array(2))
      return strong.map((value, at) => 1 + 3 * a! * value + b! * weak[at]!)
    })
    const { mean, axes, deviations } = fitPatches(patches, 2)
    expect(mean[2]).toBeCloseTo(1)
    expect(deviations.map(Math.round)).toEqual([3, 1])
    expect(Math.abs(axes[0]!.reduce((sum, value, at) => sum + value * strong[at]!, 0))).toBeCloseTo(1, 2)
  })

  it('fits the map from latents to colours', () => {
    const [weight, bias] = [
      [
        [0.1, 0.2, -0.1],
        [0.05, -0.2, 0.3],
      ],
      [0.1, 0, -0.2],
    ]
    const [size, count] = [16, 20]
    const latents = new Random(2)
      .normals(new Float32Array(count * 2 * 4))
      .map(value => Math.max(-1.5, Math.min(1.5, value)))
    const pictures = new Uint8Array(count * size * size * 3)
    for (let picture = 0; picture < count; picture++) {
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          const at = (y >> 3) * 2 + (x >> 3)
          const [a, b] = [latents[picture * 8 + at]!, latents[picture * 8 + 4 + at]!]
          for (const rgb of [0, 1, 2]) {
            const value = a * weight[0]![rgb]! + b * weight[1]![rgb]! + bias[rgb]!
            pictures[(picture * size * size + y * size + x) * 3 + rgb] = Math.round((value + 1) * 127.5)
          }
        }
      }
    }
    const fitted = fitPreview(latents, pictures, { channels: 2, size, factor: 8 })
    for (const [row, values] of [...weight, bias].entries()) {
      const came = row < 2 ? fitted.weight[row]! : fitted.bias
      for (const rgb of [0, 1, 2]) expect(came[rgb]).toBeCloseTo(values[rgb]!, 2)
    }
  })
})
