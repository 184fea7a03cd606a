import type { Value } from '../../onnx/tape/tape.ts'
import { float32, int64 } from '../../onnx/tensor.ts'
import { attention, layerNorm, linear } from './layers.ts'
import type { Network } from './network.ts'

/** As `text_encoder/config.json` of transformers' CLIPTextModel. */
export interface TextEncoderConfig {
  readonly vocabulary: number
  /** Tokens of a prompt, start and end included. */
  readonly length: number
  readonly size: number
  readonly layers: number
  readonly heads: number
}

/** CLIPTextModel: input_ids (B, L) int64 → one row for every token (B, L, size). Each sees only those before it. */
export function textEncoder(n: Network, inputIds: Value, config: TextEncoderConfig): Value {
  const { vocabulary, length, size, heads, layers } = config
  return n.scope('text_model', () => {
    let x = n.scope('embeddings', () => {
      const tokens = n.scope('token_embedding', () => n.weight('weight', [vocabulary, size], { within: 0.03 }))
      const positions = n.scope('position_embedding', () => n.weight('weight', [length, size], { within: 0.03 }))
      return n.add(n.gather(tokens, inputIds), positions)
    })
    const mask = n.constant(float32(causalMask(length), [length, length]), 'causal_mask')
    for (let layer = 0; layer < layers; layer++) {
      n.scope(`encoder.layers.${layer}`, () => {
        const own = layerNorm(n, 'layer_norm1', x, size)
        const names = ['q_proj', 'k_proj', 'v_proj', 'out_proj'] as const
        x = n.add(x, attention(n, 'self_attn', own, own, { size, contextSize: size, heads, mask, names, bias: true }))
        const wide = linear(n, 'mlp.fc1', layerNorm(n, 'layer_norm2', x, size), { in: size, out: size * 4 })
        x = n.add(x, linear(n, 'mlp.fc2', n.quickGelu(wide), { in: size * 4, out: size }))
      })
    }
    return layerNorm(n, 'final_layer_norm', x, size)
  })
}

/** The row of the first end token, as CLIP pools it: (B, L, size) → (B, size). */
export function pooled(n: Network, hidden: Value, inputIds: Value, end: number): Value {
  const isEnd = n.cast(n.equal(inputIds, n.constant(int64([end], []))), 'int32')
  const at = n.op('ArgMax', [isEnd], { axis: 1, keepdims: 1 }) // (B, 1)
  return n.op('GatherND', [hidden, at], { batch_dims: 1 })
}

/** A token must not see those behind it. */
function causalMask(length: number): number[] {
  return Array.from({ length: length * length }, (_, at) => (at % length > Math.floor(at / length) ? -1e9 : 0))
}

/** `text_encoder/config.json`. */
export function textEncoderConfigFile(config: TextEncoderConfig): Record<string, unknown> {
  return {
    architectures: ['CLIPTextModel'],
    model_type: 'clip_text_model',
    attention_dropout: 0,
    bos_token_id: config.vocabulary - 2,
    eos_token_id: config.vocabulary - 1,
    pad_token_id: config.vocabulary - 1,
    hidden_act: 'quick_gelu',
    hidden_size: config.size,
    intermediate_size: config.size * 4,
    layer_norm_eps: 1e-5,
    max_position_embeddings: config.length,
    num_attention_heads: config.heads,
    num_hidden_layers: config.layers,
    projection_dim: config.size,
    vocab_size: config.vocabulary,
  }
}
