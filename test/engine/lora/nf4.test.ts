import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockSize, dequantize, dynamicMap, groupSize, levels, quantize } from '../../../engine/lora/nf4.ts'
import { loadStoredStyle, storeStyle } from '../../../engine/lora/storedStyle.ts'
import { importStyle } from '../../../engine/lora/styleFile.ts'
import { textureLength } from '../../../engine/lora/texture.ts'
import { tintLength } from '../../../engine/lora/tint.ts'
import type { Adapter, StyleLayout } from '../../../engine/types/styles.ts'
import { UserError } from '../../../protocol/errors.ts'
import { changesOf, layoutOf, readFixture, readJson, readLayout, relativeError, spread } from './fixtures.ts'

describe('NF4 with double quantization', () => {
  // tools/reference/styles.py
  const golden = readJson('nf4.json') as {
    readonly count: number
    readonly code: readonly number[]
    readonly map: string
    readonly levels: string
    readonly magnitudes: string
    readonly groups: string
    readonly mean: number
    readonly sampleOfValues: readonly number[]
    readonly sampleOfBack: readonly number[]
    readonly relativeError: number
  }
  const values = spread(golden.count).map((value, i) => value * 2 ** -((Math.floor(i / 64) * 7) % 5))
  const floats = (text: string) => new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer)

  it('has the levels and the map of bitsandbytes', () => {
    expect([...levels]).toEqual(golden.code)
    for (const [i, entry] of floats(golden.map).entries()) expect(dynamicMap[i]).toBeCloseTo(entry, 6)
    expect(dynamicMap.length).toBe(256)
  })

  it('gives the bytes of bitsandbytes', () => {
    expect([...values.filter((_, i) => i % 997 === 0)]).toEqual(golden.sampleOfValues)
    const nf4 = quantize(values)
    expect(Buffer.from(nf4.levels).toString('base64')).toBe(golden.levels)
    expect(Buffer.from(nf4.magnitudes).toString('base64')).toBe(golden.magnitudes)
    for (const [i, group] of floats(golden.groups).entries()) expect(nf4.groups[i]).toBeCloseTo(group, 6)
    expect(nf4.mean).toBeCloseTo(golden.mean, 6)
  })

  it('gives the numbers of bitsandbytes back', () => {
    const back = dequantize(quantize(values))
    for (const [n, value] of golden.sampleOfBack.entries()) expect(back[n * 97]).toBeCloseTo(value, 6)
    expect(relativeError([back], [values])).toBeCloseTo(golden.relativeError, 5)
  })

  it('turns no sign and keeps zeros, whatever the sizes', () => {
    const value = fc.oneof(fc.constant(0), fc.float({ noNaN: true, min: Math.fround(-1e30), max: Math.fround(1e30) }))
    fc.assert(
      fc.property(fc.array(value, { maxLength: 300 }), list => {
        const values = Float32Array.from(list)
        const back = dequantize(quantize(values))
        expect(back.length).toBe(values.length)
        expect(
          back.filter((found, i) => found * Math.sign(values[i]!) < 0 || (values[i] === 0 && found !== 0)),
        ).toEqual(new Float32Array(0))
      }),
    )
  })

  it('costs 4.127 bits per parameter, 0.373 less than with single quantization', () => {
    // Rank 4 on every attention projection of Stable Diffusion 1.5.
    const values = Float32Array.from({ length: 4 * 199_296 }, (_, i) => Math.sin(i))
    const { levels, magnitudes, groups } = quantize(values)
    const mean = 4
    const bits = (8 * (levels.byteLength + magnitudes.byteLength + groups.byteLength + mean)) / values.length
    const singly = (8 * (levels.byteLength + 4 * magnitudes.length)) / values.length
    const saved = singly - bits
    console.log(`NF4: ${bits.toFixed(4)} bits per parameter; ${saved.toFixed(4)} saved by double quantization`)
    expect(bits).toBeCloseTo(4 + 8 / blockSize + 32 / (blockSize * groupSize), 3)
    expect(bits).toBeCloseTo(4.127, 3)
    expect(saved).toBeCloseTo(0.373, 3)
  })

  it('refuses NaN and infinity', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => quantize(Float32Array.of(1, value))).toThrow(/finite values to quantize/)
    }
  })
})

describe('a stored style', () => {
  const layout = readLayout('trained.json')
  const { adapter } = importStyle(readFixture('trained.safetensors'), layout)
  const blob = storeStyle(adapter, layout)

  it('is as small as its numbers, a mean for each half and 64 bytes', () => {
    const bits = (8 * blob.length) / adapter.values.length
    console.log(`stored style of rank ${adapter.rank}: ${blob.length} bytes, ${bits.toFixed(4)} bits per parameter`)
    expect(bits).toBeCloseTo(4.127 + (8 * (64 + 2 * 4)) / adapter.values.length, 2)
  })

  // The figures of docs/styles.md. 9 % is what four bits leave of normally distributed values, 12.7 % of two of them.
  it.each([[1], [0.2], [0.02], [0.002]])(
    'changes weights by what the adapter does, to 12 percent, with its B × %s',
    scale => {
      const scaled = withB(adapter, layout, scale)
      const wanted = [...changesOf(scaled, layout).values()]
      const errorOf = (values: Float32Array) => {
        const error = relativeError(changesOf({ rank: scaled.rank, values }, layout).values(), wanted)
        expect(error).toBeGreaterThan(0)
        return error
      }
      const stored = errorOf(loadStoredStyle(storeStyle(scaled, layout), layout).values)
      const flat = errorOf(dequantize(quantize(scaled.values)))
      const exact = errorOf(withExactMagnitudes(scaled, layout))
      const [storedWords, flatWords, exactWords] = [stored, flat, exact].map(error => `${(100 * error).toFixed(1)} %`)
      console.log(
        `B × ${scale}: ΔW off by ${storedWords}; as one vector ${flatWords}; float32 magnitudes ${exactWords}`,
      )
      expect(stored).toBeLessThan(0.125)
      expect(stored).toBeLessThan(flat)
      expect(stored).toBeLessThan(1.02 * exact)
    },
  )

  it('comes back in the same places, for any layout and rank', () => {
    const size = fc.record({ in: fc.integer({ min: 1, max: 90 }), out: fc.integer({ min: 1, max: 90 }) })
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 9 }), (sizes, rank) => {
        const layout = layoutOf(sizes.map((size, i) => ({ name: `block.${i}`, ...size })))
        // Ones and zeros survive exactly where each block holds a one.
        const values = new Float32Array(rank * layout.valuesPerRank).fill(1)
        expect(loadStoredStyle(storeStyle({ rank, values }, layout), layout)).toEqual({ rank, values })
        const spreadOut = spread(values.length)
        const back = loadStoredStyle(storeStyle({ rank, values: spreadOut }, layout), layout).values
        expect(Math.max(...back.map((value, i) => Math.abs(value - spreadOut[i]!)))).toBeLessThan(0.09)
      }),
      { numRuns: 50 },
    )
  })

  it('keeps its tint to the bit', () => {
    const { rank, values } = loadStoredStyle(blob, layout)
    const tint = spread(tintLength(layout.latentChannels))
    const tinted = storeStyle({ rank, values, tint }, layout)
    expect(loadStoredStyle(tinted, layout)).toEqual({
      ...loadStoredStyle(storeStyle({ rank, values }, layout), layout),
      tint,
    })
    const damaged = Buffer.from(tinted).fill(255, tinted.length - 4)
    expect(() => loadStoredStyle(damaged, layout)).toThrow(/found NaN or infinity/)
    expect(() => loadStoredStyle(tinted, { ...layout, latentChannels: 8 })).toThrow(/bytes for rank 8, got/)
  })

  it('keeps its texture as halves, with a tint and without', () => {
    const { rank, values } = loadStoredStyle(blob, layout)
    const texture = spread(textureLength)
    const tint = spread(tintLength(layout.latentChannels))
    const back = (style: Adapter) => loadStoredStyle(storeStyle(style, layout), layout)
    const both = back({ rank, values, tint, texture })
    expect(both.tint).toEqual(tint)
    expect(both.texture!.every((value, at) => Math.abs(value - texture[at]!) < 1e-3)).toBe(true)
    const alone = back({ rank, values, texture })
    expect(alone.texture).toEqual(both.texture)
    expect(alone.tint!.every(value => value === 0)).toBe(true)
    const damaged = Buffer.from(storeStyle({ rank, values, texture }, layout))
    expect(() => loadStoredStyle(damaged.fill(255, damaged.length - 2), layout)).toThrow(/found NaN or infinity/)
    expect(() => loadStoredStyle(damaged.subarray(0, -2), layout)).toThrow(/bytes for rank 8, got/)
  })

  it('of another model or other targets is refused', () => {
    expect(() => loadStoredStyle(blob, { ...layout, modelHash: 'cd'.repeat(32) })).toThrow(/of the model cdcdcd.*abab/)
    const targets = layout.targets.map(target => ({ ...target, name: target.name.replace('attn1', 'attn3') }))
    expect(() => loadStoredStyle(blob, { ...layout, targets })).toThrow(/same projections of the model/)
  })

  it('is taken by a layout of more targets, zeros elsewhere', () => {
    const [first, ...others] = layout.targets
    const more = [{ name: 'conv_in', in: 36, out: 64, kernel: [3, 3] as const }, ...others.toReversed(), first!]
    const wider = layoutOf(more)
    const found = changesOf(loadStoredStyle(blob, wider, layout.targets), wider)
    const alone = changesOf(loadStoredStyle(blob, layout), layout)
    for (const [target, change] of found) {
      expect(change, target).toEqual(alone.get(target) ?? new Float32Array(change.length))
    }
  })

  it('is refused with the cure by a layout of fewer targets', () => {
    const wider = layoutOf([...layout.targets, { name: 'conv_in', in: 36, out: 64, kernel: [3, 3] }])
    const wide = storeStyle({ rank: 1, values: spread(wider.valuesPerRank) }, wider)
    expect(() => loadStoredStyle(wide, layout, wider.targets)).toThrow(
      /changes ends too\. Here styles change attention\. Whoever .* FOURSTROKE_STYLE_TARGETS=attention,ends\. Otherwise/,
    )
    expect(() => loadStoredStyle(wide, layout)).toThrow(/same projections of the model/)
  })

  it.each<[string, (bytes: Buffer) => Uint8Array, RegExp]>([
    ['nothing', () => new Uint8Array(0), /got 0 other bytes/],
    ['another magic', bytes => bytes.fill('PK', 0, 2), /begin with FSN4/],
    ['a later version', bytes => bytes.fill(4, 4, 5), /version 1 to 3, got 4/],
    ['a version with a texture, and none', bytes => bytes.fill(3, 4, 5), /bytes for rank 8, got/],
    ['a version with a tint, and none', bytes => bytes.fill(2, 4, 5), /bytes for rank 8, got/],
    ['rank 0', bytes => bytes.fill(0, 6, 8), /a rank/],
    ['a huge rank', bytes => bytes.fill(255, 6, 8), /for rank 65535, got/],
    ['other widths', bytes => bytes.fill(255, 8, 12), /values of each/],
    ['a cut', bytes => bytes.subarray(0, -1), /bytes for rank 8, got/],
    ['more', bytes => Buffer.concat([bytes, bytes]), /bytes for rank 8, got/],
    ['NaN', bytes => bytes.fill(255, 64, 68), /found NaN or infinity/],
    ['infinity', bytes => bytes.fill(Buffer.from('0000807f', 'hex'), 68, 72), /found NaN or infinity/],
  ])('with %s is refused', (_, damage, words) => {
    const damaged = damage(Buffer.from(blob))
    expect(() => loadStoredStyle(damaged, layout)).toThrow(UserError)
    expect(() => loadStoredStyle(damaged, layout)).toThrow(words)
  })
})

function withB({ rank, values }: Adapter, { targets, valuesPerRank }: StyleLayout, scale: number): Adapter {
  const scaled = values.slice()
  let start = 0
  for (const target of targets) {
    for (let b = start + target.in; b < scaled.length; b += valuesPerRank) {
      for (let o = 0; o < target.out; o++) scaled[b + o]! *= scale
    }
    start += target.in + target.out
  }
  return { rank, values: scaled }
}

/** The blocks of a stored style, each quantized alone: its magnitude is then its own mean, a float32, to the last bit. */
function withExactMagnitudes({ rank, values }: Adapter, { targets, valuesPerRank }: StyleLayout): Float32Array {
  const halves: Record<'a' | 'b', number[]> = { a: [], b: [] }
  let start = 0
  for (const target of targets) {
    for (let k = 0; k < rank; k++) {
      const row = k * valuesPerRank + start
      for (let i = 0; i < target.in + target.out; i++) halves[i < target.in ? 'a' : 'b'].push(row + i)
    }
    start += target.in + target.out
  }
  const back = new Float32Array(values.length)
  for (const places of [halves.a, halves.b]) {
    for (let at = 0; at < places.length; at += blockSize) {
      const block = places.slice(at, at + blockSize)
      const found = dequantize(quantize(Float32Array.from(block, place => values[place]!)))
      for (const [i, place] of block.entries()) back[place] = found[i]!
    }
  }
  return back
}
