/** Puts the textures of styles on finished pictures, and takes them off those that are painted over. */
import { createSession, type Session, type SessionOptions } from '../../onnx/session.ts'
import { Tape } from '../../onnx/tape/tape.ts'
import { float32, type Tensor } from '../../onnx/tensor.ts'
import {
  cellSide,
  groundShape,
  laidOut,
  partsOfTexture,
  rangeOf,
  textured,
  textureWeights,
  withinRange,
} from '../lora/texture.ts'
import type { Rgb } from '../types/rgb.ts'
import type { TextureLayer } from '../types/styles.ts'
import { folded, smoothed, squaredDifference, unfolded } from './cells.ts'

export interface Texturing {
  /** x + Σ weight · share · (texture(x′) − x′), x′ being x within the texture's range; rounded to bytes. */
  textured(picture: Rgb, layers: readonly TextureLayer[]): Promise<Rgb>
  /** A picture that is painted over, smoothed if it has one of these textures already: encoded, a texture is nonsense. */
  untextured(picture: Rgb, layers: readonly TextureLayer[]): Promise<Rgb>
}

/** Of the smoothing before a picture is given a texture, in learning too: about half of a cell. */
export const smoothingRadius = 4
/** A picture has a texture if that explains so much of what smoothing takes from it (in squares). */
const explained = 0.5

/** Opens its network, which all textures share, when it is first needed. */
export function openTexturing(options: SessionOptions): Texturing & { release(): Promise<void> } {
  let opening: Promise<Session> | undefined
  const session = () => {
    opening ??= createSession(textureGraph(), options)
    return opening
  }

  /** What a texture adds to a picture of whole cells, in its cells. */
  async function run({ width, height }: Rgb, cells: Float32Array, values: Float32Array): Promise<Float32Array> {
    const [columns, rows] = [width / cellSide, height / cellSide]
    const parts = partsOfTexture(values)
    const known = withinRange(cells, rangeOf(values))
    const feeds: Record<string, Tensor> = { picture: float32(known, [1, 3 * cellSide ** 2, rows, columns]) }
    for (const { name, shape } of textureWeights) feeds[name] = float32(parts[name]!, shape)
    feeds['ground'] = float32(laidOut(parts['ground']!, columns, rows), groundShape(columns, rows))
    const made = (await (await session()).run(feeds))['textured']!.data as Float32Array
    return made.map((value, at) => value - known[at]!)
  }

  async function put(picture: Rgb, layers: readonly TextureLayer[]): Promise<Rgb> {
    const { width, height } = picture
    if (!isOfWholeCells(picture)) return picture
    const cells = folded(picture)
    const sum = cells.slice()
    for (const { values, weight, share } of layers) {
      const added = await run(picture, cells, values)
      const shareAt = share && sharesOfCells(share, width, height)
      for (let at = 0; at < sum.length; at++)
        sum[at]! += weight * (shareAt ? shareAt[at % shareAt.length]! : 1) * added[at]!
    }
    return unfolded(sum, width, height)
  }

  return {
    textured: put,
    async untextured(picture, layers) {
      const smooth = smoothed(picture, smoothingRadius)
      for (const { values } of layers) {
        const again = await put(smooth, [{ values, weight: 1 }])
        if (squaredDifference(again, picture) < explained * squaredDifference(smooth, picture)) return smooth
      }
      return picture
    },
    async release() {
      await (await opening)?.release()
    },
  }
}

/** Answers a request for textures to be put on or taken off. */
export function answerTexture(
  pipeline: Texturing,
  { picture, layers, isOff }: { picture: Rgb; layers: readonly TextureLayer[]; isOff: boolean },
): Promise<Rgb> {
  return isOff ? pipeline.untextured(picture, layers) : pipeline.textured(picture, layers)
}

const isOfWholeCells = ({ width, height }: Rgb): boolean => width % cellSide === 0 && height % cellSide === 0

function textureGraph(): Uint8Array {
  const t = new Tape()
  const picture = t.input('picture', 'float32', [1, 3 * cellSide ** 2, 'rows', 'columns'])
  const weights = Object.fromEntries(
    textureWeights.map(({ name, shape }) => {
      const [one, channels] = shape
      return [name, t.input(name, 'float32', name === 'ground' ? [one!, channels!, 'rows', 'columns'] : shape)]
    }),
  )
  return t.encode({ textured: textured(t, picture, weights) })
}

/** Shares of the latents' cells, on the cells of textures: the nearest. */
function sharesOfCells(share: Float32Array, width: number, height: number): Float32Array {
  const factor = Math.sqrt((width * height) / share.length)
  const [columns, rows] = [width / cellSide, height / cellSide]
  return Float32Array.from({ length: columns * rows }, (_, at) => {
    const [x, y] = [((at % columns) + 0.5) * cellSide, (Math.floor(at / columns) + 0.5) * cellSide]
    return share[Math.floor(y / factor) * (width / factor) + Math.floor(x / factor)]!
  })
}
