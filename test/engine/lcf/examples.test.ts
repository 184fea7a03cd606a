import { describe, expect, it } from 'vitest'
import { generalPrompts, measuredPrompts } from '../../../engine/lcf/examples.ts'

const known = Array.from({ length: 6 }, (_, at) => `example ${at}`)

describe('what an assessment is measured on', () => {
  it('are the captions, each once, if there are enough', () => {
    const captions = Array.from({ length: 12 }, (_, at) => `caption ${at}`)
    expect(measuredPrompts([captions[0]!, ...captions], known)).toEqual(captions.slice(0, 8))
  })

  it('are prompts of the model, and never one picture alone, where nothing was said', () => {
    expect(measuredPrompts(['', '', ''], known)).toEqual([...known, ...generalPrompts.slice(0, 2)])
    expect(measuredPrompts(['a boat', ''])).toEqual(['a boat', ...generalPrompts.slice(0, 7)])
  })
})
