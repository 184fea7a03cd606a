/** How programs write the name of a module of a UNet. */

/** Of the file's names, in the terms of diffusers. */
const prefixes = ['', 'unet.', 'base_model.model.', 'base_model.model.unet.']
/** Stability's own names stand behind these; kohya's underscores are made of them too. */
const stabilityPrefixes = ['', 'diffusion_model.', 'model.diffusion_model.', 'base_model.model.diffusion_model.']

/**
 * From each way to write a name to the module that it means. A list made from the model, because kohya's underscores
 * cannot be taken back: `to_out_0` is `to_out.0`, `down_blocks_1` is `down_blocks.1`.
 */
export function spellingsOf(modules: Iterable<string>): ReadonlyMap<string, string> {
  const names = [...modules]
  const stabilityName = stabilityNamesFor(names)
  return new Map(
    names.flatMap(name => {
      const other = stabilityName(name)
      return [...diffusersSpellings(name), ...(other === undefined ? [] : stabilitySpellings(other))].map(
        spelling => [spelling, name] as const,
      )
    }),
  )
}

const kohya = (name: string, network = 'unet') => `lora_${network}_${name.replaceAll('.', '_')}`

/** The same of a text encoder: kohya numbers them where a model has two. */
export function textSpellingsOf(
  encoder: 'text_encoder' | 'text_encoder_2',
  modules: Iterable<string>,
): ReadonlyMap<string, string> {
  const networks = encoder === 'text_encoder' ? ['te', 'te1'] : ['te2']
  return new Map(
    [...modules].flatMap(name =>
      [
        ...networks.map(network => kohya(name, network)),
        ...[`${encoder}.`, `base_model.model.${encoder}.`].map(prefix => prefix + name),
      ].map(spelling => [spelling, name] as const),
    ),
  )
}

function diffusersSpellings(name: string): string[] {
  const leaf = name.endsWith('.to_out.0') ? name.slice(0, -'.0'.length) : name
  const cut = leaf.lastIndexOf('.') + 1
  const processor = `${leaf.slice(0, cut)}processor.${leaf.slice(cut)}`
  return [kohya(name), ...prefixes.flatMap(prefix => [prefix + name, prefix + processor])]
}

function stabilitySpellings(name: string): string[] {
  return [kohya(name), ...stabilityPrefixes.map(prefix => prefix + name)]
}

/** Parts of a resnet, and modules outside the blocks. */
const resnetParts: Readonly<Record<string, string>> = {
  conv1: 'in_layers.2',
  time_emb_proj: 'emb_layers.1',
  conv2: 'out_layers.3',
  conv_shortcut: 'skip_connection',
}
const otherModules: Readonly<Record<string, string>> = {
  conv_in: 'input_blocks.0.0',
  conv_out: 'out.2',
  'time_embedding.linear_1': 'time_embed.0',
  'time_embedding.linear_2': 'time_embed.2',
  'add_embedding.linear_1': 'label_emb.0.0',
  'add_embedding.linear_2': 'label_emb.0.2',
}

/**
 * The names of Stability's generative-models (SGM), as ComfyUI and trainers of SDXL write them: blocks are counted
 * through, `down_blocks.1.attentions.0` is `input_blocks.4.1` where each block has two layers. How many, the modules say.
 */
function stabilityNamesFor(modules: readonly string[]): (module: string) => string | undefined {
  const layers = 1 + Math.max(0, ...modules.map(name => Number(/^down_blocks\.\d+\.\w+\.(\d+)/.exec(name)?.[1] ?? 0)))
  const withAttention = new Set(modules.map(name => /^up_blocks\.(\d+)\.attentions/.exec(name)?.[1]).filter(Boolean))
  return module => {
    const other = otherModules[module]
    if (other !== undefined) return other
    const [, side, block = '0', kind, index = '0', rest = ''] =
      /^(down|up|mid)_blocks?\.(?:(\d+)\.)?(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)$/.exec(module) ??
      []
    if (side === undefined) return undefined
    const inner = kind === 'resnets' ? resnetParts[rest] : rest
    if (inner === undefined) return undefined
    if (side === 'mid') return `middle_block.${kind === 'attentions' ? 1 : 2 * Number(index)}.${inner}`
    const first = (layers + 1) * Number(block)
    if (side === 'down') {
      if (kind === 'downsamplers') return `input_blocks.${first + layers + 1}.0.op`
      return `input_blocks.${1 + first + Number(index)}.${kind === 'attentions' ? 1 : 0}.${inner}`
    }
    if (kind === 'upsamplers') return `output_blocks.${first + layers}.${withAttention.has(block) ? 2 : 1}.conv`
    return `output_blocks.${first + Number(index)}.${kind === 'attentions' ? 1 : 0}.${inner}`
  }
}
