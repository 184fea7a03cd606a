import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Pipeline } from '../../../engine/pipeline/pipeline.ts'
import { loadCheckpoint } from '../../../onnx/optim/checkpoint.ts'
import { trainClassifier } from '../../../training/evaluation/classifier.ts'
import { evaluationRecipes } from '../../../training/evaluation/evaluationRecipes.ts'
import { type EvaluateOptions, evaluate, measureAlone } from '../../../training/evaluation/index.ts'
import {
  createLcmPipeline,
  openModel,
  openStudentPipeline,
  openTeacher,
} from '../../../training/evaluation/pipelines.ts'
import { begin, end } from '../../../training/evaluation/report.ts'
import type { Evaluation } from '../../../training/evaluation/results.ts'
import { train } from '../../../training/index.ts'
import { trainedStudent } from '../../../training/stages/lcd.ts'
import { trainedTeacher } from '../../../training/stages/teacher.ts'
import { patient } from '../../support/patience.ts'
import { toyWorkspace } from '../toy.ts'

const { classifier, dualEncoder } = evaluationRecipes.quick
const brief = {
  classifier: { batch: 4, adam: { ...classifier.adam, steps: 3 } },
  dualEncoder: { batch: 4, adam: { ...dualEncoder.adam, steps: 3 } },
}

describe('the evaluation of a toy model', () => {
  const workspace = toyWorkspace()
  const { folder, modelFolder, recipe } = workspace
  const document = join(folder, 'docs', 'evaluation.md')
  const options: EvaluateOptions = {
    config: 'quick',
    recipe,
    evaluation: brief,
    folder,
    modelFolder,
    tables: ['bounds', 'heldOut'],
    n: 64,
    reference: 64,
    timed: 3,
    document,
    command: 'npx fourstroke eval --quick',
    threads: 1,
  }
  let pipeline: Pipeline
  beforeAll(async () => {
    await train('all', { folder, modelFolder, recipe, threads: 1 })
    pipeline = await openModel(modelFolder, 1)
  }, patient(120_000))
  afterAll(async () => {
    await pipeline.release()
    rmSync(folder, { recursive: true, force: true })
  })

  it(
    'goes on from the teacher that ships beside a model folder, when no checkpoint is left',
    async () => {
      const fresh = join(folder, 'from-a-clone')
      const document = join(fresh, 'evaluation.md')
      const { bounds } = await evaluate({ ...options, folder: fresh, document, tables: ['bounds'] })
      expect(bounds!.made.n).toBe(64)
      // Training goes on from it as well, by any stage that needs a teacher.
      const lcd = join(folder, 'lcd-from-a-clone')
      await train('lcd', { folder: lcd, recipe, from: modelFolder, threads: 1 })
      expect(loadCheckpoint(join(lcd, 'lcd.checkpoint')).record.step).toBe(recipe.lcd.adam.steps)
    },
    patient(60_000),
  )

  it('measures a model folder alone, without checkpoints, and keeps a sheet of what newcomers type', async () => {
    const alone = join(folder, 'alone', 'evaluation.md')
    const elsewhere = join(folder, 'nothing-here')
    const { instruments } = await measureAlone({ ...options, folder: elsewhere, document: alone })
    const { denoising, fineEnergy, edges, edgesOfRoundTrip, guidanceEffect, diversity } = instruments!.rows
    expect(denoising.map(({ scenes, snr }) => [scenes, snr])).toEqual(
      ['garden', 'world'].flatMap(scenes => [0.03, 0.32, 1.75].map(snr => [scenes, snr])),
    )
    for (const { error, channels } of denoising) {
      expect(error).toBeGreaterThan(0)
      expect(channels).toHaveLength(recipe.vae.channels)
    }
    expect(edges.map(({ strength }) => strength)).toEqual([0.3, 0.5, 0.7, 0.9])
    expect(edgesOfRoundTrip).toBeGreaterThan(edges.at(-1)!.kept)
    for (const figure of [fineEnergy.roundTripOfClean, fineEnergy.fourStepsOfRoundTrip, guidanceEffect, diversity])
      expect(figure).toBeGreaterThan(0)
    expect(readFileSync(alone, 'utf8')).toContain('(evaluation/newcomers.webp)')
    expect(existsSync(join(folder, 'alone', 'evaluation', 'newcomers.webp'))).toBe(true)
  })

  it(
    'writes figures into the document and leaves the words around them',
    async () => {
      await evaluate({ ...options, tables: ['bounds'] })
      writeFileSync(document, readFileSync(document, 'utf8').replace('# Evaluation', '# Evaluation\n\nWords of ours.'))
      const { bounds, heldOut, time, reading, training } = await evaluate({
        ...options,
        tables: ['heldOut', 'time', 'reading'],
      })
      expect(bounds?.rows.map(({ name }) => name)).toEqual(['clean renders', 'autoencoder round trip'])
      expect(heldOut?.rows.map(({ painter, steps, calls }) => [painter, steps, calls])).toEqual([
        ['LCM', 4, 4],
        ['DDIM', 25, 50],
      ])
      expect(time?.made.n).toBe(1)
      // There is only clear weather in the toy's world, so nothing else can be said of it.
      expect(new Set(reading?.rows.map(({ attribute }) => attribute))).toEqual(
        new Set(['time', 'place', 'kind', 'colour', 'position']),
      )
      expect(training?.map(({ stage }) => stage)).toEqual([
        'vae',
        'decoder',
        'critic',
        'text',
        'teacher',
        'guidance',
        'lcd',
        'judge',
        'matcher',
      ])
      for (const { figures } of [...bounds!.rows, ...heldOut!.rows]) {
        for (const { value, low, high } of [...Object.values(figures.accuracy), figures.frechet, figures.recall]) {
          expect(low).toBeLessThanOrEqual(value)
          expect(high).toBeGreaterThanOrEqual(value)
        }
      }
      // The autoencoder of the toy blurs, so its pictures are further away than other clean ones.
      expect(bounds!.rows[1]!.figures.frechet.value).toBeGreaterThan(bounds!.rows[0]!.figures.frechet.value)

      const written = readFileSync(document, 'utf8')
      expect(written).toContain('Words of ours.')
      expect(written.split(begin)).toHaveLength(2)
      expect(written.split(end)).toHaveLength(2)
      expect(written).toContain('npx fourstroke eval --quick')
      expect(JSON.parse(readFileSync(document.replace('.md', '.json'), 'utf8')) as Evaluation).toEqual({
        training,
        bounds,
        heldOut,
        time,
        reading,
      })
    },
    patient(120_000),
  )

  it('finds the classifier as it was left', async () => {
    const file = join(folder, 'judge.checkpoint')
    const before = readFileSync(file)
    expect(loadCheckpoint(file).record.step).toBe(3)
    await trainClassifier(workspace, brief.classifier)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('paints the same from the folder and from the checkpoint that it was made of', async () => {
    const options = { captions: ['a red house', 'a tree on a beach'], seeds: [3, 4], steps: 2, guidance: 3 }
    const shipped = await createLcmPipeline(pipeline)(options)
    const paintStudent = await openStudentPipeline(pipeline, workspace, trainedStudent(workspace))
    const trained = await paintStudent(options)
    const distance = Math.max(
      ...shipped.flatMap((rgb, at) => [...rgb].map((byte, i) => Math.abs(byte - trained[at]![i]!))),
    )
    // The folder's weights are halves.
    expect(distance).toBeLessThanOrEqual(3)
    expect(shipped[0]).not.toEqual(shipped[1])
  })

  it('paints a picture alike alone and beside others, with teacher and student', async () => {
    const teacher = await openTeacher(pipeline, workspace, trainedTeacher(workspace))
    for (const paint of [createLcmPipeline(pipeline), teacher('DDIM'), teacher('DPM-Solver++')]) {
      const both = await paint({ captions: ['a tree', 'a house'], seeds: [1, 2], steps: 2, guidance: 2 })
      const [alone] = await paint({ captions: ['a house'], seeds: [2], steps: 2, guidance: 2 })
      expect(Math.max(...alone!.map((byte, i) => Math.abs(byte - both[1]![i]!)))).toBeLessThanOrEqual(1)
    }
  })

  it(
    'measures distillations by solver and skip, from one folder',
    async () => {
      const lcd = { ...recipe.lcd, adam: { ...recipe.lcd.adam, steps: 2 } }
      const { distillation } = await evaluate({
        ...options,
        recipe: { ...recipe, lcd },
        tables: ['distillation'],
        distillation: {
          runs: [
            { solver: 'ddim', skip: 50 },
            { solver: 'dpm++', skip: 20 },
          ],
          iterations: 2,
          every: 2,
        },
      })
      expect(distillation!.rows.map(({ solver, skip, iterations }) => `${solver} ${skip} ${iterations}`)).toEqual([
        'ddim 50 2',
        'dpm++ 20 2',
      ])
      expect(existsSync(join(folder, 'evaluation', 'distillation.svg'))).toBe(false)
      expect(readFileSync(join(folder, 'docs', 'evaluation', 'distillation.svg'), 'utf8')).toContain('iterations')
    },
    patient(120_000),
  )

  it(
    'measures ways of learning a style',
    async () => {
      const { styles } = await evaluate({
        ...options,
        tables: ['styles'],
        styling: {
          styles: ['sepia'],
          methods: {
            brief: { steps: 2, batch: 2, rank: 1 },
            ends: { steps: 2, batch: 2, rank: 1, targets: ['ends'] },
          },
          seeds: [1, 2],
          pictures: 4,
        },
      })
      expect(styles!.rows.map(({ style, method, seed }) => `${style}, ${method}, ${seed}`)).toEqual([
        'sepia, true renders, 0',
        'sepia, without the style, 0',
        'sepia, brief, 1',
        'sepia, brief, 2',
        'sepia, ends, 1',
        'sepia, ends, 2',
      ])
      const [renders, ...painted] = styles!.rows
      expect(renders!.toRender.value).toBe(0)
      expect(renders!.distance).toBeCloseTo(0, 3)
      // Without a style there is nothing to undo, but for the way through the autoencoder.
      expect(painted[0]!.content).toBeCloseTo(painted[0]!.kept, 0)
      for (const { toRender, distance, kept, content, diversity } of painted) {
        for (const figure of [toRender.value, distance, diversity]) expect(figure).toBeGreaterThan(0)
        for (const share of [kept, content]) expect(share).toBeLessThanOrEqual(1)
      }
      expect(readFileSync(document, 'utf8')).toContain('| sepia | brief |')
    },
    patient(240_000),
  )

  it('says what it cannot do without', async () => {
    await expect(evaluate({ ...options, n: 100 })).rejects.toThrow('Expected `n` to be a multiple of 64')
    const elsewhere = { folder: join(folder, 'nowhere'), modelFolder: join(folder, 'no-model') }
    await expect(evaluate({ ...options, ...elsewhere })).rejects.toThrow('run `npx fourstroke train all`')
  })
})
