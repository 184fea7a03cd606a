/**
 * The WebGPU provider for real, without a graphics card: SwiftShader computes Vulkan in software. Debian's chromium
 * package brings it (with libvulkan1).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engine, openEngine, type PaintRequest } from '../../../engine/index.ts'
import { isHere } from '../../support/need.ts'
import { patient } from '../../support/patience.ts'
import { hasSwiftShader, swiftShader, swiftShaderCure } from '../../support/vulkan.ts'
import { writeTinyModel } from '../support/tinyModel.ts'

const hasDriver = isHere(hasSwiftShader(), swiftShaderCure)

describe.runIf(hasDriver)('on WebGPU', () => {
  let engine: Engine
  let reference: Engine
  const { folder, remove } = writeTinyModel()
  beforeAll(async () => {
    // The engine process inherits it; nothing else in this test touches a graphics driver.
    process.env['VK_ICD_FILENAMES'] = swiftShader
    engine = await openEngine({ modelFolder: folder, device: 'webgpu', batches: [4] })
    reference = await openEngine({ modelFolder: folder, device: 'cpu', batches: [1] })
  }, patient(120_000))
  afterAll(async () => {
    await engine?.close()
    await reference?.close()
    remove()
  })

  const asks = [1, 2, 3, 4].map(
    (seed): PaintRequest => ({
      owner: `owner ${seed}`,
      priority: 'interactive',
      prompt: 'red blue',
      seed,
      steps: seed,
      guidance: 8.5,
      width: 32,
      height: 32,
      ...(seed > 2 && {
        image: { width: 32, height: 32, data: new Uint8Array(32 * 32 * 3).fill(90) },
        strength: 0.6,
      }),
    }),
  )

  it('runs where it was asked to', () => {
    expect(engine.info).toMatchObject({ device: 'webgpu', deviceReason: 'webgpu was asked for.' })
  })

  it('paints what the CPU paints, several pictures at once', async () => {
    const paint = async (on: Engine) => {
      const ends = await Promise.all(asks.map(ask => on.paint(ask).ended))
      return ends.map(end => (end.type === 'finished' ? end.picture.data : expect.fail(JSON.stringify(end))))
    }
    const [pictures, expected] = [await paint(engine), await paint(reference)]
    for (const [i, picture] of pictures.entries()) {
      const difference = picture.reduce((most, byte, j) => Math.max(most, Math.abs(byte - expected[i]![j]!)), 0)
      expect(difference).toBeLessThanOrEqual(2)
    }
  })

  it('paints with a style and without one what the CPU paints', async () => {
    const model = writeTinyModel({ projections: true })
    const paint = async (device: 'cpu' | 'webgpu') => {
      const styled = await openEngine({ modelFolder: model.folder, device, batches: [1] })
      const { valuesPerRank } = styled.styleLayout!
      styled.registerStyle('ink', {
        rank: 2,
        values: Float32Array.from({ length: 2 * valuesPerRank }, (_, at) => Math.sin(at) / 10),
      })
      const pictures: Uint8Array[] = []
      for (const styles of [[], [{ id: 'ink', weight: 1 }]]) {
        const end = await styled.paint({ ...asks[0]!, styles }).ended
        pictures.push(end.type === 'finished' ? end.picture.data : expect.fail(JSON.stringify(end)))
      }
      await styled.close()
      return pictures
    }
    const [pictures, expected] = [await paint('webgpu'), await paint('cpu')]
    model.remove()
    expect(pictures[0]).not.toEqual(pictures[1])
    for (const [i, picture] of pictures.entries()) {
      const difference = picture.reduce((most, byte, j) => Math.max(most, Math.abs(byte - expected[i]![j]!)), 0)
      expect(difference).toBeLessThanOrEqual(2)
    }
  })

  it('computes half precision in float32 where the adapter has no 16-bit shaders, and says so', async () => {
    const half = writeTinyModel({ half: true })
    const halves = await openEngine({ modelFolder: half.folder, device: 'webgpu', batches: [1] })
    const { ignored } = halves.info
    const end = await halves.paint(asks[0]!).ended
    await halves.close()
    half.remove()
    expect(end.type).toBe('finished')
    expect(ignored.join()).toContain('webgpu computes it in float32')
  })

  it('is not chosen by auto where it computes in software, and auto says so', async () => {
    const auto = await openEngine({ modelFolder: folder, batches: [1] })
    const { device, deviceReason, providers } = auto.info
    await auto.close()
    if (device === 'cuda') return console.warn('Skipped: CUDA comes before WebGPU on this machine.')
    expect(device).toBe('cpu')
    expect(deviceReason).toMatch(/webgpu: its adapter needs \d+ ms .* so it computes in software/)
    expect(providers.map(tried => tried.device)).toEqual(['cuda', 'webgpu', 'cpu'])
  })
})
