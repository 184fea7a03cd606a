import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loraParts } from '../../../engine/lora/fileFormats.ts'
import { findTargets, spaceOf, targetKinds } from '../../../engine/lora/layout.ts'
import { readSafetensors, writeSafetensors } from '../../../engine/lora/safetensors.ts'
import { exportStyle, importStyle } from '../../../engine/lora/styleFile.ts'
import { textureLength } from '../../../engine/lora/texture.ts'
import { decodeModel } from '../../../onnx/codec.ts'
import { UserError } from '../../../protocol/errors.ts'
import { patient } from '../../support/patience.ts'
import { changesOf, layoutOf, readFixture, readLayout, spread } from './fixtures.ts'

const toQ = 'down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q'
const toOut = 'down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_out.0'
const small = layoutOf([
  { name: toQ, in: 3, out: 2 },
  { name: toOut, in: 2, out: 3 },
])

describe('files that peft and diffusers wrote', () => {
  const layout = readLayout('layout.json')
  /** With time and class, the ends, two convolutions and a shortcut of resnets beside attention. */
  const wide = readLayout('wide-layout.json')

  it.each([
    ['diffusers.safetensors', layout, undefined],
    ['unet.safetensors', layout, undefined],
    ['peft.safetensors', layout, 'peft.json'],
    ['older.safetensors', layout, undefined],
    ['kohya.safetensors', layout, undefined],
    ['wide-diffusers.safetensors', wide, undefined],
    ['wide-kohya.safetensors', wide, undefined],
  ])('%s says what peft says, alpha and ranks of single targets too', (file, layout, config) => {
    const peftConfig = config && Buffer.from(readFixture(config)).toString()
    const { adapter, alphaKnown } = importStyle(readFixture(file), layout, peftConfig)
    expect(alphaKnown).toBe(true)
    expect(adapter.rank).toBe(4)
    const changes = readSafetensors(
      readFixture(layout === wide ? 'wide-changes.safetensors' : 'changes.safetensors'),
    ).tensors
    const found = changesOf(adapter, layout)
    expect(new Set(found.keys())).toEqual(new Set(changes.keys()))
    for (const [target, change] of found) {
      const wanted = changes.get(target)!.read()
      expect(Math.max(...change.map((value, i) => Math.abs(value - wanted[i]!))), target).toBeLessThan(1e-6)
    }
  })

  it('come back from our own file as they were, convolutions in the shapes of torch', () => {
    const { adapter } = importStyle(readFixture('wide-diffusers.safetensors'), wide)
    const file = exportStyle(adapter, wide, { name: 'again' })
    expect(importStyle(file, wide).adapter).toEqual(adapter)
    const shapes = (bytes: Uint8Array, ending: string) =>
      [...readSafetensors(bytes).tensors]
        .filter(([name]) => name.endsWith(ending))
        .map(([name, { shape }]) => `${name} ${shape}`)
        .sort()
    // conv_out has rank 2, and ranks are made equal.
    for (const ending of ['conv_in.lora_A.weight', 'conv1.lora_B.weight', 'conv_shortcut.lora_A.weight']) {
      expect(shapes(file, ending)).toEqual(shapes(readFixture('wide-diffusers.safetensors'), ending))
    }
    expect(shapes(file, 'conv_out.lora_A.weight')).toEqual(['unet.conv_out.lora_A.weight 4,4,3,3'])
  })

  it.each(['wide-diffusers.safetensors', 'wide-kohya.safetensors'])(
    '%s is refused where styles change attention alone, with the cure',
    file => {
      const attention = new Set(layout.targets.map(({ name }) => name))
      const untargeted = wide.targets.map(({ name }) => name).filter(name => !attention.has(name))
      expect(() => importStyle(readFixture(file), { ...layout, untargeted })).toThrow(
        expect.objectContaining({
          message: expect.stringMatching(/\d+ of modules that styles do not change here /),
          hint: 'Here styles change attention. Whoever runs the program may set FOURSTROKE_STYLE_TARGETS=attention,timeEmbedding,ends,convolution.',
        }),
      )
    },
  )

  it('of modules that the model does not have are refused without a cure that is none', () => {
    expect(() => importStyle(readFixture('wide-kohya.safetensors'), layout)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/\d+ of modules that this model does not have /),
        hint: undefined,
      }),
    )
  })

  it('of attention alone are taken where styles change more, zeros elsewhere', () => {
    const { adapter } = importStyle(readFixture('diffusers.safetensors'), wide)
    const narrow = changesOf(importStyle(readFixture('diffusers.safetensors'), layout).adapter, layout)
    for (const [target, change] of changesOf(adapter, wide)) {
      expect(change, target).toEqual(narrow.get(target) ?? new Float32Array(change.length))
    }
  })

  it('have the sizes that the UNet has as an export', () => {
    const path = join(import.meta.dirname, '../../fixtures/pipelines/today/unet/model.onnx')
    const { targets } = spaceOf(findTargets(decodeModel(readFileSync(path)).graph, targetKinds), 4)
    expect(targets).toEqual(expect.arrayContaining([...wide.targets]))
  })

  it('say when their strength is a guess', () => {
    expect(importStyle(readFixture('peft.safetensors'), layout).alphaKnown).toBe(false)
  })

  it('give their name', () => {
    expect(importStyle(readFixture('kohya.safetensors'), layout).name).toBe('in bfloat16')
  })
})

describe('names of every dialect', () => {
  const underscored = `lora_unet_${toOut.replaceAll('.', '_')}`
  const parent = toOut.slice(0, -'to_out.0'.length)
  it.each([
    [`unet.${toOut}.lora_A.weight`, `unet.${toOut}.lora_B.weight`],
    [`${toOut}.lora_A.weight`, `${toOut}.lora_B.weight`],
    [`base_model.model.${toOut}.lora_A.weight`, `base_model.model.${toOut}.lora_B.weight`],
    [`base_model.model.${toOut}.lora_A.default.weight`, `base_model.model.${toOut}.lora_B.default.weight`],
    [`unet.${parent}processor.to_out_lora.down.weight`, `unet.${parent}processor.to_out_lora.up.weight`],
    [`${parent}processor.to_out_lora.down.weight`, `${parent}processor.to_out_lora.up.weight`],
    [`unet.${toOut}.lora.down.weight`, `unet.${toOut}.lora.up.weight`],
    [`unet.${toOut}.lora_linear_layer.down.weight`, `unet.${toOut}.lora_linear_layer.up.weight`],
    [`${underscored}.lora_down.weight`, `${underscored}.lora_up.weight`],
  ])('%s', (a, b) => {
    const file = readSafetensors(fileOf({ [a]: [1, 2], [b]: [3, 1] }))
    expect(loraParts(file, [toQ, toOut]).parts).toMatchObject([{ target: toOut, rank: 1, scale: 1 }])
  })
})

describe('the strength of a file', () => {
  const [a, b] = [`unet.${toQ}.lora_A.weight`, `unet.${toQ}.lora_B.weight`]
  const scaleOf = (shapes: Shapes, words: Record<string, string> = {}, config?: string) =>
    loraParts(readSafetensors(fileOf(shapes, words)), [toQ], { config }).parts[0]!.scale
  const pair = { [a]: [4, 3], [b]: [2, 4] }
  const inHeader = (fields: object) => ({ lora_adapter_metadata: JSON.stringify(fields) })

  it('is alpha / rank', () => {
    expect(scaleOf({ ...pair, [`${toQ}.alpha`]: [] }, {}, undefined)).toBe(0.5 / 4)
    expect(scaleOf({ ...pair, [`lora_unet_${toQ.replaceAll('.', '_')}.alpha`]: [1] })).toBe(0.5 / 4)
    expect(scaleOf(pair, inHeader({ 'unet.lora_alpha': 8 }))).toBe(2)
    expect(scaleOf(pair, inHeader({ lora_alpha: 8 }))).toBe(2)
    expect(scaleOf(pair, {}, '{"lora_alpha": 6}')).toBe(1.5)
    expect(scaleOf(pair)).toBe(1)
  })
  it('is alpha / √rank in rank-stabilized files', () => {
    expect(scaleOf(pair, inHeader({ lora_alpha: 8, use_rslora: true }))).toBe(4)
  })
  it('may be another for single targets', () => {
    expect(scaleOf(pair, inHeader({ lora_alpha: 8, alpha_pattern: { 'attn1.to_k': 1, 'attn1.to_q': 2 } }))).toBe(0.5)
  })
  it.each(['[', '[]', 'null', '{}', '{"lora_alpha":"8"}', '{"__proto__":{"lora_alpha":8}}'])(
    'is not read from %s',
    text => {
      expect(() => scaleOf(pair, { lora_adapter_metadata: text })).toThrow(/Expected peft's configuration/)
    },
  )
  it.each(['.*attn1\\.to_q', '^down_blocks.*', 'to_q$', 'attn1.to_(k|q)', 'down_blocks\\.\\d+.*to_[qk]'])(
    'may be another for the expression %s',
    expression => {
      expect(scaleOf(pair, inHeader({ lora_alpha: 8, alpha_pattern: { 'mid_block.*': 1, [expression]: 2 } }))).toBe(0.5)
    },
  )
  it('names an expression that it does not read', () => {
    expect(() => scaleOf(pair, inHeader({ lora_alpha: 8, alpha_pattern: { '(?<=a)b': 1 } }))).toThrow(
      /alpha_pattern in names of modules or simple expressions, got "\(\?<=a\)b"/,
    )
  })
  it("runs a stranger's expressions in no more time than others", () => {
    const began = performance.now()
    scaleOf(pair, inHeader({ lora_alpha: 8, alpha_pattern: { '(.+)+x': 1 } }))
    expect(performance.now() - began).toBeLessThan(patient(1000))
  })
})

describe('a file that does not fit is refused', () => {
  const pair = { [`unet.${toQ}.lora_A.weight`]: [1, 3], [`unet.${toQ}.lora_B.weight`]: [2, 1] }
  const te = Array.from({ length: 5 }, (_, i) => [
    `lora_te_text_model_encoder_layers_${i}_mlp_fc1.lora_up.weight`,
    [2, 1],
  ])

  it.each<[string, Shapes, RegExp]>([
    ['for a text encoder alone', Object.fromEntries(te), /for a UNet but one for a text encoder alone/],
    [
      'for many things that are not there',
      Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`lora_unet_${i}.lora_up.weight`, [2, 1]])),
      /of 5 tensors.*: 5 of modules .* \("lora_unet_0.*", "lora_unet_1.*", "lora_unet_2.lora_up.weight", …\)/,
    ],
    [
      'for convolutions',
      { ...pair, 'lora_unet_conv_in.lora_down.weight': [1, 4, 3, 3] },
      /1 of modules that this model does not have \("lora_unet_conv_in/,
    ],
    ['for DoRA', { ...pair, [`unet.${toQ}.lora_magnitude_vector`]: [2] }, /1 of another method than LoRA/],
    ['for LoKr', { [`lora_unet_${toQ.replaceAll('.', '_')}.lokr_w1`]: [2, 2] }, /1 of another method than LoRA/],
    [
      'for modules that are not there',
      { ...pair, 'unet.to_x.lora_A.weight': [1, 3] },
      /1 of modules that this model does not have \("unet.to_x/,
    ],
    ['without B', { [`unet.${toQ}.lora_A.weight`]: [1, 3] }, /1 A without B \("down_blocks/],
    ['without A', { [`unet.${toQ}.lora_B.weight`]: [2, 1] }, /1 B without A/],
    ['without both', { ...pair, [`${toOut}.alpha`]: [] }, /1 alpha without A and B/],
    ['with a pair in two dialects', { ...pair, [`${toQ}.lora.down.weight`]: [1, 3] }, /1 said twice/],
    ['without tensors', {}, /without any tensors/],
    [
      'with other widths',
      { ...pair, [`unet.${toQ}.lora_A.weight`]: [1, 4] },
      /from 3 to 2 for .*, got A \(1, 4\).* another model/,
    ],
    ['with other ranks', { ...pair, [`unet.${toQ}.lora_A.weight`]: [2, 3] }, /got \(2, 3\) and \(2, 1\)/],
    ['with rank 0', { [`unet.${toQ}.lora_A.weight`]: [0, 3], [`unet.${toQ}.lora_B.weight`]: [2, 0] }, /got \(0, 3\)/],
    ['with vectors', { [`unet.${toQ}.lora_A.weight`]: [1], [`unet.${toQ}.lora_B.weight`]: [2] }, /got \(1\) and \(2\)/],
    ['with several alphas', { ...pair, [`${toQ}.alpha`]: [2] }, /one alpha for .*, got \(2\)/],
    [
      'with too many ranks',
      { [`unet.${toQ}.lora_A.weight`]: [1025, 3], [`unet.${toQ}.lora_B.weight`]: [2, 1025] },
      /ranks of at most 1024, got 1025 for down_blocks/,
    ],
  ])('%s', (_, shapes, words) => {
    expect(() => importStyle(fileOf(shapes), small)).toThrow(UserError)
    expect(() => importStyle(fileOf(shapes), small)).toThrow(words)
  })

  it('but not for what it has for a text encoder, which is left out and told', () => {
    const known = { ...pair, [`${toQ}.alpha`]: [] }
    const { adapter, notes } = importStyle(fileOf({ ...known, ...Object.fromEntries(te) }), small)
    expect(adapter).toEqual(importStyle(fileOf(known), small).adapter)
    expect(notes).toEqual(['Left out 5 tensors of a text encoder; its trigger words may mean less here.'])
    expect(importStyle(fileOf(known), small).notes).toEqual([])
  })

  it('nor for embeddings that OneTrainer bundles', () => {
    const bundled = {
      ...pair,
      [`${toQ}.alpha`]: [],
      'bundle_emb.ohwx.clip_l': [2, 4],
      'bundle_emb.ohwx.clip_g': [2, 6],
    }
    expect(importStyle(fileOf(bundled), small).notes).toEqual([
      'Left out 2 tensors of bundled embeddings; the words that they stand for mean nothing here.',
    ])
  })

  it('nor for a strength that it does not say, which is told', () => {
    expect(importStyle(fileOf(pair), small).notes).toEqual([
      expect.stringMatching(/does not say how strong it is .alpha./),
    ])
    expect(importStyle(fileOf(pair), small, '{"lora_alpha": 2}').notes).toEqual([])
  })

  it('of another base model', () => {
    const file = exportStyle({ rank: 1, values: spread(small.valuesPerRank) }, small, { name: 'mine' })
    const other = { ...small, modelHash: 'cd'.repeat(32) }
    expect(() => importStyle(file, other)).toThrow(/a style of the model cdcdcdcdcdcd, got one of abababababab/)
    expect(() => importStyle(file, other)).toThrow(expect.objectContaining({ code: 'style/model' }))
  })

  it.each<[string, string, RegExp]>([
    ['too short', 'AAAA', /fourstroke\.tint to hold 20 numbers, got 0\.75/],
    ['not finite', Buffer.alloc(80, 255).toString('base64'), /fourstroke\.tint to hold finite numbers/],
  ])('whose tint is %s', (_, tint, words) => {
    const file = fileOf(pair, { 'fourstroke.tint': tint })
    expect(() => importStyle(file, small)).toThrow(UserError)
    expect(() => importStyle(file, small)).toThrow(words)
  })

  it.each<[string, string, RegExp]>([
    ['too short', 'AAAA', /fourstroke\.texture to hold 137046 halves, got 1\.5/],
    ['not finite', Buffer.alloc(2 * 137_046, 255).toString('base64'), /fourstroke\.texture to hold finite numbers/],
  ])('whose texture is %s', (_, texture, words) => {
    const file = fileOf(pair, { 'fourstroke.texture': texture })
    expect(() => importStyle(file, small)).toThrow(UserError)
    expect(() => importStyle(file, small)).toThrow(words)
  })

  it('whose strength leaves float32', () => {
    const words = { lora_adapter_metadata: '{"lora_alpha":1e300}' }
    expect(() => importStyle(fileOf(pair, words), small)).toThrow(/to be finite/)
  })
})

describe('a style', () => {
  it('comes back from its file bit by bit, with its name', () => {
    const layouts = fc
      .array(fc.record({ in: fc.integer({ min: 1, max: 5 }), out: fc.integer({ min: 1, max: 5 }) }), {
        minLength: 1,
        maxLength: 4,
      })
      .map(sizes => layoutOf(sizes.map((size, i) => ({ name: `block.${i}.to_q`, ...size }))))
    fc.assert(
      fc.property(
        layouts,
        fc.integer({ min: 1, max: 16 }),
        fc.string({ maxLength: 80, minLength: 1 }),
        (layout, rank, name) => {
          const values = spread(rank * layout.valuesPerRank)
          const adapter = rank % 2 === 0 ? { rank, values } : { rank, values, tint: spread(20) }
          expect(importStyle(exportStyle(adapter, layout, { name }), layout)).toEqual({
            adapter,
            name,
            alphaKnown: true,
            changes: { reduced: null, textTensors: 0, embeddingTensors: 0, isAlphaAssumed: false },
            notes: [],
          })
        },
      ),
    )
  })

  it('comes back with its texture, rounded to halves once', () => {
    const texture = spread(textureLength)
    const style = { rank: 1, values: spread(small.valuesPerRank), texture }
    const once = importStyle(exportStyle(style, small, { name: 'mosaic' }), small).adapter
    expect(once.texture!.every((value, at) => Math.abs(value - texture[at]!) < 1e-3)).toBe(true)
    expect(importStyle(exportStyle(once, small, { name: 'mosaic' }), small).adapter).toEqual(once)
  })

  it('takes smaller ranks for some targets, zeros behind them', () => {
    const shapes = {
      [`unet.${toQ}.lora_A.weight`]: [1, 3],
      [`unet.${toQ}.lora_B.weight`]: [2, 1],
      [`unet.${toOut}.lora_A.weight`]: [2, 2],
      [`unet.${toOut}.lora_B.weight`]: [3, 2],
    }
    const { adapter } = importStyle(fileOf(shapes), small)
    expect(adapter.rank).toBe(2)
    expect([...adapter.values]).toEqual([...Array(10).fill(0.5), ...Array(5).fill(0), ...Array(5).fill(0.5)])
  })

  it('takes convolutions where the layout has them: a row of A is a window', () => {
    const layout = layoutOf([{ name: 'conv_in', in: 4 * 3, out: 2, kernel: [3, 1] }])
    const fileWith = (...window: number[]) =>
      fileOf({
        'lora_unet_conv_in.lora_down.weight': [3, ...window],
        'lora_unet_conv_in.lora_up.weight': [2, 3, 1, 1],
      })
    expect(importStyle(fileWith(4, 3, 1), layout).adapter).toMatchObject({ rank: 3 })
    for (const other of [
      [4, 1, 3],
      [12, 1, 1],
      [1, 3, 4],
    ]) {
      expect(() => importStyle(fileWith(...other), layout)).toThrow(/from 4 × 3 × 1 to 2 for conv_in, got A \(3, /)
    }
  })

  it('is written in the names that diffusers loads', () => {
    const file = readSafetensors(
      exportStyle({ rank: 2, values: spread(2 * small.valuesPerRank) }, small, { name: 'mine' }),
    )
    expect([...file.tensors].map(([name, { shape }]) => [name, shape])).toEqual([
      [`unet.${toQ}.lora_A.weight`, [2, 3]],
      [`unet.${toQ}.lora_B.weight`, [2, 2]],
      [`unet.${toOut}.lora_A.weight`, [2, 2]],
      [`unet.${toOut}.lora_B.weight`, [3, 2]],
    ])
    expect(Object.fromEntries(file.metadata)).toEqual({
      format: 'pt',
      name: 'mine',
      'fourstroke.model': 'ab'.repeat(32),
      'fourstroke.rank': '2',
    })
  })
})

type Shapes = Readonly<Record<string, readonly number[]>>

/** Halves everywhere. */
function fileOf(shapes: Shapes, words: Record<string, string> = {}): Uint8Array {
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    const size = shape.reduce((product, extent) => product * extent, 1)
    return [name, { shape, values: new Float32Array(size).fill(0.5) }] as const
  })
  return writeSafetensors(new Map(tensors), words)
}
