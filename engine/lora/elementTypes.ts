/** How numbers lie in a `.safetensors` file, and as float32: what programs write adapters in. */
import { floatToHalf, halfToFloat } from '../../onnx/float16.ts'

/** Types that are read, with the bytes of one number. */
export const fileTypes = {
  F64: { bytes: 8, decode: (bytes: Uint8Array) => Float32Array.from(new Float64Array(bufferOf(bytes))) },
  F32: { bytes: 4, decode: (bytes: Uint8Array) => new Float32Array(bufferOf(bytes)) },
  F16: { bytes: 2, decode: (bytes: Uint8Array) => halfToFloat(new Uint16Array(bufferOf(bytes))) },
  /** The upper half of a float32. */
  BF16: {
    bytes: 2,
    decode: (bytes: Uint8Array) =>
      new Float32Array(Uint32Array.from(new Uint16Array(bufferOf(bytes)), half => half << 16).buffer),
  },
  /** Four bits of exponent, three of mantissa, no infinity (arXiv 2209.05433). */
  F8_E4M3: { bytes: 1, decode: decoder(eightBits({ exponentBits: 4, bias: 7, hasInfinity: false })) },
  /** The upper half of a float16. */
  F8_E5M2: { bytes: 1, decode: decoder(eightBits({ exponentBits: 5, bias: 15, hasInfinity: true })) },
} as const satisfies Record<string, { bytes: number; decode: (bytes: Uint8Array) => Float32Array }>

export type FileType = keyof typeof fileTypes

/** Types that are written: from finite numbers. */
export const writers = {
  F32: (values: Float32Array) => bytesOf(values),
  F16: (values: Float32Array) => bytesOf(floatToHalf(values)),
  BF16: (values: Float32Array) => {
    const bits = new Uint32Array(values.slice().buffer)
    // Rounded to the nearest, ties to even.
    return bytesOf(Uint16Array.from(bits, whole => (whole + 0x7fff + ((whole >>> 16) & 1)) >>> 16))
  },
} as const satisfies Partial<Record<FileType, (values: Float32Array) => Uint8Array>>

export type WrittenType = keyof typeof writers

interface EightBits {
  readonly exponentBits: number
  readonly bias: number
  /** With the highest exponent; without it, that is a number like others, and all ones alone are NaN. */
  readonly hasInfinity: boolean
}

/** All 256 numbers of a format. */
function eightBits({ exponentBits, bias, hasInfinity }: EightBits): Float32Array {
  const mantissaBits = 7 - exponentBits
  const [steps, highest] = [2 ** mantissaBits, 2 ** exponentBits - 1]
  return Float32Array.from({ length: 256 }, (_, byte) => {
    const sign = byte < 128 ? 1 : -1
    const exponent = (byte & 127) >> mantissaBits
    const mantissa = byte % steps
    if (hasInfinity && exponent === highest) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
    if (!hasInfinity && exponent === highest && mantissa === steps - 1) return Number.NaN
    // Below the least exponent numbers go on evenly to zero.
    const size = exponent === 0 ? mantissa / steps : 1 + mantissa / steps
    return sign * size * 2 ** (Math.max(1, exponent) - bias)
  })
}

function decoder(numbers: Float32Array): (bytes: Uint8Array) => Float32Array {
  return bytes => Float32Array.from(bytes, byte => numbers[byte]!)
}

/** Of its own, so that numbers lie where their size wants them. */
const bufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
