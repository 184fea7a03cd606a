import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePattern } from '../../../engine/lora/pattern.ts'
import { patient } from '../../support/patience.ts'

const names = [
  'mid_block.attentions.0.transformer_blocks.0.attn1.to_q',
  'down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k',
  'down_blocks.12.resnets.0.conv1',
  'conv_in',
  '',
]

describe('an expression of a configuration', () => {
  it.each([
    '.*attn2\\.to_k',
    '^mid_block.*',
    'mid_block.*|conv_in',
    'down_blocks\\.\\d+\\.(attentions|resnets)\\..*',
    'down_blocks\\.[0-2]\\..*to_[qk]',
    '[^.]+',
    '(?:conv_)?in',
    '.*?to_q$',
    '(a|b)*',
    '',
  ])('%s matches what it matches elsewhere', pattern => {
    const matches = compilePattern(pattern)!
    for (const name of names) expect(matches(name), name).toBe(new RegExp(`^(?:${pattern})$`).test(name))
  })

  it('is that of other programs, whatever it is made of', () => {
    const pieces = fc.array(
      fc.constantFrom('a', 'b', '.', '(a|b)', 'a*', 'b+', 'a?', '[ab]', '[^a]', '^', '$', '|', '(', ')', '*'),
    )
    fc.assert(
      fc.property(pieces, fc.stringMatching(/^[ab]{0,6}$/), (parts, text) => {
        const pattern = parts.join('')
        const matches = compilePattern(pattern)
        const other = matches && expressionOf(pattern)
        if (other) expect(matches(text)).toBe(other.test(text))
      }),
    )
  })

  it.each(['(?=a)', '(a', 'a)', '\\1', 'a{1,2}', '[a', 'x'.repeat(257), '*', '\\'])('%s is not taken', pattern => {
    expect(compilePattern(pattern)).toBeUndefined()
  })

  it('takes no time, nested as it may be', () => {
    const began = performance.now()
    expect(compilePattern('((((a+)+)+)+)+b')!('a'.repeat(60))).toBe(false)
    expect(performance.now() - began).toBeLessThan(patient(2000))
  })
})

/** Undefined where JavaScript knows no such expression: Python, whose it is, takes `^*`. */
function expressionOf(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`)
  } catch {
    return undefined
  }
}
