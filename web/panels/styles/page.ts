import type { PictureUpload } from '../../room/pictures.ts'
import { createStore } from '../../store/store.ts'

/** What the sheet of styles shows; null: it is closed. */
export type StylesPage =
  | { readonly type: 'list' }
  | { readonly type: 'create' }
  | { readonly type: 'style'; readonly id: string }

export const stylesPage = createStore<StylesPage | null>(null)

/** What is being got ready to be taught; it waits here when the sheet is closed in between. */
export const draft = createStore<{ readonly name: string; readonly pictures: readonly PictureUpload[] }>({
  name: '',
  pictures: [],
})
