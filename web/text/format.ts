import { languageFor } from '../../language/languages.ts'
import { language } from './language.ts'

/** How the person writes dates and numbers: as where they live, if that speaks the language of the page. */
export const locale = (): string =>
  globalThis.navigator?.languages?.find(one => languageFor(one) === language.get()) ?? language.get()
