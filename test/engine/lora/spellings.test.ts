import { describe, expect, it } from 'vitest'
import { spellingsOf } from '../../../engine/lora/spellings.ts'

/** Modules of a UNet with two layers in each block; `attention`: which blocks of it have attention. */
function unetModules(blocks: number, attention: { down: readonly number[]; up: readonly number[] }): string[] {
  const counted = (count: number, name: (index: number) => string) => Array.from({ length: count }, (_, i) => name(i))
  const attn = (at: string) => [`${at}.proj_in`, `${at}.transformer_blocks.1.attn2.to_k`, `${at}.proj_out`]
  const side = (name: 'down' | 'up', layers: number) =>
    counted(blocks, String).flatMap((_, block) => [
      ...counted(layers, i => `${name}_blocks.${block}.resnets.${i}.conv1`),
      ...(attention[name].includes(block)
        ? counted(layers, i => `${name}_blocks.${block}.attentions.${i}`).flatMap(attn)
        : []),
      ...(block < blocks - 1 ? [`${name}_blocks.${block}.${name}samplers.0.conv`] : []),
    ])
  return [
    ...['conv_in', 'time_embedding.linear_1', 'add_embedding.linear_2'],
    ...side('down', 2),
    ...['mid_block.resnets.0.conv1', ...attn('mid_block.attentions.0'), 'mid_block.resnets.1.time_emb_proj'],
    ...side('up', 3),
    'conv_out',
  ]
}

describe("Stability's names, as kohya's and ComfyUI's files of SDXL have them", () => {
  const spellings = spellingsOf(unetModules(3, { down: [1, 2], up: [0, 1] }))
  // By kohya's `make_unet_conversion_map` (sdxl_model_util.py).
  it.each([
    ['lora_unet_input_blocks_0_0', 'conv_in'],
    ['lora_unet_time_embed_0', 'time_embedding.linear_1'],
    ['lora_unet_label_emb_0_2', 'add_embedding.linear_2'],
    ['lora_unet_input_blocks_1_0_in_layers_2', 'down_blocks.0.resnets.0.conv1'],
    ['lora_unet_input_blocks_3_0_op', 'down_blocks.0.downsamplers.0.conv'],
    ['lora_unet_input_blocks_4_1_proj_in', 'down_blocks.1.attentions.0.proj_in'],
    [
      'lora_unet_input_blocks_8_1_transformer_blocks_1_attn2_to_k',
      'down_blocks.2.attentions.1.transformer_blocks.1.attn2.to_k',
    ],
    ['lora_unet_middle_block_1_proj_out', 'mid_block.attentions.0.proj_out'],
    ['diffusion_model.middle_block.2.emb_layers.1', 'mid_block.resnets.1.time_emb_proj'],
    ['lora_unet_output_blocks_2_1_proj_in', 'up_blocks.0.attentions.2.proj_in'],
    ['lora_unet_output_blocks_2_2_conv', 'up_blocks.0.upsamplers.0.conv'],
    ['model.diffusion_model.output_blocks.3.0.in_layers.2', 'up_blocks.1.resnets.0.conv1'],
    ['lora_unet_output_blocks_8_0_in_layers_2', 'up_blocks.2.resnets.2.conv1'],
    ['lora_unet_out_2', 'conv_out'],
  ])('%s', (spelling, module) => {
    expect(spellings.get(spelling)).toBe(module)
  })
})

describe("Stability's names of Stable Diffusion 1.5", () => {
  const spellings = spellingsOf(unetModules(4, { down: [0, 1, 2], up: [1, 2, 3] }))
  it.each([
    ['lora_unet_input_blocks_1_1_proj_in', 'down_blocks.0.attentions.0.proj_in'],
    ['lora_unet_output_blocks_2_1_conv', 'up_blocks.0.upsamplers.0.conv'],
    ['lora_unet_output_blocks_5_2_conv', 'up_blocks.1.upsamplers.0.conv'],
    ['diffusion_model.output_blocks.11.1.proj_out', 'up_blocks.3.attentions.2.proj_out'],
  ])('%s', (spelling, module) => {
    expect(spellings.get(spelling)).toBe(module)
  })

  it('and those of diffusers name each module once', () => {
    const modules = unetModules(4, { down: [0, 1, 2], up: [1, 2, 3] })
    for (const module of modules) expect(spellings.get(`unet.${module}`), module).toBe(module)
    expect(new Set(spellings.values()).size).toBe(modules.length)
  })
})
