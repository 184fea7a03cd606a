import '../emptyStorage.ts'
import { describe, expect, test } from 'vitest'
import { shortcutFor, shortcutGroups, shortcutName } from '../../../web/panels/shortcuts.ts'

const press = (key: string, over: Partial<Parameters<typeof shortcutName>[0]> = {}) => ({
  ...{ key, code: '', ctrlKey: false, metaKey: false, shiftKey: false },
  ...over,
})
const label = (key: string, over = {}) => shortcutFor(press(key, over), { canEdit: true })?.label

describe('shortcuts', () => {
  test('know Ctrl and Command as one, and Shift before letters and arrows only', () => {
    expect(label('z', { ctrlKey: true })).toBe('Undo')
    expect(label('z', { metaKey: true })).toBe('Undo')
    expect(label('Z', { ctrlKey: true, shiftKey: true })).toBe('Redo')
    expect(label('+', { shiftKey: true })).toBe('Closer')
    expect(label('ArrowLeft', { shiftKey: true })).toBe('Push left')
    expect(label('y')).toBeUndefined()
  })

  test('are found by place on a keyboard without Latin letters', () => {
    expect(label('я', { code: 'KeyZ', ctrlKey: true })).toBe('Undo')
    expect(label('Я', { code: 'KeyZ', ctrlKey: true, shiftKey: true })).toBe('Redo')
    expect(label('з', { code: 'KeyP' })).toBe('Pen')
    expect(label('ψ', { code: 'KeyC' })).toBe('Compare with the ink (hold)')
    expect(label('х', { code: 'BracketLeft' })).toBe('Thinner')
    expect(label('١', { code: 'Digit1' })).toBe('Everything')
  })

  test('follow the letter, not the place, where there are Latin ones', () => {
    // On a French keyboard the letter A lies where an English one has Q.
    expect(label('a', { code: 'KeyQ', ctrlKey: true })).toBe('Select everything')
    expect(shortcutName(press('ü', { code: 'BracketLeft' }))).toBe('ü')
    expect(shortcutName(press('Enter', { code: 'Enter', ctrlKey: true }))).toBe('mod+enter')
  })

  test('that draw do nothing for somebody who only watches', () => {
    const watch = (key: string) => shortcutFor(press(key), { canEdit: false })?.label
    expect([watch('p'), watch('Delete'), watch('h'), watch('c')]).toEqual([
      undefined,
      undefined,
      'Hand',
      'Compare with the ink (hold)',
    ])
  })

  test('are each told apart by their keys', () => {
    const keys = shortcutGroups.flatMap(({ shortcuts }) => shortcuts.flatMap(one => one.keys))
    expect(new Set(keys).size).toBe(keys.length)
  })
})
