import { describe, expect, it } from 'vitest'
import { parseRegion } from '../../commands/imagineOptions.ts'

describe('a region on the command line', () => {
  it('is a mask and a prompt, with settings behind', () => {
    expect(parseRegion('left.png=a red house')).toEqual({ file: 'left.png', prompt: 'a red house' })
    expect(parseRegion('m.png = x = y | guidance=4 | weight=0.5 | style=ink:0.5 | negative=a cat')).toEqual({
      ...{ file: 'm.png', prompt: 'x = y', guidance: 4, weight: 0.5, style: 'ink:0.5', negativePrompt: 'a cat' },
    })
  })

  it('has guidance for each step', () => {
    expect(parseRegion('m.png=x | guidance-by-step=6, 4,2')).toEqual({
      ...{ file: 'm.png', prompt: 'x', guidanceByStep: [6, 4, 2] },
    })
    // What is no number, the engine refuses.
    expect(parseRegion('m.png=x | guidance-by-step=6,').guidanceByStep).toEqual([6, Number.NaN])
  })

  it.each(['left.png', '=a house', 'left.png=', 'left.png= | weight=2', 'left.png=a house | colour=red'])(
    'is refused as %j',
    text => {
      expect(() => parseRegion(text)).toThrow(expect.objectContaining({ code: 'request/region' }))
    },
  )
})
