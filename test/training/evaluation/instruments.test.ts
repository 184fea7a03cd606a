import { describe, expect, it } from 'vitest'
import { timestepAt } from '../../../training/evaluation/denoising.ts'
import { newcomersPrompts } from '../../../training/evaluation/newcomers.ts'
import { correlation, edgesOf, fineEnergy } from '../../../training/evaluation/sharpness.ts'
import { diffusion } from '../../../training/solvers/diffusion.ts'

const side = 32
/** A grey picture whose brightness is a function of its place. */
const picture = (of: (x: number, y: number) => number) =>
  Uint8Array.from({ length: side * side * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3)
    return Math.round(255 * of(pixel % side, Math.floor(pixel / side)))
  })
/** Stripes of so many cycles a pixel, between 0.1 and 0.9: energy 0.4² / 2. */
const stripes = (cycles: number) => picture(x => 0.5 + 0.4 * Math.cos(2 * Math.PI * cycles * x))

describe('fine energy', () => {
  it('counts what is above the frequency, and nothing below', () => {
    expect(fineEnergy([stripes(1 / 4)], side)).toBeCloseTo(0.08, 2)
    expect(fineEnergy([stripes(1 / 16)], side)).toBeLessThan(1e-4)
    expect(fineEnergy([stripes(1 / 16)], side, 1 / 32)).toBeCloseTo(0.08, 2)
  })

  it('is the same whichever way the stripes run, and the mean over pictures', () => {
    const across = picture((_x, y) => 0.5 + 0.4 * Math.cos((2 * Math.PI * y) / 4))
    expect(fineEnergy([across], side)).toBeCloseTo(fineEnergy([stripes(1 / 4)], side), 5)
    expect(fineEnergy([across, picture(() => 0.5)], side)).toBeCloseTo(0.04, 2)
  })
})

describe('edges', () => {
  it('lie where brightness changes', () => {
    const edges = edgesOf(
      picture(x => (x < 10 ? 0 : 1)),
      side,
    )
    for (const [at, edge] of edges.entries()) expect(edge).toBeCloseTo(at % side === 9 ? 1 : 0, 5)
  })

  it('of a picture agree with themselves, and of another place with nothing', () => {
    const [left, right] = [8, 20].map(step =>
      edgesOf(
        picture(x => (x < step ? 0 : 1)),
        side,
      ),
    ) as [Float64Array, Float64Array]
    expect(correlation(left, left)).toBeCloseTo(1, 6)
    expect(correlation(left, right)).toBeLessThan(0)
    expect(correlation(left, new Float64Array(left.length))).toBe(0)
  })
})

it('finds the timestep of a signal-to-noise ratio', () => {
  for (const snr of [0.03, 0.32, 1.75]) {
    const { alpha, sigma } = diffusion.noiseAt(timestepAt(snr))
    expect(alpha ** 2 / sigma ** 2 / snr).toBeGreaterThan(0.98)
    expect(alpha ** 2 / sigma ** 2 / snr).toBeLessThan(1.02)
  }
})

it('has 48 different prompts of newcomers', () => {
  expect(new Set(newcomersPrompts).size).toBe(48)
})
