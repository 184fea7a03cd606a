/** The student in a thread of its own: the same to the bit, and whoever opened it goes on meanwhile. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openStudent, type Sample, type StudentOptions } from '../../../engine/lcf/student.ts'
import { studentsInThreads } from '../../../engine/lcf/studentThread.ts'
import { findTargets, widthOf } from '../../../engine/lora/layout.ts'
import { readModelFolder } from '../../../engine/pipeline/modelFolder.ts'
import { createPaintContext } from '../../../engine/pipeline/paintContext.ts'
import { Random } from '../../../onnx/optim/random.ts'
import { fixtures } from '../../onnx/files.ts'
import { patient } from '../../support/patience.ts'

const modelFolder = join(fixtures, 'pipelines', 'today')
const rank = 2

async function buildOptions(): Promise<StudentOptions> {
  const folder = await readModelFolder(modelFolder)
  const { scheduler } = createPaintContext(folder)
  // This UNet attends to tokens of 16 numbers each.
  const promptShape = [folder.tokenizer.length, 16] as const
  return { folder, scheduler, size: { width: 8, height: 8 }, promptShape, rank, batch: 1, session: {} }
}

/** How often others had their turn while something was done. */
async function turnsDuring<Result>(work: Promise<Result>): Promise<{ result: Result; turns: number }> {
  let turns = 0
  let isOver = false
  const count = () => {
    turns++
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  const result = await work
  isOver = true
  return { result, turns }
}

it('is the same to the bit, and others have their turns while it opens', { timeout: patient(30_000) }, async () => {
  const options = await buildOptions()
  const { folder, promptShape } = options
  let adapterWidth = 0
  const here = await turnsDuring(
    openStudent({
      ...options,
      folder: {
        ...folder,
        unet: {
          open: given =>
            folder.unet.open({
              ...given,
              edit(model, read) {
                adapterWidth = widthOf(findTargets(model.graph, folder.styleTargets))
                return given.edit!(model, read)
              },
            }),
        },
      },
    }),
  )
  const there = await turnsDuring(studentsInThreads(modelFolder, {})(options))
  expect(there.turns).toBeGreaterThan(10 * here.turns)

  const random = new Random(7)
  const normals = (length: number) => random.normals(new Float32Array(length))
  const latents = folder.latentChannels * 8 * 8
  const sample: Sample = {
    ...{ z0: normals(latents), noise: normals(latents), promptEmbeds: normals(promptShape[0] * promptShape[1]) },
    guidance: folder.guidanceDim === undefined ? undefined : normals(folder.guidanceDim),
    ...{ timesteps: { t: 499, s: 259 }, lambda: 1 },
  }
  const given = [[sample], [normals(latents)], normals(rank * adapterWidth)] as const
  expect(await there.result.gradient(...given)).toEqual(await here.result.gradient(...given))
  await here.result.release()
  await there.result.release()
})

it('says what was wrong when it cannot be opened', { timeout: patient(30_000) }, async () => {
  await expect(studentsInThreads(join(fixtures, 'nowhere'), {})(await buildOptions())).rejects.toThrow(
    /nowhere|model_index/,
  )
})
