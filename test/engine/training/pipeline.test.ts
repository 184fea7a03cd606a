import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readModelFolder } from '../../../engine/folder.ts'
import { train } from '../../../engine/training/index.ts'
import { toyRecipe, toyWorkspace } from './toy.ts'

describe('the whole pipeline on a toy recipe', () => {
  const { folder, modelFolder } = toyWorkspace()
  const words: string[] = []
  beforeAll(async () => {
    await train('all', { folder, modelFolder, recipe: toyRecipe(), threads: 1, say: said => words.push(said) })
  }, 120_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('ends with a folder that the engine reads as a latent consistency model', async () => {
    const model = await readModelFolder(modelFolder)
    expect(model.guidanceDim).toBe(8)
    expect(model.latentChannels).toBe(8)
    expect(model.spatialFactor).toBe(8)
    expect(model.trainedSize).toBe(64)
    expect(model.schedule).toMatchObject({ predictionType: 'v_prediction', rescaleBetasZeroSnr: true })
    expect(model.previewMap?.weight).toHaveLength(8)
    expect(model.ignored).toEqual([])
  })
})
