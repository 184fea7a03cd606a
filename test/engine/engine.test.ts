import { describe, expect, it } from 'vitest'
import { openEngine } from '../../engine/index.ts'
import { collectLog } from '../support/log.ts'
import { testEngine } from './engineContract.ts'
import { writeTinyModel } from './support/tinyModel.ts'

const { log } = collectLog()

describe('on this machine', () => testEngine(openEngine))

describe('an engine that cannot open', () => {
  it('says which part is broken', async () => {
    const { folder, remove } = writeTinyModel({ files: { 'unet/model.onnx': 'not a graph' } })
    await expect(openEngine({ modelFolder: folder, device: 'cpu', log })).rejects.toMatchObject({
      code: 'model/broken',
      message: expect.stringContaining('part unet: expected an ONNX graph'),
    })
    remove()
  })

  it('says why the device that was asked for is not there', async () => {
    const { folder, remove } = writeTinyModel()
    const refusal = await openEngine({ modelFolder: folder, device: 'cuda' }).then(
      async engine => {
        await engine.close()
        console.warn('Skipped: this machine has CUDA, so nothing refuses it.')
      },
      (error: unknown) => error,
    )
    if (refusal)
      expect(refusal).toMatchObject({ code: 'device/unavailable', message: expect.stringContaining('cuda:') })
    remove()
  })
})
