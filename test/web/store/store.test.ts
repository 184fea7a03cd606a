import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { remembered } from '../../../web/store/remembered.ts'
import { createStore, fieldOf, until } from '../../../web/store/store.ts'
import { createThrottle } from '../../../web/store/throttle.ts'
import { dismiss, notify, toasts } from '../../../web/store/toasts.ts'

describe('a store', () => {
  test('tells when its value is another one, and only then', () => {
    const store = createStore(1)
    const heard: number[] = []
    const stop = store.subscribe(() => heard.push(store.get()))
    store.set(1)
    store.update(value => value + 1)
    store.set(2)
    stop()
    store.set(3)
    expect(heard).toEqual([2])
  })

  test('lets a listener leave while it is being told', () => {
    const store = createStore(0)
    const heard: string[] = []
    const stop = store.subscribe(() => {
      heard.push('first')
      stop()
    })
    store.subscribe(() => heard.push('second'))
    store.set(1)
    store.set(2)
    expect(heard).toEqual(['first', 'second', 'second'])
  })

  test('tells of one field only when that one changes', () => {
    const store = createStore({ a: 1, b: 1 })
    const field = fieldOf(store, 'a')
    const heard = vi.fn()
    field.subscribe(heard)
    store.set({ a: 1, b: 2 })
    expect(heard).not.toHaveBeenCalled()
    store.set({ a: 2, b: 2 })
    expect(heard).toHaveBeenCalledOnce()
    expect(field.get()).toBe(2)
  })

  test('is waited for until it is as it should be', async () => {
    const store = createStore(0)
    await until(store, value => value === 0)
    const reached = vi.fn()
    const waiting = until(store, value => value > 1).then(reached)
    store.set(1)
    await Promise.resolve()
    expect(reached).not.toHaveBeenCalled()
    store.set(2)
    await waiting
    expect(reached).toHaveBeenCalledOnce()
  })
})

describe('what a browser remembers', () => {
  const items = new Map<string, string>()
  beforeEach(() => {
    items.clear()
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => items.set(key, value),
    })
    vi.spyOn(console, 'info').mockImplementation(() => undefined)
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })
  const size = () => remembered('size', 10, stored => (typeof stored === 'number' && stored > 0 ? stored : undefined))

  test('is there again on the next visit', () => {
    size().set(24)
    expect(items.get('fourstroke.size')).toBe('24')
    expect(size().get()).toBe(24)
  })

  test('is left alone where it is not what it should be', () => {
    items.set('fourstroke.size', '"large"')
    expect(size().get()).toBe(10)
    items.set('fourstroke.size', '{')
    expect(size().get()).toBe(10)
  })

  test('is forgotten where the person forbids storage, and the page works all the same', () => {
    const forbid = () => {
      throw new DOMException('Access is denied.', 'SecurityError')
    }
    vi.stubGlobal('localStorage', { getItem: forbid, setItem: forbid })
    const store = size()
    store.set(24)
    expect(store.get()).toBe(24)
  })
})

describe('with a clock', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('a throttle sends the newest value, once in a while', () => {
    const sent: number[] = []
    const throttle = createThrottle<number>(40, value => sent.push(value))
    throttle.push(1)
    throttle.push(2)
    vi.advanceTimersByTime(40)
    throttle.push(3)
    vi.advanceTimersByTime(39)
    expect(sent).toEqual([2])
    throttle.dispose()
    vi.advanceTimersByTime(100)
    expect(sent).toEqual([2])
  })

  test('a note is shown once at a time, for a few seconds, and can be sent away', () => {
    toasts.set([])
    notify('Saved.')
    notify('Saved.')
    notify('Too large.', 'bad')
    expect(toasts.get().map(toast => toast.tone)).toEqual(['info', 'bad'])
    dismiss(toasts.get()[0]!.id)
    expect(toasts.get()).toHaveLength(1)
    vi.advanceTimersByTime(10_000)
    expect(toasts.get()).toEqual([])
  })
})
