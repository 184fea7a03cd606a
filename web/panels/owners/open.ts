import { createStore } from '../../store/store.ts'

/** Whether the sheet is open in which owners manage their room. */
export const ownerSheetOpen = createStore(false)
