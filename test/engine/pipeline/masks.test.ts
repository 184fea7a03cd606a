import { describe, expect, it } from 'vitest'
import { changeOf, composited, doubledMask, hold, latentMask } from '../../../engine/pipeline/masks.ts'

const mask = (width: number, ...data: number[]) => ({
  ...{ width, height: data.length / width },
  data: Uint8Array.from(data),
})
const row = (...bytes: number[]) => ({ width: bytes.length / 3, height: 1, data: Uint8Array.from(bytes) })

describe('a mask in latents', () => {
  it('frees a cell as much as the freest of its pixels, so that a thin stroke is not lost', () => {
    const stroke = mask(4, 0, 0, 0, 0, /**/ 0, 255, 0, 0, /**/ 0, 0, 51, 0, /**/ 0, 0, 0, 0)
    expect([...latentMask(stroke, 2)].map(value => Math.round(value * 10) / 10)).toEqual([1, 0, 0, 0.2])
  })

  it('holds what it does not free, in every channel, and a soft edge for a share of the steps', () => {
    const painted = Float32Array.of(1, 2, 3, /**/ 4, 5, 6)
    const original = new Float32Array(6)
    const cells = Float32Array.of(1, 0.25, 0)
    expect([...hold(painted, original, cells, 0.25)]).toEqual([1, 0, 0, 4, 0, 0])
    expect([...hold(painted, original, cells, 0.75)]).toEqual([1, 0, 0, 4, 0, 0])
    expect([...hold(painted, original, cells, 1)]).toEqual([1, 2, 0, 4, 5, 0])
  })
})

describe('the picture with its mask', () => {
  it('equals the original where that is black, the painted one where it is white, and fades between them', () => {
    const original = row(10, 20, 30, 40, 50, 60, 0, 100, 200)
    const painted = row(1, 2, 3, 4, 5, 6, 200, 200, 200)
    expect(composited(painted, original, mask(3, 0, 255, 51))).toEqual(row(10, 20, 30, 4, 5, 6, 40, 120, 200))
  })
})

describe('ink over a picture', () => {
  const request = { owner: 'ada', priority: 'live', prompt: 'red', seed: 1, steps: 4, guidance: 1 } as const
  const changing = (masks: object, strength: number) =>
    changeOf({ ...request, width: 4, height: 2, strength, ...masks }, 2)
  const ink = mask(4, 0, 255, 0, 0, /**/ 0, 0, 0, 0)

  it('is held by what strength says may not change, with the cell that it lies in', () => {
    const { mask: pixels, cells } = changing({ inkMask: ink }, 0.2)!
    expect([...pixels.data]).toEqual([255, 51, 255, 255, /**/ 255, 255, 255, 255])
    expect([...cells].map(value => Math.round(value * 10) / 10)).toEqual([0.2, 1])
  })

  it('changes as everything else where nothing of the picture is to stay', () => {
    expect(changing({ inkMask: ink }, 1)).toBeUndefined()
  })

  it('is held within a mask, and what is masked out stays as it was', () => {
    const left = mask(4, 255, 255, 0, 0, /**/ 255, 255, 0, 0)
    expect([...changing({ inkMask: ink, maskImage: left }, 0.2)!.mask.data]).toEqual([255, 51, 0, 0, 255, 255, 0, 0])
  })

  it('lies under four pixels for each where the picture has twice the side', () => {
    expect(doubledMask(mask(2, 1, 2))).toEqual({ ...mask(4, 1, 1, 2, 2, 1, 1, 2, 2) })
  })
})
