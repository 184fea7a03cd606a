import '../emptyStorage.ts'
import { describe, expect, test } from 'vitest'
import { shortcutFor, shortcutGroups, shortcutName } from '../../../web/panels/shortcuts.ts'

const press = (key: string, over: Partial<Parameters<typeof shortcutName>[0]> = {}) => ({
  ...{ key, code: '', ctrlKey: false, metaKey: false, shiftKey: false },
  ...over,
})
const name = (key: string, over = {}) => shortcutFor(press(key, over), { canEdit: true })?.name

describe('shortcuts', () => {
  test('know Ctrl and Command as one, and Shift before letters and arrows only', () => {
    expect(name('z', { ctrlKey: true })).toBe('undo')
    expect(name('z', { metaKey: true })).toBe('undo')
    expect(name('Z', { ctrlKey: true, shiftKey: true })).toBe('redo')
    expect(name('+', { shiftKey: true })).toBe('closer')
    expect(name('ArrowLeft', { shiftKey: true })).toBe('push left')
    expect(name('y')).toBeUndefined()
  })

  test('are found by place on a keyboard without Latin letters', () => {
    expect(name('я', { code: 'KeyZ', ctrlKey: true })).toBe('undo')
    expect(name('Я', { code: 'KeyZ', ctrlKey: true, shiftKey: true })).toBe('redo')
    expect(name('з', { code: 'KeyP' })).toBe('pen')
    expect(name('ψ', { code: 'KeyC' })).toBe('compare')
    expect(name('х', { code: 'BracketLeft' })).toBe('thinner')
    expect(name('١', { code: 'Digit1' })).toBe('showAll')
  })

  test('follow the letter, not the place, where there are Latin ones', () => {
    // On a French keyboard the letter A lies where an English one has Q.
    expect(name('a', { code: 'KeyQ', ctrlKey: true })).toBe('selectAll')
    expect(shortcutName(press('ü', { code: 'BracketLeft' }))).toBe('ü')
    expect(shortcutName(press('Enter', { code: 'Enter', ctrlKey: true }))).toBe('mod+enter')
  })

  test('that draw do nothing for somebody who only watches', () => {
    const watch = (key: string) => shortcutFor(press(key), { canEdit: false })?.name
    expect([watch('p'), watch('delete'), watch('h'), watch('c')]).toEqual([undefined, undefined, 'hand', 'compare'])
  })

  test('are each told apart by their keys', () => {
    const keys = shortcutGroups.flatMap(({ shortcuts }) => shortcuts.flatMap(one => one.keys))
    expect(new Set(keys).size).toBe(keys.length)
  })
})
