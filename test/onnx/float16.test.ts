import { expect, it } from 'vitest'
import { floatToHalf, halfToFloat } from '../../onnx/float16.ts'

it('brings every half back unchanged', () => {
  const halves = Uint16Array.from({ length: 0x10000 }, (_, half) => half)
  const back = floatToHalf(halfToFloat(halves))
  const isHalfNaN = (half: number) => (half & 0x7fff) > 0x7c00
  for (const half of halves) {
    if (isHalfNaN(half)) expect(isHalfNaN(back[half]!)).toBe(true)
    else if (back[half] !== half) expect.fail(`Half ${half} came back as ${back[half]}`)
  }
})

// numpy: np.array([...], np.float32).astype(np.float16).view(np.uint16)
it('rounds to the nearest half, ties to even', () => {
  const floats = [1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 65504, 65519, 65520, 2 ** -25, 1.0001 * 2 ** -25, -0, 0.1]
  const halves = [0x3c00, 0x3c00, 0x3c02, 0x7bff, 0x7bff, 0x7c00, 0, 1, 0x8000, 0x2e66]
  expect([...floatToHalf(Float32Array.from(floats))]).toEqual(halves)
})
