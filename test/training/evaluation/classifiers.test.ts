import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { accuracyOf } from '../../../training/evaluation/accuracy.ts'
import { openClassifier, trainClassifier } from '../../../training/evaluation/classifier.ts'
import { openDualEncoder, trainDualEncoder } from '../../../training/evaluation/dualEncoder.ts'
import { evaluationRecipes } from '../../../training/evaluation/evaluationRecipes.ts'
import { readPicture } from '../../../training/evaluation/scenes.ts'
import { sceneAt } from '../../../training/workspace/pictures.ts'
import { picturesOf } from '../../../training/workspace/workspace.ts'
import { captionScene, completeManner } from '../../../training/world/index.ts'
import { patient } from '../../support/patience.ts'
import { toyWorkspace } from '../toy.ts'

/** Pictures that they have learned by heart: a minute of learning is not enough for more. */
describe('classifier and dual encoder', () => {
  const workspace = toyWorkspace()
  const set = picturesOf(workspace)
  const indices = Array.from({ length: 16 }, (_, index) => index)
  const scenes = indices.map(index => sceneAt(set, index))
  const brief = (steps: number, rate = 4e-3) => ({
    batch: 16,
    adam: { ...evaluationRecipes.quick.classifier.adam, steps, warmUp: 5, rate, average: 0.9 },
  })
  afterAll(() => rmSync(workspace.folder, { recursive: true, force: true }))

  it(
    'learn to read pictures',
    async () => {
      await trainClassifier(workspace, brief(200))
      const classifier = await openClassifier(workspace)
      const judgements = await classifier(indices.map(index => readPicture(set, index)))
      const accuracy = accuracyOf(
        scenes,
        judgements.map(({ reading }) => reading),
      )
      // Guessing would give 0.2, 0.5 and 0.1.
      expect(accuracy.time.value).toBeGreaterThanOrEqual(0.8)
      expect(accuracy.place.value).toBeGreaterThanOrEqual(0.8)
      expect(accuracy.colour.value).toBeGreaterThanOrEqual(0.5)
      expect(judgements[0]!.features).toHaveLength(64)
    },
    patient(120_000),
  )

  it(
    'learn which caption belongs to which picture',
    async () => {
      await trainDualEncoder(workspace, brief(80, 1.5e-3))
      const dualEncoder = await openDualEncoder(workspace)
      const seen = await dualEncoder.see(indices.map(index => readPicture(set, index)))
      const read = await dualEncoder.read(scenes.map((scene, at) => captionScene(scene, at, completeManner)))
      const likeness = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0)
      expect(likeness(seen[0]!, seen[0]!)).toBeCloseTo(1, 5)
      const found = indices.filter(at =>
        read.every(other => likeness(seen[at]!, other) <= likeness(seen[at]!, read[at]!)),
      )
      // Guessing would find one.
      expect(found.length).toBeGreaterThanOrEqual(5)
    },
    patient(120_000),
  )
})
