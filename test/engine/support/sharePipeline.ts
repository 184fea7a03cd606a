import { afterAll, beforeAll } from 'vitest'
import { readModelFolder } from '../../../engine/pipeline/modelFolder.ts'
import { openPipeline, type Pipeline } from '../../../engine/pipeline/pipeline.ts'
import { assemblePipeline, type PipelineName } from '../../support/pipelines.ts'
import { temporaryFolder } from '../../support/studio.ts'

/** A model folder for the tests of one file. */
interface TestModel {
  readonly folder: string
  remove(): void
}

/** The pipeline of a model, opened on the CPU before the tests of a file; after them it is released and the folder removed. */
export function sharePipeline({ folder, remove }: TestModel): { readonly pipeline: Pipeline } {
  let opened: Pipeline | undefined
  beforeAll(async () => {
    opened = await openPipeline(await readModelFolder(folder), { device: 'cpu', threads: 1, upcast: true })
  })
  afterAll(async () => {
    await opened?.release()
    remove()
  })
  return {
    get pipeline() {
      if (!opened) throw new Error('Expected a pipeline, which is open while tests run.')
      return opened
    },
  }
}

/** A model of the fixtures, put together in a folder of its own. */
export function fixtureModel(name: PipelineName): TestModel {
  const { folder, remove } = temporaryFolder()
  return { folder: assemblePipeline(name, folder), remove }
}
