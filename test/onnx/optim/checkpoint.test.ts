import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from '../../../onnx/optim/checkpoint.ts'

const folder = mkdtempSync(join(tmpdir(), 'fourstroke-checkpoint-'))
afterAll(() => rmSync(folder, { recursive: true }))

const checkpoint: Checkpoint = {
  record: {
    stage: 'vae',
    step: 3,
    random: [1, 2, 3, 2 ** 32 - 1],
    loss: 0.1 + 0.2,
    bestLoss: null,
    seconds: 1,
    recipe: {},
  },
  arrays: { weights: Float32Array.of(1, -0, Math.PI), second: Float32Array.of(1e-38) },
}

describe('a checkpoint', () => {
  it('comes back to the bit', async () => {
    const file = join(folder, 'whole')
    await saveCheckpoint(file, checkpoint)
    expect(loadCheckpoint(file)).toEqual(checkpoint)
  })

  it('leaves the old one whole when writing the next one fails', async () => {
    const file = join(folder, 'atomic')
    await saveCheckpoint(file, checkpoint)
    const before = readFileSync(file)
    const broken = { ...checkpoint.arrays, more: undefined as unknown as Float32Array }
    await expect(saveCheckpoint(file, { ...checkpoint, arrays: broken })).rejects.toThrow()
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('says when it was cut off, and when it is something else', async () => {
    const file = join(folder, 'cut')
    await saveCheckpoint(file, checkpoint)
    const { length } = readFileSync(file)
    truncateSync(file, length - 4)
    expect(() => loadCheckpoint(file)).toThrow(`to have ${length} bytes, got ${length - 4}: it was cut off`)
    writeFileSync(file, 'something else')
    expect(() => loadCheckpoint(file)).toThrow('to be a checkpoint, got other bytes')
  })
})
