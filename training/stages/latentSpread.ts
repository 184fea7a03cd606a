import type { LatentSpread } from '../../engine/lora/tint.ts'

/** Mean and deviation of each channel over latents of many pictures, (N, C, area), rounded to what a file should hold. */
export function spreadOf(latents: Float32Array, channels: number, area: number): LatentSpread {
  const sums = new Float64Array(channels)
  const squares = new Float64Array(channels)
  for (const [at, value] of latents.entries()) {
    const channel = Math.floor(at / area) % channels
    sums[channel]! += value
    squares[channel]! += value * value
  }
  const count = latents.length / channels
  const rounded = (value: number) => Number(value.toPrecision(4))
  const mean = [...sums].map(sum => sum / count)
  const deviation = mean.map((middle, channel) => Math.sqrt(squares[channel]! / count - middle ** 2))
  return { mean: mean.map(rounded), deviation: deviation.map(rounded) }
}
