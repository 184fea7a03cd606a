import { createStore } from '../store/store.ts'

/** Whether the links of the room are shown. */
export const shareOpen = createStore(false)
