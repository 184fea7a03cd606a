import { describe, expect, it } from 'vitest'
import { Random } from '../../onnx/optim/random.ts'
import { Network, Weights } from '../../training/networks/network.ts'
import { unet } from '../../training/networks/unet.ts'
import { attend } from '../../training/stages/batches.ts'
import { openDenoiser } from '../../training/stages/denoiser.ts'
import { boxesOf, type Scene, sampleScene } from '../../training/world/index.ts'
import { toyRecipe, toyWorkspace } from './toy.ts'

describe('what the teacher attends to', () => {
  const castle = { kind: 'castle', colour: 'red', size: 'medium', position: 'left', count: 1 } as const
  const scene = (things: Scene['things']) => sampleScene(5, { split: 'train', fixed: { place: 'meadow', things } })

  it('counts cells with a thing more, and every picture alike', () => {
    const cells = attend(scene([castle]), 16, 5)
    expect(cells.reduce((sum, cell) => sum + cell, 0) / 256).toBeCloseTo(1, 5)
    const [least, most] = [Math.min(...cells), Math.max(...cells)]
    expect(most / least).toBeCloseTo(5, 4)
    const [box] = boxesOf(scene([castle]))
    for (const [at, cell] of cells.entries()) {
      const [x, y] = [((at % 16) + 0.5) / 16, (Math.floor(at / 16) + 0.5) / 16]
      const isInside = x > box!.left && x < box!.right && y > box!.top && y < box!.bottom
      if (isInside) expect(cell).toBe(most)
      if (x > 0.6) expect(cell).toBe(least)
    }
  })

  it('counts all cells alike where there is no thing, or no focus', () => {
    expect(new Set(attend(scene([]), 16, 5))).toEqual(new Set([1]))
    expect(new Set(attend(scene([castle]), 16, 1))).toEqual(new Set([1]))
  })
})

describe('the class embedding', () => {
  it('begins as nothing, and then tells every resnet what the last row of the words says', async () => {
    const recipe = toyRecipe()
    const workspace = toyWorkspace({ recipe })
    const plain = { ...recipe, unet: { ...recipe.unet, classEmbedding: false } }
    const begin = (seed: number, { unet: config } = recipe) => {
      const weights = new Weights([], new Random(seed))
      const n = new Network(weights)
      const sample = n.input('sample', 'float32', [1, config.channels, 8, 8])
      const context = n.input('context', 'float32', [1, recipe.text.length, config.contextSize])
      unet(n, { sample, timestep: n.input('timestep', 'int64', [1]), context }, { ...config, guidanceSize: 0 })
      return weights
    }
    const stir = (weights: Weights, part: string) => {
      for (const [name, { data }] of weights.entries()) {
        if (name.includes(part)) new Random(4).normals(data as Float32Array)
      }
    }
    const [without, with_] = [begin(1, plain), begin(2)]
    stir(without, 'conv_out')
    stir(without, 'conv2')
    with_.take(without)
    const random = new Random(3)
    const [sample, context] = [8 * 64, recipe.text.length * recipe.unet.contextSize].map(length =>
      random.normals(new Float32Array(length)),
    )
    const otherEnd = context!.map((value, at) => (at < context!.length - recipe.unet.contextSize ? value : -value))
    const saidBy = async (weights: Weights, each: typeof recipe, words: Float32Array) => {
      const denoiser = await openDenoiser({ ...workspace, recipe: each }, weights, 0)
      return [...(await denoiser.predict(sample!, [500], words))]
    }
    const before = await saidBy(without, plain, context!)
    expect(await saidBy(with_, recipe, context!)).toEqual(before)
    stir(with_, 'class_embedding.linear_2.weight')
    const after = await saidBy(with_, recipe, context!)
    expect(after).not.toEqual(before)
    // The transformers still end in zeros, so that only the class embedding can have heard of the other end.
    expect(await saidBy(with_, recipe, otherEnd)).not.toEqual(after)
    expect(await saidBy(without, plain, otherEnd)).toEqual(before)
  })
})
