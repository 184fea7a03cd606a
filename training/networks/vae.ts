import type { Dimension } from '../../onnx/model.ts'
import { product, type Value } from '../../onnx/tape/tape.ts'
import { conv } from './layers.ts'
import type { Network } from './network.ts'

/**
 * A small convolutional variational autoencoder: pictures (B, 3, 8h, 8w) in −1 … 1 ↔ latents (B, channels, h, w).
 * Both ways add a linear map of 8×8 patches, begun with their principal components, and a convolutional correction
 * that begins at zero: the first step already works as a patch codec, and learning only sharpens it. There are no
 * normalization layers, so crops and whole pictures are treated alike.
 */
export interface VaeConfig {
  readonly channels: number
  /** Widths at 1/2, 1/4 and 1/8 of the picture's size. */
  readonly widths: readonly [number, number, number]
  /** ln of the posterior's variance, the same everywhere: how much noise the decoder learns to bear. */
  readonly logVariance: number
  /**
   * Where given, pictures are twice as large, 16 pixels to a latent: the encoder averages them down, the decoder paints
   * the finer half by layers of this width at half of their size, over what it would paint without.
   */
  readonly fineWidth?: number
  /**
   * How many of the channels come from an encoder of their own, which sees every pixel; the others stay what they are
   * without it, so that whoever has learned from those goes on with them.
   */
  readonly detailChannels?: number
}

/** Widths of the encoder of details at 1/2, 1/4 and 1/8 of the picture's size. */
const detailWidths = [16, 40, 64] as const

/** Side of the linear patches. */
export const patch = 8

/** How many times a latent is smaller than its picture. */
export const spatialFactorOf = ({ fineWidth }: Pick<VaeConfig, 'fineWidth'>): number => (fineWidth ? 2 * patch : patch)

/** Whether a weight belongs to the finer half, which smaller autoencoders do not have. */
export const isFine = (name: string): boolean => name.startsWith('decoder.up_blocks.2.')

/** Whether a weight belongs to the encoder of details, which earlier autoencoders do not have. */
export const isDetailEncoder = (name: string): boolean => name.startsWith('encoder.details.')

/** Picture (B, 3, 8h, 8w), or (B, 3, 16h, 16w) with `fineWidth` → mean of the posterior (B, channels, h, w). */
export function vaeEncoder(n: Network, picture: Value, config: VaeConfig): Value {
  const { detailChannels } = config
  return n.scope('encoder', () => {
    const coarse = coarseLatents(n, picture, config)
    if (!detailChannels) return coarse
    const details = n.scope('details', () => detailLatents(n, picture, detailChannels))
    return n.concat([coarse, details], 1)
  })
}

function coarseLatents(n: Network, picture: Value, config: VaeConfig): Value {
  const { widths, fineWidth, detailChannels = 0 } = config
  const [half, quarter, eighth] = widths
  const channels = config.channels - detailChannels
  const x = fineWidth ? n.averagePool(picture, [2, 2]) : picture
  const codes = conv(n, 'patches', x, { in: 3, out: channels }, { kernel: patch, stride: patch, pad: 0, zero: true })
  let y = n.silu(conv(n, 'conv_in', x, { in: 3, out: half }, { stride: 2 }))
  y = n.silu(conv(n, 'down_blocks.0.downsamplers.0.conv', y, { in: half, out: quarter }, { stride: 2 }))
  y = residual(n, 'down_blocks.0.resnets.0', y, quarter)
  y = n.silu(conv(n, 'down_blocks.1.downsamplers.0.conv', y, { in: quarter, out: eighth }, { stride: 2 }))
  y = residual(n, 'mid_block.resnets.0', y, eighth)
  y = residual(n, 'mid_block.resnets.1', y, eighth)
  return n.add(codes, conv(n, 'conv_out', y, { in: eighth, out: channels }, { zero: true }))
}

/** Picture (B, 3, 16h, 16w) → (B, channels, h, w). */
function detailLatents(n: Network, picture: Value, channels: number): Value {
  const [first, second, third] = detailWidths
  let y = n.silu(conv(n, 'conv_in', picture, { in: 3, out: first }, { stride: 2 }))
  y = n.silu(conv(n, 'down_blocks.0.downsamplers.0.conv', y, { in: first, out: second }, { stride: 2 }))
  y = residual(n, 'down_blocks.0.resnets.0', y, second)
  y = n.silu(conv(n, 'down_blocks.1.downsamplers.0.conv', y, { in: second, out: third }, { stride: 2 }))
  y = residual(n, 'down_blocks.1.resnets.0', y, third)
  y = n.silu(conv(n, 'down_blocks.2.downsamplers.0.conv', y, { in: third, out: third }, { stride: 2 }))
  y = residual(n, 'mid_block.resnets.0', y, third)
  y = residual(n, 'mid_block.resnets.1', y, third)
  return conv(n, 'conv_out', y, { in: third, out: channels })
}

/** z (B, channels, h, w) → picture (B, 3, 8h, 8w), or (B, 3, 16h, 16w) with `fineWidth`. */
export function vaeDecoder(n: Network, z: Value, { channels, widths, fineWidth }: VaeConfig): Value {
  const [half, quarter, eighth] = widths
  return n.scope('decoder', () => {
    const patches = conv(n, 'patches', z, { in: channels, out: 3 * patch * patch }, { kernel: 1, zero: true })
    let y = conv(n, 'conv_in', z, { in: channels, out: eighth })
    y = residual(n, 'mid_block.resnets.0', y, eighth)
    y = residual(n, 'mid_block.resnets.1', y, eighth)
    y = residual(n, 'mid_block.resnets.2', y, eighth)
    y = conv(n, 'up_blocks.0.upsamplers.0.conv', n.resizeNearest(y), { in: eighth, out: quarter })
    y = residual(n, 'up_blocks.0.resnets.0', y, quarter)
    y = residual(n, 'up_blocks.0.resnets.1', y, quarter)
    y = unfold(n, conv(n, 'up_blocks.1.upsamplers.0.conv', y, { in: quarter, out: half * 4 }), 2)
    y = residual(n, 'up_blocks.1.resnets.0', y, half)
    const correction = unfold(n, conv(n, 'conv_out', n.silu(y), { in: half, out: 3 * 4 }, { zero: true }), 2)
    const picture = n.add(unfold(n, patches, patch), correction)
    return fineWidth
      ? n.add(
          n.resizeNearest(picture),
          n.scope('up_blocks.2', () => finer(n, y, half, fineWidth)),
        )
      : picture
  })
}

/** What twice the size adds: features (B, half, 4h, 4w) → (B, 3, 16h, 16w), nothing at the beginning. */
function finer(n: Network, features: Value, half: number, width: number): Value {
  let y = unfold(n, conv(n, 'upsamplers.0.conv', n.silu(features), { in: half, out: width * 4 }), 2)
  y = residual(n, 'resnets.0', y, width)
  y = residual(n, 'resnets.1', y, width)
  return unfold(n, conv(n, 'conv_out', n.silu(y), { in: width, out: 3 * 4 }, { zero: true }), 2)
}

/** x + conv(SiLU(conv(SiLU(x)))). */
function residual(n: Network, name: string, x: Value, size: number): Value {
  return n.scope(name, () => {
    const inner = conv(n, 'conv1', n.silu(x), { in: size, out: size })
    return n.add(x, conv(n, 'conv2', n.silu(inner), { in: size, out: size }, { zero: true }))
  })
}

/** (B, C·b², h, w) → (B, C, b·h, b·w): channel c·b² + row·b + column becomes that place of a block. */
function unfold(n: Network, x: Value, block: number): Value {
  const [batch, folded, height, width] = x.shape as [Dimension, number, Dimension, Dimension]
  const channels = folded / block ** 2
  const places = n.reshape(x, [batch, channels, block, block, height, width])
  return n.reshape(n.transpose(places, [0, 1, 4, 2, 5, 3]), [
    batch,
    channels,
    product(block, height),
    product(block, width),
  ])
}

/**
 * `vae_encoder/config.json` and `vae_decoder/config.json`. Pipelines read the number of blocks (each but one halves the
 * size), the channels and the scale; the architecture is our own, and the class says so.
 */
export function vaeConfigFile({ channels, widths, logVariance, fineWidth }: VaeConfig): Record<string, unknown> {
  return {
    _class_name: 'FourstrokeAutoencoder',
    block_out_channels: [...(fineWidth ? [fineWidth] : []), ...widths, widths[2]],
    in_channels: 3,
    latent_channels: channels,
    log_variance: logVariance,
    out_channels: 3,
    patch_size: patch,
    sample_size: fineWidth ? 256 : 128,
    scaling_factor: 1,
  }
}
