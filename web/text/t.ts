import type { TranslatedErrors } from '../../language/errors/table.ts'
import { type TranslatableError, translateBy } from '../../language/errors/translate.ts'
import type { Language } from '../../language/languages.ts'
import type { PageTexts } from '../../language/page/texts.ts'
import { createTranslator, type Say } from '../../language/translator.ts'
import { errorText } from '../../protocol/errors.ts'

/** What the page speaks: a language with its texts, as far as they are loaded, and its errors, which English has none of. */
export interface Speech {
  readonly language: Language
  readonly texts: Readonly<Partial<Record<keyof PageTexts, string>>>
  readonly errors: TranslatedErrors | undefined
}
let speech: Speech = { language: 'en', texts: {}, errors: undefined }

/** Says something of the page's tables (language/page/) in the person's language: `t('share.title')`. */
export let t: Say<PageTexts> = createTranslator('en', {})

/** From now on things are said like this; what stands on the page has to be drawn again. */
export function speak(next: Speech): void {
  speech = next
  t = createTranslator(next.language, next.texts)
}

/** An error in the person's language: its message, and what can be done about it. */
export const errorMessage = (error: TranslatableError): string => errorText(translateBy(speech.errors, error))
