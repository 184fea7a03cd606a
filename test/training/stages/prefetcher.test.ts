import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../onnx/optim/random.ts'
import { type BatchStage, batches } from '../../../training/stages/batches.ts'
import type { Latents } from '../../../training/stages/latents.ts'
import { openPrefetcher } from '../../../training/stages/prefetcher.ts'
import { ownTokenizer } from '../../../training/workspace/captions.ts'
import { toyRecipe } from '../toy.ts'

const stages = Object.keys(batches) as BatchStage[]
const folder = fileURLToPath(new URL('../../../models/fourstroke-256', import.meta.url))
const recipe = toyRecipe()
const values = new Random(3).normals(new Float32Array(new SharedArrayBuffer(24 * 512 * 4)))
const latents: Latents = { trainingSet: Array.from({ length: 24 }, (_, index) => index), shape: [8, 8, 8], values }

describe('batches made ahead', () => {
  it.each(stages)('are those that are made in turn, with the same randomness after them: %s', async stage => {
    const tokenizer = await ownTokenizer({ folder, recipe })
    const [here, there] = [new Random(5), new Random(5)]
    const prefetcher = await openPrefetcher(stage, { folder, recipe }, latents)
    for (let step = 0; step < 4; step++) {
      expect(await prefetcher.take(step, there)).toEqual(batches[stage]({ recipe, tokenizer, latents }, step, here))
      // The last is made without having been asked for ahead, as the first one is.
      if (step !== 2) prefetcher.prepare(step + 1, there)
      expect(there.state).toEqual(here.state)
    }
    await prefetcher.close()
  })

  it('say what went wrong in their thread to whoever waits for them', async () => {
    const slice = { ...recipe.pictures.slice, kinds: [], places: [] }
    const empty = { ...recipe, pictures: { ...recipe.pictures, slice } }
    const prefetcher = await openPrefetcher('teacher', { folder, recipe: empty }, latents)
    prefetcher.prepare(0, new Random(5))
    await expect(prefetcher.take(0, new Random(5))).rejects.toMatchObject({
      message: expect.stringContaining('batches of the stage teacher'),
      cause: { message: expect.stringContaining('Expected the slice of the world to hold one scene') },
    })
    await prefetcher.close()
  })

  it('say so as well where the thread cannot begin, or has ended', async () => {
    const broken = mkdtempSync(join(tmpdir(), 'fourstroke-ahead-'))
    mkdirSync(join(broken, 'tokenizer'))
    writeFileSync(join(broken, 'tokenizer', 'tokenizer_config.json'), '{')
    await expect(openPrefetcher('teacher', { folder: broken, recipe }, latents)).rejects.toThrow('Expected batches of')
    rmSync(broken, { recursive: true })

    const prefetcher = await openPrefetcher('teacher', { folder, recipe }, latents)
    await prefetcher.close()
    await expect(prefetcher.take(0, new Random(5))).rejects.toThrow('Expected batches of')
  })
})
