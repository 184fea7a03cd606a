/** The table that `npm run bench:foreign` prints. */
import { describe, expect, it } from 'vitest'
import { importStyle } from '../../../engine/lora/styleFile.ts'
import { UserError } from '../../../protocol/errors.ts'
import { type LoraCase, layout, loraFiles } from '../../support/foreign/loraFiles.ts'
import { changesOf } from './fixtures.ts'

const imported = ({ bytes, config }: LoraCase) => importStyle(bytes, layout, config)
const strengthOf = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0))
const [plain] = loraFiles
const [target] = layout.targets

it('that changes what is quantized or fused is refused with the way out', () => {
  const other = loraFiles.find(({ name }) => name === 'a module of no kind')!
  expect(() => importStyle(other.bytes, { ...layout, closed: ['MatMulInteger'] })).toThrow(
    expect.objectContaining({
      hint: expect.stringMatching(/^Some layers of this model are MatMulInteger, .* float32/),
    }),
  )
})

describe('a LoRA file', () => {
  it.each(loraFiles)('$name', each => {
    const { expected } = each
    if (expected.taken) {
      const { adapter, notes } = imported(each)
      const [change, reference] = [adapter, imported(plain!).adapter].map(
        one => changesOf(one, layout).get(target!.name)!,
      )
      const scaled = reference!.map(value => value * (expected.strength ?? 1))
      const apart = strengthOf(change!.map((value, i) => value - scaled[i]!)) / strengthOf(scaled)
      // Half precision rounds each number to 2⁻⁸ of it; eight bits with two of mantissa cut it to 2⁻² of it.
      expect(apart).toBeLessThan(/F8/.test(each.name) ? 0.35 : /16/.test(each.name) ? 5e-3 : 1e-5)
      if (expected.note) expect(notes.join(' ')).toMatch(expected.note)
      else expect(notes.filter(note => !note.includes('alpha'))).toEqual([])
      return
    }
    expect(() => imported(each)).toThrow(UserError)
    expect(() => imported(each)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(expected.says),
        hint: expected.hint ? expect.stringMatching(expected.hint) : undefined,
      }),
    )
  })
})
