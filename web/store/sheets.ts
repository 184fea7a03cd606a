import { createStore } from './store.ts'

/** How many modal sheets are open, one above the other. */
export const openSheets = createStore(0)
