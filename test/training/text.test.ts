import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import type { TrainingProgress } from '../../training/loop/progress.ts'
import { trainVae } from '../../training/stages/autoencoder.ts'
import { trainedTeacher, trainTeacher } from '../../training/stages/teacher.ts'
import { trainedTextEncoder, trainText } from '../../training/stages/textPretraining.ts'
import { traitCount, traitsOf } from '../../training/workspace/traits.ts'
import { kinds, sampleScene } from '../../training/world/index.ts'
import { patient } from '../support/patience.ts'
import { toyRecipe, toyWorkspace } from './toy.ts'

describe('the traits of a scene', () => {
  it('tell scenes apart that differ in one attribute of one thing', () => {
    const thing = { kind: 'boat', colour: 'red', size: 'large', position: 'left', count: 1 } as const
    const traits = (things: Parameters<typeof sampleScene>[1]['fixed']) =>
      traitsOf(
        sampleScene(3, {
          split: 'train',
          fixed: { time: 'dawn', weather: 'fog', place: 'lake', style: 'ink', ...things },
        }),
      )
    const one = traits({ things: [thing] })
    expect(one).toHaveLength(traitCount)
    // Four of the scene, four of any thing, and the kind with its four.
    expect(one.reduce((sum, yes) => sum + yes, 0)).toBe(13)
    for (const change of [{ colour: 'blue' }, { size: 'small' }, { position: 'right' }, { count: 2 }] as const) {
      const other = traits({ things: [{ ...thing, ...change }] })
      expect(one.filter((yes, at) => yes !== other[at])).toHaveLength(4)
    }
    // Bound to their kinds: the same colours of the same kinds, the other way round.
    const pine = { ...thing, kind: 'pine', colour: 'blue', position: 'right' } as const
    const swapped = [{ ...thing, colour: 'blue' } as const, { ...pine, colour: 'red' } as const]
    expect(traits({ things: swapped })).not.toEqual(traits({ things: [thing, pine] }))
    expect(traits({ things: [] }).reduce((sum, yes) => sum + yes, 0)).toBe(4)
    expect(kinds.length).toBe(20)
  })
})

describe('the text encoder by itself', () => {
  const workspace = toyWorkspace()
  const quick = toyRecipe()
  afterAll(() => rmSync(workspace.folder, { recursive: true, force: true }))

  it('learns what captions say; the teacher begins with it, and leaves it as it is where the recipe says so', {
    timeout: patient(120_000),
  }, async () => {
    const told: TrainingProgress[] = []
    const reader = { ...quick.reader, batch: 8, adam: { ...quick.reader.adam, rate: 1e-2, steps: 30 } }
    const teacher = { ...quick.teacher, adam: { ...quick.teacher.adam, steps: 2 }, frozenText: true }
    const trained = {
      ...workspace,
      recipe: { ...quick, reader, teacher },
      onProgress: (progress: TrainingProgress) => told.push(progress),
    }
    expect(trainedTextEncoder(trained)).toBeNull()
    await trainText(trained)
    // As likely as not for each trait, at the beginning.
    expect(told.at(-1)!.loss).toBeLessThan(0.7 * traitCount * Math.LN2)

    await trainVae(trained)
    const elsewhere = { ...trained, folder: join(workspace.folder, 'elsewhere') }
    cpSync(join(workspace.folder, 'tokenizer'), join(elsewhere.folder, 'tokenizer'), { recursive: true })
    for (const file of ['vae.checkpoint', 'latent-statistics.json']) {
      cpSync(join(workspace.folder, file), join(elsewhere.folder, file))
    }
    await expect(trainTeacher(elsewhere)).rejects.toThrow('Train the stage text first')
    await trainTeacher(trained)
    const read = new Map(trainedTextEncoder(trained)!.entries())
    const words = [...trainedTeacher(trained).entries()].filter(([name]) => name.startsWith('text_model.'))
    expect(words.length).toBeGreaterThan(10)
    for (const [name, tensor] of words) expect(tensor.data).toEqual(read.get(name)!.data)

    const joint = {
      ...trained,
      resume: false,
      recipe: { ...trained.recipe, teacher: { ...teacher, frozenText: false } },
    }
    await trainTeacher(joint)
    const moved = [...trainedTeacher(joint).entries()].filter(
      ([name, tensor]) => name.startsWith('text_model.') && !isDeepStrictEqual(tensor.data, read.get(name)!.data),
    )
    expect(moved.length).toBeGreaterThan(10)
  })
})
