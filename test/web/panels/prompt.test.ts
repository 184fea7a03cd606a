import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listQuoted, understand } from '../../../protocol/vocabulary.ts'
import { promptKey } from '../../../web/panels/promptKeys.ts'

const press = (key: string, over = {}) => promptKey({ key, keyCode: 0, shiftKey: false, isComposing: false, ...over })

describe('the prompt', () => {
  test('is finished by Enter, left by Escape, and goes on over a new line', () => {
    expect([press('Enter'), press('Escape'), press('Enter', { shiftKey: true }), press('a')]).toEqual([
      'finish',
      'leave',
      null,
      null,
    ])
  })

  test('leaves Enter and Escape to an input method that is composing', () => {
    expect([press('Enter', { isComposing: true }), press('Escape', { isComposing: true })]).toEqual([null, null])
    // Safari tells of the Enter that takes a candidate after composing has ended.
    expect(press('Enter', { keyCode: 229 })).toBeNull()
  })

  test('is not the only field that does: none looks at Enter by itself', () => {
    const folder = join(import.meta.dirname, '../../../web')
    const hasty = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.tsx'))
      .filter(name => /\.key [!=]== 'Enter'/.test(readFileSync(join(folder, name), 'utf8')))
    expect(hasty).toEqual([])
  })

  test('names words that the model does not know, each once and not all of many', () => {
    const words = ['a', 'red', 'and', 'by', 'the', 'lake']
    expect(understand('A red dragon and a Dragon by the lake', { words }).unknown).toEqual(['dragon', 'Dragon'])
    expect(listQuoted(['dragon'])).toBe('“dragon”')
    expect(listQuoted(['one', 'two'])).toBe('“one” or “two”')
    expect(listQuoted(['1', '2', '3', '4', '5', '6'])).toMatch(/or 2 more$/)
  })
})
