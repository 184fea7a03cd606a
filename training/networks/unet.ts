import type { Value } from '../../onnx/tape/tape.ts'
import { float32 } from '../../onnx/tensor.ts'
import { attention, conv, dense, groupNorm, layerNorm, linear, pixelsOf, type Sizes, tokensOf } from './layers.ts'
import type { Network } from './network.ts'

/** As `unet/config.json` of diffusers' UNet2DConditionModel; what is not here has its default there. */
export interface UNetConfig {
  /** Side of the latent that it is trained on. */
  readonly sampleSize: number
  /** Channels of the latent. */
  readonly channels: number
  /** Channels at each resolution, the finest first. */
  readonly blockChannels: readonly number[]
  /** From which level on tokens attend to each other and to the prompt; 0 is the finest. */
  readonly attentionFrom: number
  readonly contextSize: number
  /**
   * Whether every resnet is also told the last row of the prompt embeddings, where an end token has read all of them: added to the
   * time embedding, as diffusers' `class_embed_type: 'projection'` does.
   */
  readonly classEmbedding: boolean
  readonly heads: number
  readonly groups: number
  /** Size of the guidance embedding; 0 for a teacher, which knows no guidance. */
  readonly guidanceSize: number
}

export interface UNetInputs {
  /** (B, channels, H, W) */
  readonly sample: Value
  /** (B), int64, 0 … 999 */
  readonly timestep: Value
  /** (B, L, contextSize) */
  readonly context: Value
  /** (B, guidanceSize), only where the config wants it */
  readonly guidance?: Value
}

/**
 * UNet2DConditionModel with one layer for each block: predicts v from a noisy latent, its timestep and the prompt embeddings.
 * Parameters are named as in diffusers, nodes by their modules, as exporters do.
 */
export function unet(n: Network, { sample, timestep, context, guidance }: UNetInputs, config: UNetConfig): Value {
  const { channels, blockChannels, groups, attentionFrom } = config
  const first = blockChannels[0]!
  const last = blockChannels.at(-1)!
  const levels = blockChannels.length
  let embedding = timeEmbedding(n, timestep, guidance, config)
  if (config.classEmbedding) embedding = n.add(embedding, classEmbedding(n, context, config))
  const time = n.silu(embedding) // (B, 4 · first); every resnet would begin with this SiLU
  const block = { time, context, config }

  let x = conv(n, 'conv_in', sample, { in: channels, out: first })
  let size = first
  const skips = [{ x, size }]
  for (const [level, out] of blockChannels.entries()) {
    n.scope(`down_blocks.${level}`, () => {
      x = resnet(n, 'resnets.0', x, { in: size, out }, block)
      if (level >= attentionFrom) x = transformer(n, 'attentions.0', x, out, block)
      size = out
      skips.push({ x, size })
      if (level === levels - 1) return
      x = conv(n, 'downsamplers.0.conv', x, { in: size, out: size }, { stride: 2 })
      skips.push({ x, size })
    })
  }

  n.scope('mid_block', () => {
    x = resnet(n, 'resnets.0', x, { in: last, out: last }, block)
    x = transformer(n, 'attentions.0', x, last, block)
    x = resnet(n, 'resnets.1', x, { in: last, out: last }, block)
  })

  for (const [index, out] of blockChannels.toReversed().entries()) {
    n.scope(`up_blocks.${index}`, () => {
      const level = levels - 1 - index
      for (const layer of [0, 1]) {
        const skip = skips.pop()!
        x = n.concat([x, skip.x], 1)
        x = resnet(n, `resnets.${layer}`, x, { in: size + skip.size, out }, block)
        if (level >= attentionFrom) x = transformer(n, `attentions.${layer}`, x, out, block)
        size = out
      }
      if (level > 0) x = conv(n, 'upsamplers.0.conv', n.resizeNearest(x), { in: size, out: size })
    })
  }

  x = n.silu(groupNorm(n, 'conv_norm_out', x, first, groups))
  return conv(n, 'conv_out', x, { in: first, out: channels }, { zero: true })
}

/** What every block of the network is given beside its picture. */
interface Block {
  readonly time: Value
  readonly context: Value
  readonly config: UNetConfig
}

/** Cosines and sines of the timestep, the guidance added, and two layers. */
function timeEmbedding(n: Network, timestep: Value, guidance: Value | undefined, config: UNetConfig): Value {
  const size = config.blockChannels[0]!
  const half = size / 2
  return n.scope('time_embedding', () => {
    const frequencies = Array.from({ length: half }, (_, index) => Math.exp((-Math.log(10000) * index) / half))
    const angle = n.mul(n.unsqueeze(n.cast(timestep, 'float32'), [1]), n.constant(float32(frequencies, [1, half])))
    let x = n.concat([n.cos(angle), n.sin(angle)], 1) // (B, size)
    if (guidance) {
      x = n.add(x, dense(n, 'cond_proj', guidance, { in: config.guidanceSize, out: size }, { bias: false, zero: true }))
    }
    x = n.silu(dense(n, 'linear_1', x, { in: size, out: size * 4 }))
    return dense(n, 'linear_2', x, { in: size * 4, out: size * 4 })
  })
}

/** Two layers over the last row of the prompt embeddings; they begin at zero. */
function classEmbedding(n: Network, context: Value, { blockChannels, contextSize }: UNetConfig): Value {
  const size = blockChannels[0]! * 4
  return n.scope('class_embedding', () => {
    const last = n.reshape(n.slice(context, [-1], [Number.MAX_SAFE_INTEGER], [1]), [0, contextSize]) // (B, contextSize)
    const x = n.silu(dense(n, 'linear_1', last, { in: contextSize, out: size }))
    return dense(n, 'linear_2', x, { in: size, out: size }, { zero: true })
  })
}

/** ResnetBlock2D: norm, SiLU, convolution, plus time; norm, SiLU, convolution; plus the input. */
function resnet(n: Network, name: string, input: Value, size: Sizes, { time, config }: Block): Value {
  const { groups, blockChannels } = config
  return n.scope(name, () => {
    let x = conv(n, 'conv1', n.silu(groupNorm(n, 'norm1', input, size.in, groups)), size)
    const shift = dense(n, 'time_emb_proj', time, { in: blockChannels[0]! * 4, out: size.out })
    x = n.silu(groupNorm(n, 'norm2', n.add(x, n.unsqueeze(shift, [2, 3])), size.out, groups))
    x = conv(n, 'conv2', x, { in: size.out, out: size.out }, { zero: true })
    return n.add(size.in === size.out ? input : conv(n, 'conv_shortcut', input, size, { kernel: 1 }), x)
  })
}

/** Transformer2DModel with linear projections and one block: self-attention, cross-attention, GEGLU (arXiv 2002.05202). */
function transformer(n: Network, name: string, input: Value, size: number, { context, config }: Block): Value {
  const { heads, contextSize, groups } = config
  return n.scope(name, () => {
    let x = linear(n, 'proj_in', tokensOf(n, groupNorm(n, 'norm', input, size, groups, 1e-6)), { in: size, out: size })
    n.scope('transformer_blocks.0', () => {
      const own = layerNorm(n, 'norm1', x, size)
      x = n.add(attention(n, 'attn1', own, own, { size, contextSize: size, heads }), x)
      x = n.add(attention(n, 'attn2', layerNorm(n, 'norm2', x, size), context, { size, contextSize, heads }), x)
      const wide = linear(n, 'ff.net.0.proj', layerNorm(n, 'norm3', x, size), { in: size, out: size * 8 })
      const [value, gate] = n.split(wide, 2, -1)
      x = n.add(linear(n, 'ff.net.2', n.mul(value!, n.gelu(gate!)), { in: size * 4, out: size }), x)
    })
    return n.add(pixelsOf(n, linear(n, 'proj_out', x, { in: size, out: size }, { zero: true }), input), input)
  })
}

/** `unet/config.json`. */
export function unetConfigFile(config: UNetConfig): Record<string, unknown> {
  const { blockChannels, attentionFrom } = config
  const kindOf = (level: number, kind: 'Down' | 'Up') => `${level >= attentionFrom ? 'CrossAttn' : ''}${kind}Block2D`
  const down = blockChannels.map((_, level) => kindOf(level, 'Down'))
  const up = blockChannels.map((_, level) => kindOf(level, 'Up')).reverse()
  return {
    _class_name: 'UNet2DConditionModel',
    act_fn: 'silu',
    attention_head_dim: config.heads,
    block_out_channels: blockChannels,
    center_input_sample: false,
    class_embed_type: config.classEmbedding ? 'projection' : null,
    cross_attention_dim: config.contextSize,
    down_block_types: down,
    downsample_padding: 1,
    flip_sin_to_cos: true,
    freq_shift: 0,
    in_channels: config.channels,
    layers_per_block: 1,
    mid_block_scale_factor: 1,
    mid_block_type: 'UNetMidBlock2DCrossAttn',
    norm_eps: 1e-5,
    norm_num_groups: config.groups,
    out_channels: config.channels,
    projection_class_embeddings_input_dim: config.classEmbedding ? config.contextSize : null,
    sample_size: config.sampleSize,
    time_cond_proj_dim: config.guidanceSize || null,
    up_block_types: up,
    use_linear_projection: true,
  }
}
