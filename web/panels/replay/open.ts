import { createStore } from '../../store/store.ts'

/** Whether the replay of the room is open. */
export const replayOpen = createStore(false)
