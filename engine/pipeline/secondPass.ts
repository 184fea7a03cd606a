/**
 * A second pass at twice the side: the picture is enlarged, and its tiles are painted over a little, in the same calls.
 * After each step the tiles are mixed where they overlap (MultiDiffusion, arXiv 2302.08113). No network ever sees more
 * than a tile, so it needs no more memory than the picture did.
 */
import { isFinite32, NonFiniteError } from '../../onnx/finite.ts'
import type { Rgb } from '../types/engine.ts'
import type { Coding } from './autoencoder.ts'
import type { PaintContext } from './paintContext.ts'
import { coloured, type Part, uncoloured } from './parts.ts'
import { doubled } from './resample.ts'
import type { LatentSize } from './rows.ts'
import { stepper } from './step.ts'
import { type Requesting, requested } from './stepRequests.ts'
import { cropped, type Tile, TileSum, tilesOver } from './tiles.ts'

export interface SecondPass {
  readonly picture: Rgb
  readonly coding: Coding
  /** Of the picture, and so of each tile, in latent pixels. */
  readonly size: LatentSize
  /** What a UNet that was trained to inpaint is told of each tile: that all of it is masked. */
  readonly inpainting: Float32Array | undefined
  /** None: the picture is enlarged and left alone. */
  readonly timesteps: readonly number[]
  /** The prompts that take part, as in the last step of the first pass. */
  readonly parts: readonly Part[]
  /** Draws of noise for the whole, (C, 2h, 2w). */
  readonly noise: (index: number) => Float32Array
  /** Steps that were made before. */
  readonly before: number
}

/** The picture at twice its side. */
export function* secondPass(pass: SecondPass, context: PaintContext): Requesting<Rgb> {
  const { coding, size, inpainting, timesteps, noise, before } = pass
  const enlarged = doubled(pass.picture)
  if (timesteps.length === 0) return enlarged
  const { scheduler, folder } = context
  const { latentChannels: channels, spatialFactor } = folder
  const tiles = tilesOver(size)
  const inPixels = { width: size.width * spatialFactor, height: size.height * spatialFactor }
  const parts = pass.parts.map(part => ({ ...part, share: part.share && enlargedShare(part.share, size) }))
  const { predict } = stepper(context, size)
  const mixedTiles = (values: readonly Float32Array[]) => {
    const sum = new TileSum(size, channels)
    const area = size.width * size.height
    for (const [at, tile] of tiles.entries()) sum.add(tile, (channel, i) => values[at]![channel * area + i]!)
    return sum.mean()
  }

  const encoded: Float32Array[] = []
  for (const tile of tiles) {
    const encoding = {
      picture: pixelsOf(enlarged, scaled(tile, spatialFactor), inPixels),
      noise: cropped(noise(0), tile, size),
      autoencoder: coding.encoder,
    }
    encoded.push((yield* requested({ type: 'latents', ...encoding })).map(z => z * coding.encoderScale))
  }
  const original = uncoloured(mixedTiles(encoded), parts, context.folder.latentSpread) // (C, 2h, 2w)
  let latents = original
  for (const [i, timestep] of timesteps.entries()) {
    const sample = scheduler.addNoise(latents, noise(i + 1), timestep)
    const samples = tiles.map(tile => ({
      ...{ sample: cropped(sample, tile, size), inpainting },
      parts: parts.map(part => ({ ...part, share: part.share && cropped(part.share, tile, size) })),
    }))
    latents = withCoarse(original, mixedTiles(yield* predict(samples, timestep)), size)
    if (!isFinite32(latents)) throw new NonFiniteError(`the latents after step ${before + i + 1}`)
    yield* requested({ type: 'stepped', step: before + i + 1, timestep, denoised: undefined })
  }

  const shown = coloured(latents, parts, channels).map(z => z / coding.decoderScale)
  const sum = new TileSum(inPixels, 3)
  for (const tile of tiles) {
    const { data } = yield* requested({
      type: 'picture',
      ...{ latents: cropped(shown, tile, size), size, autoencoder: coding.decoder },
    })
    sum.add(scaled(tile, spatialFactor), (channel, i) => data[i * 3 + channel]!)
  }
  return rgbOf(sum.mean(), enlarged.width, enlarged.height)
}

const scaled = ({ x, y }: Tile, factor: number): Tile => ({ x: x * factor, y: y * factor })

/** A region's share at twice the side, (h, w) → (2h, 2w). */
function enlargedShare(share: Float32Array, { width, height }: LatentSize): Float32Array {
  return Float32Array.from({ length: 4 * width * height }, (_, i) => {
    const [x, y] = [i % (2 * width), Math.floor(i / (2 * width))]
    return share[Math.floor(y / 2) * width + Math.floor(x / 2)]!
  })
}

function pixelsOf(whole: Rgb, { x, y }: Tile, { width, height }: LatentSize): Rgb {
  const data = new Uint8Array(width * height * 3)
  for (let row = 0; row < height; row++) {
    const start = ((y + row) * whole.width + x) * 3
    data.set(whole.data.subarray(start, start + width * 3), row * width * 3)
  }
  return { width, height, data }
}

/** Planes of bytes, (3, H, W) → rows of RGB. */
function rgbOf(planes: Float32Array, width: number, height: number): Rgb {
  const area = width * height
  const data = new Uint8Array(3 * area)
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < area; i++) data[i * 3 + channel] = Math.round(planes[channel * area + i]!)
  }
  return { width, height, data }
}

/**
 * `fine` with what is coarse in `coarse`, both (C, 2h, 2w): what the first pass could paint stays, and only what was too
 * small for it is new. Otherwise every tile would paint the whole prompt anew. (ILVR, arXiv 2108.02938.)
 */
function withCoarse(coarse: Float32Array, fine: Float32Array, { width, height }: LatentSize): Float32Array {
  const change = smoothed(
    coarse.map((value, i) => value - fine[i]!),
    { width: 2 * width, height: 2 * height },
  )
  return fine.map((value, i) => value + change[i]!)
}

/** A binomial filter, 1 2 1 in both directions, over each plane; edges are continued by their last value. */
function smoothed(planes: Float32Array, { width, height }: LatentSize): Float32Array {
  const area = width * height
  const filtered = (from: Float32Array, before: (i: number) => number, behind: (i: number) => number) =>
    from.map((value, i) => (from[before(i)]! + 2 * value + from[behind(i)]!) / 4)
  const across = filtered(
    planes,
    i => (i % width === 0 ? i : i - 1),
    i => (i % width === width - 1 ? i : i + 1),
  )
  return filtered(
    across,
    i => (i % area < width ? i : i - width),
    i => (i % area >= area - width ? i : i + width),
  )
}
