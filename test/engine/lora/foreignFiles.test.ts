import { describe, expect, it } from 'vitest'
import { writeSafetensors } from '../../../engine/lora/safetensors.ts'
import { importStyle } from '../../../engine/lora/styleFile.ts'
import { UserError } from '../../../protocol/errors.ts'
import { layoutOf } from './fixtures.ts'

const layout = layoutOf([{ name: 'mid_block.attentions.0.transformer_blocks.0.attn1.to_q', in: 3, out: 2 }])

describe('a file that is no LoRA of a UNet is refused by what it is', () => {
  it.each<[string, readonly string[], RegExp, RegExp | undefined]>([
    ['emb_params', ['emb_params'], /got an embedding \(textual inversion\)/, undefined],
    ['an embedding of SDXL', ['clip_l', 'clip_g'], /got an embedding/, undefined],
    ["diffusers' embedding", ['<cat-toy>'], /got an embedding/, undefined],
    [
      'a checkpoint',
      ['model.diffusion_model.input_blocks.0.0.weight', 'first_stage_model.decoder.conv_in.weight'],
      /got a whole checkpoint/,
      /from_single_file.*optimum-cli export onnx/,
    ],
    ['a ControlNet', ['control_model.zero_convs.0.0.weight'], /got a ControlNet/, undefined],
    ['a UNet', ['down_blocks.0.resnets.0.conv1.weight', 'mid_block.x.weight'], /all weights of a UNet/, /optimum-cli/],
    ['a VAE', ['decoder.conv_in.weight'], /got an autoencoder/, undefined],
    [
      'a LoRA for Flux',
      ['transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight'],
      /diffusion transformer \(Flux/,
      undefined,
    ],
    [
      'the same by kohya',
      ['lora_unet_double_blocks_0_img_attn_proj.lora_down.weight'],
      /diffusion transformer/,
      undefined,
    ],
    [
      'the same by ComfyUI',
      ['diffusion_model.double_blocks.0.img_attn.proj.lora_A.weight'],
      /diffusion transformer/,
      undefined,
    ],
  ])('%s', (_, names, words, cure) => {
    const bytes = writeSafetensors(new Map(names.map(name => [name, { shape: [1], values: new Float32Array(1) }])))
    expect(() => importStyle(bytes, layout)).toThrow(UserError)
    expect(() => importStyle(bytes, layout)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(words), hint: cure && expect.stringMatching(cure) }),
    )
  })
})
