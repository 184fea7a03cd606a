/** IEEE 754 half precision as raw bits, because Node 20 has no Float16Array. */

const asFloat = new Float32Array(1)
const asBits = new Uint32Array(asFloat.buffer)

/** All 65 536 halves, made when first needed. */
let halves: Float32Array | undefined

export function halfToFloat(bits: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 0x10000 }, (_, half) => floatOfHalf(half))
  const out = new Float32Array(bits.length)
  for (let i = 0; i < bits.length; i++) out[i] = halves[bits[i]!]!
  return out
}

function floatOfHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Rounds to the nearest half, ties to even; what is too large becomes infinite. */
export function floatToHalf(floats: Float32Array): Uint16Array {
  const out = new Uint16Array(floats.length)
  for (let i = 0; i < floats.length; i++) out[i] = halfOfFloat(floats[i]!)
  return out
}

function halfOfFloat(value: number): number {
  asFloat[0] = value
  const bits = asBits[0]!
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00 // NaN
  if (magnitude >= 0x47800000) return sign | 0x7c00 // 2¹⁶ and above
  if (magnitude < 0x38800000) {
    // Below 2⁻¹⁴ halves are evenly spaced by 2⁻²⁴; the addition rounds for us.
    asFloat[0] = Math.abs(value) + 0.5
    return sign | (asBits[0]! - 0x3f000000)
  }
  // Move the exponent's bias from 127 to 15, then round away the 13 lowest bits, ties to even.
  const rebased = magnitude - 0x38000000
  return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13)
}
