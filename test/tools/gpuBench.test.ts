/** `npm run bench:gpu` as people run it, with networks of ten nodes over a software driver for Vulkan. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { unzipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { readUniform } from '../../bench/randomModel.ts'
import { decodeModel } from '../../onnx/codec.ts'
import { halfToFloat } from '../../onnx/float16.ts'
import { elementCount } from '../../onnx/tensor.ts'
import { isHere } from '../support/need.ts'
import { patient } from '../support/patience.ts'
import { hasSwiftShader, swiftShader, swiftShaderCure } from '../support/vulkan.ts'

const root = join(import.meta.dirname, '..', '..')

/** Rows of a rehearsal, and whether it found a fault. */
async function rehearse(options: readonly string[]) {
  const child = promisify(execFile)('npx', ['tsx', 'bench/gpu.ts', '--rehearse', ...options], {
    ...{ cwd: root, env: { ...process.env, VK_ICD_FILENAMES: swiftShader } },
  })
  const { stdout } = await child
  const lines = stdout.trim().split('\n')
  return { lines, ...JSON.parse(lines.at(-1)!) }
}

describe.runIf(isHere(hasSwiftShader(), swiftShaderCure))(
  'over a software driver',
  { timeout: patient(300_000) },
  () => {
    test('WebGPU paints what the CPU paints, alone, together and with styles, and learns', async () => {
      const { rows } = await rehearse(['--devices', 'webgpu', '--batches', '1,2'])
      const memory = expect.toSatisfy((mb: number | null) => mb === null || mb >= 0)
      const on = { device: 'webgpu', model: 'tiny' }
      const near = { largest: expect.any(Number), mean: expect.toSatisfy((mean: number) => mean < 1) }
      expect(rows).toEqual([
        { type: 'parity', ...on, model: 'tiny-half', ...near },
        { type: 'parity', ...on, ...near },
        {
          ...{ type: 'speed', ...on, batches: [1, 2], perSecond: { 1: expect.any(Number), 2: expect.any(Number) } },
          ...{ perSecondUnbatched: expect.any(Number), gain: expect.any(Number), styledShare: expect.any(Number) },
          ...{ openSeconds: expect.any(Number), deviceMemoryMb: memory, ignored: [], refused: null },
        },
        {
          ...{ type: 'learning', ...on, stepMs: expect.any(Number), firstStepSeconds: expect.any(Number) },
          deviceMemoryMb: memory,
        },
      ])
    })
  },
)

test('a device that is not here is said with its reason, and is no fault', { timeout: patient(120_000) }, async () => {
  const { rows, lines } = await rehearse(['--devices', 'cuda', '--measures', 'parity'])
  if (rows[0].type === 'parity') return console.warn('Skipped: CUDA is here.')
  expect(rows).toEqual([{ type: 'missing', device: 'cuda', reason: expect.stringContaining('cuda') }])
  expect(lines.join('\n')).toContain('cuda: not here: ')
})

test('the outline of Stable Diffusion 1.5 has all of its weights, each drawn from the range that it says', () => {
  const outline = unzipSync(readFileSync(join(root, 'bench/sd15.zip')))
  const millions = (part: string) => {
    const { initializers } = decodeModel(outline[`${part}/model.onnx`]!).graph
    return Math.round([...initializers.values()].reduce((sum, { dims }) => sum + elementCount(dims), 0) / 1e6)
  }
  expect(['unet', 'text_encoder', 'vae_decoder'].map(millions)).toEqual([860, 123, 49])
  const weights = halfToFloat(new Uint16Array(readUniform('uniform 0.5', 0, 6e6).buffer))
  expect(weights).toHaveLength(3e6)
  expect(Math.abs(weights.reduce((sum, value) => sum + value, 0) / weights.length)).toBeLessThan(0.01)
  expect(Math.max(...weights.subarray(0, 1e4))).toBeCloseTo(0.5, 2)
  expect(new Set(halfToFloat(new Uint16Array(readUniform('constant 1', 0, 64).buffer)))).toEqual(new Set([1]))
  expect(() => readUniform('weights.pb', 0, 64)).toThrow(/got "weights\.pb"/)
})
