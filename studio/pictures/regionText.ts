/** A region in one line, as the command line and chat take it. */
import { UserError } from '../../protocol/errors.ts'
import type { RegionOptions } from './pictureOptions.ts'

/** What a line says of a region, besides its mask; `style` as `readMix` reads it. */
export interface RegionText extends Omit<RegionOptions, 'mask' | 'styles'> {
  /** Empty: none, whatever the whole picture wears. */
  readonly style?: string
}

const settings = ['guidance', 'guidance-by-step', 'weight', 'style', 'negative']

/**
 * Reads `a red house | guidance=4 | style=ink:0.5 | weight=2 | negative=a cat`, of which only the first part is needed;
 * `guidance-by-step=6,4,2,1` has a number for each step. Throws `request/region` for anything else.
 */
export function readRegionText(text: string): RegionText {
  const [prompt = '', ...assignments] = text.split(/(?:^|\s)\|\s/).map(part => part.trim())
  const known = new Map(assignments.map(splitAtEquals))
  if (prompt === '' || [...known.keys()].some(name => !settings.includes(name))) {
    const expected = `a prompt, and behind it ${settings.map(name => `| ${name}=…`).join(', ')}, as far as needed`
    throw new UserError('request/region', `Expected a region to be ${expected}; got "${text}".`)
  }
  const number = (name: 'guidance' | 'weight') => (known.has(name) ? { [name]: numberIn(known.get(name)!) } : {})
  const byStep = known.get('guidance-by-step')
  return {
    ...{ prompt, ...number('guidance'), ...number('weight') },
    ...(byStep !== undefined && { guidanceByStep: byStep.split(',').map(numberIn) }),
    ...(known.has('style') && { style: known.get('style')! }),
    ...(known.has('negative') && { negativePrompt: known.get('negative')! }),
  }
}

/** Of `a=b=c`, `a` and `b=c`; of a text without one, all of it and nothing. */
export function splitAtEquals(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

/** Nothing is no number, though `Number('')` is 0. */
const numberIn = (text: string) => (text.trim() === '' ? Number.NaN : Number(text))
