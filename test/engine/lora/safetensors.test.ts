import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxHeaderBytes, readSafetensors, writeSafetensors } from '../../../engine/lora/safetensors.ts'
import { UserError } from '../../../protocol/errors.ts'
import { readFixture } from './fixtures.ts'

const name = fc
  .oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', '1', 'ключ'))
  .filter(word => word !== '__metadata__')
const values = fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 24 })
const tensors = fc
  .array(fc.tuple(name, values, fc.boolean()), { maxLength: 6 })
  .map(
    list =>
      new Map(
        list.map(([name, values, isFlat]) => [
          name,
          { values, shape: isFlat ? [values.length] : [1, values.length, 1] },
        ]),
      ),
  )

describe('a file', () => {
  it('brings back names, shapes, numbers and words', () => {
    fc.assert(
      fc.property(tensors, fc.dictionary(fc.string(), fc.string()), (written, words) => {
        const file = readSafetensors(writeSafetensors(written, words))
        expect([...file.metadata].sort()).toEqual(Object.entries(words).sort())
        expect(new Set(file.tensors.keys())).toEqual(new Set(written.keys()))
        for (const [name, { shape, values }] of written) {
          expect(file.tensors.get(name)!.shape).toEqual(shape)
          expect(file.tensors.get(name)!.read()).toEqual(values)
        }
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    ['F16', 2 ** -11],
    ['BF16', 2 ** -8],
  ] as const)('keeps %s to its precision', (type, precision) => {
    const values = Float32Array.from({ length: 999 }, (_, i) => (i - 499) / 64 + 1 / 3)
    const written = writeSafetensors(new Map([['a', { shape: [999], values }]]), {}, type)
    const back = readSafetensors(written).tensors.get('a')!.read()
    expect(Math.max(...back.map((value, i) => Math.abs(value / values[i]! - 1)))).toBeLessThanOrEqual(precision)
  })

  it('rounds to bfloat16 as torch does, ties to even', () => {
    // torch: torch.tensor([...]).bfloat16().float()
    const values = Float32Array.of(1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, -1 - 2 ** -8 - 2 ** -20, 3.3e38)
    const written = writeSafetensors(new Map([['a', { shape: [5], values }]]), {}, 'BF16')
    expect([...readSafetensors(written).tensors.get('a')!.read()]).toEqual(
      [1, 1, 1 + 2 ** -6, -1 - 2 ** -7, 3.2964854616254573e38].map(Math.fround),
    )
  })

  it.each([
    // torch: torch.arange(256, dtype=torch.uint8).view(torch.float8_e4m3fn).float()[[…]], and of float8_e5m2
    [
      'F8_E4M3',
      [0x00, 0x01, 0x07, 0x08, 0x38, 0x39, 0x7e, 0x80, 0xc4],
      [0, 2 ** -9, 7 * 2 ** -9, 2 ** -6, 1, 1.125, 448, -0, -3],
    ],
    [
      'F8_E5M2',
      [0x00, 0x01, 0x03, 0x04, 0x3c, 0x3d, 0x7b, 0x80, 0xc2],
      [0, 2 ** -16, 3 * 2 ** -16, 2 ** -14, 1, 1.25, 57344, -0, -3],
    ],
    ['F64', [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], [1.5]],
  ])('reads %s', (type, bytes, values) => {
    const file = fileOf(`{"a":${entry(0, bytes.length, [values.length], type)}}`, Uint8Array.from(bytes))
    expect([...readSafetensors(file).tensors.get('a')!.read()]).toEqual(values)
  })

  it.each([
    ['F8_E4M3', [0x7f]],
    ['F8_E4M3', [0xff]],
    ['F8_E5M2', [0x7c]],
    ['F8_E5M2', [0xfe]],
    ['F64', [0, 0, 0, 0, 0, 0, 0xf0, 0x7f]],
    // 1e39, which float32 does not hold
    ['F64', [0xdb, 0x54, 0x05, 0xf4, 0x03, 0x7f, 0x07, 0x48]],
  ])('with %s of %j, which is no finite float32, is refused when it is read', (type, bytes) => {
    const file = readSafetensors(fileOf(`{"a":${entry(0, bytes.length, [1], type)}}`, Uint8Array.from(bytes)))
    expect(() => file.tensors.get('a')!.read()).toThrow(/finite numbers/)
  })

  it('is read from the middle of another buffer', () => {
    const bytes = writeSafetensors(new Map([['a', { shape: [2], values: Float32Array.of(1, 2) }]]))
    const inside = Buffer.concat([Buffer.from('abc'), bytes]).subarray(3)
    expect([...readSafetensors(inside).tensors.get('a')!.read()]).toEqual([1, 2])
  })
})

const entry = (from: number, to: number, shape: readonly number[], dtype = 'F32') =>
  JSON.stringify({ dtype, shape, data_offsets: [from, to] })

describe('a hostile file', () => {
  it.each<[string, Uint8Array | string, number, RegExp]>([
    ['nothing', new Uint8Array(0), 0, /at least 8 bytes, got 0/],
    ['a length without a header', Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0), 0, /header of 9 bytes, got 0/],
    [
      'a header longer than any',
      Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255),
      0,
      /at most 2097152 bytes, got 184/,
    ],
    ['no JSON', 'pickle', 0, /expected text, a whole number, a list or an object at character 0/],
    ['a byte order mark', '\ufeff{}', 0, /at character 0/],
    ['words behind the header', '{}{}', 0, /expected the end at character 2/],
    ['a list', '[]', 0, /expected an object/],
    ['depth', `{"a":${'['.repeat(1e6)}`, 0, /at most 4 levels/],
    ['text without an end', '{"a\\', 0, /text in quotes/],
    ['a key twice', `{"a":${entry(0, 4, [1])},"a":${entry(0, 4, [1])}}`, 4, /each key once, got "a" twice/],
    ['a key twice, once escaped', '{"a":1,"\\u0061":1}', 0, /each key once/],
    ['a prototype', '{"__proto__":{"dtype":"F32"}}', 0, /"__proto__": expected a dtype/],
    ['a type of a prototype', `{"a":${entry(0, 0, [0], 'toString')}}`, 0, /dtype of F64, F32, .* got "toString"/],
    ['other types', `{"a":${entry(0, 8, [1], 'I64')}}`, 8, /dtype of F64, F32, .* got "I64"/],
    ['another field', '{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}', 4, /and nothing else/],
    ['negative sizes', '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4, /a whole number/],
    ['broken sizes', '{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}', 4, /expected "," or "\]"/],
    ['huge sizes', `{"a":${entry(0, 4, [2 ** 52, 2 ** 52])}}`, 4, /bytes for F32 \[4503599627370496/],
    ['sizes that overflow', `{"a":${entry(0, 4, [2 ** 32, 2 ** 32])}}`, 4, /got 4/],
    ['a size beyond all', `{"a":${entry(0, 4, [1]).replace('[1]', '[99999999999999999999]')}}`, 4, /below 2⁵³/],
    ['many dimensions', `{"a":${entry(0, 4, Array(9).fill(1))}}`, 4, /at most 8 dimensions, got 9/],
    ['a wrong size', `{"a":${entry(0, 4, [2])}}`, 4, /8 bytes for F32 \[2\], got 4/],
    ['offsets behind the end', `{"a":${entry(0, 8, [2])}}`, 4, /data_offsets between 0 and 4, got 0 and 8/],
    ['offsets backwards', `{"a":${entry(4, 0, [1])}}`, 4, /got 4 and 0/],
    ['one offset', '{"a":{"dtype":"F32","shape":[],"data_offsets":[4]}}', 4, /two data_offsets/],
    ['an overlap', `{"a":${entry(0, 8, [2])},"b":${entry(4, 8, [1])}}`, 8, /"b": expected to begin at byte 8.*got 4/],
    [
      'the same bytes twice',
      `{"a":${entry(0, 4, [1])},"b":${entry(0, 4, [1])}}`,
      4,
      /"b": expected to begin at byte 4/,
    ],
    ['a hole', `{"a":${entry(0, 4, [1])},"b":${entry(8, 12, [1])}}`, 12, /"b": expected to begin at byte 4.*got 8/],
    ['bytes behind the tensors', `{"a":${entry(0, 4, [1])}}`, 8, /fill 8 bytes, got 4/],
    ['words that are none', '{"__metadata__":{"a":1}}', 0, /"a": expected text/],
    ['words in a list', '{"__metadata__":["a"]}', 0, /an object of texts/],
  ])('with %s is refused', (_, header, dataBytes, words) => {
    const bytes = typeof header === 'string' ? fileOf(header, new Uint8Array(dataBytes)) : header
    expect(() => readSafetensors(bytes)).toThrow(UserError)
    expect(() => readSafetensors(bytes)).toThrow(words)
  })

  it('with bytes that are no UTF-8 is refused', () => {
    const bytes = fileOf('{"a":1}', new Uint8Array(0))
    bytes[10] = 0xff
    expect(() => readSafetensors(bytes)).toThrow(/header in JSON/)
  })

  it.each([
    ['F32', 'NaN', [0, 0, 0xc0, 0x7f]],
    ['F32', 'infinity', [0, 0, 0x80, 0xff]],
    ['F16', 'NaN', [0, 0x7e]],
    ['F16', 'infinity', [0, 0x7c]],
    ['BF16', 'NaN', [0xc0, 0x7f]],
    ['BF16', 'infinity', [0x80, 0x7f]],
  ] as const)('with %s of %s is refused when they are read', (type, _, last) => {
    const bytes = writeSafetensors(new Map([['a', { shape: [4], values: new Float32Array(4) }]]), {}, type)
    bytes.set(last, bytes.length - last.length)
    const file = readSafetensors(bytes)
    expect(() => file.tensors.get('a')!.read()).toThrow(/finite numbers, found NaN or infinity/)
  })

  it('is refused with words or read, however its bytes are changed', () => {
    const whole = readFixture('diffusers.safetensors')
    const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1 })
    const near = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(fc.oneof(changes, near), fc.option(fc.nat(whole.length)), (changes, cut) => {
        const bytes = Uint8Array.from(whole)
        for (const [at, byte] of changes) bytes[at] = byte
        try {
          for (const tensor of readSafetensors(bytes.subarray(0, cut ?? whole.length)).tensors.values()) tensor.read()
        } catch (error) {
          expect(error).toBeInstanceOf(UserError)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('unfolds the largest header to little', () => {
    const many = `{"a":[${'0,'.repeat((maxHeaderBytes - 20) / 2)}0]}`
    const before = process.memoryUsage().heapUsed
    expect(() => readSafetensors(fileOf(many, new Uint8Array(0)))).toThrow(/a dtype, a shape/)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 2 ** 20)
  })
})

function fileOf(header: string, data: Uint8Array): Uint8Array {
  const text = Buffer.from(header)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, data])
}
