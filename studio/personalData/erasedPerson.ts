import { asPersonId } from '../shared/ids.ts'

/** In whose name stands what erased people have left in rooms of others. One for all, so that it says nothing of any. */
export const erasedPerson = { id: 'erased', name: 'Somebody who left', color: '#868e96' } as const
export const erasedId = asPersonId(erasedPerson.id) // ids of people are drawn at random but for this one and the command line's
