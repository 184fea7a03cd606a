/** `npm run bench:gpu` as people run it, with networks of ten nodes over a software driver for Vulkan. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
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
      const on = { device: 'webgpu', model: 'tiny' }
      const near = { largest: expect.any(Number), mean: expect.toSatisfy((mean: number) => mean < 1) }
      expect(rows).toEqual([
        { type: 'parity', ...on, model: 'tiny-half', ...near },
        { type: 'parity', ...on, ...near },
        {
          ...{ type: 'speed', ...on, batches: [1, 2], perSecond: { 1: expect.any(Number), 2: expect.any(Number) } },
          ...{ perSecondUnbatched: expect.any(Number), gain: expect.any(Number), styledShare: expect.any(Number) },
          ...{ openSeconds: expect.any(Number), deviceMemoryMb: null },
        },
        {
          ...{ type: 'learning', ...on, stepMs: expect.any(Number), firstStepSeconds: expect.any(Number) },
          deviceMemoryMb: null,
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
