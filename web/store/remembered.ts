import { createStore, type Store } from './store.ts'

/**
 * A store that lives on in localStorage under `fourstroke.<key>`. What is stored there is checked by `read`, since an older
 * version, or the person, may have written something else; a browser that forbids storage simply forgets.
 */
export function remembered<T>(key: string, initial: T, read: (stored: unknown) => T | undefined): Store<T> {
  const name = `fourstroke.${key}`
  const store = createStore(readItem(name, read) ?? initial)
  store.subscribe(() => writeItem(name, store.get()))
  return store
}

function readItem<T>(name: string, read: (stored: unknown) => T | undefined): T | undefined {
  try {
    const text = localStorage.getItem(name)
    return text === null ? undefined : read(JSON.parse(text))
  } catch (error) {
    console.info(`Could not read ${name}; starting afresh.`, error)
    return undefined
  }
}

function writeItem(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value))
  } catch (error) {
    console.info(`Could not remember ${name}.`, error)
  }
}
