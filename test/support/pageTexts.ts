import type { Language } from '../../language/languages.ts'
import { first as deFirst } from '../../language/page/de/first.ts'
import { later as deLater } from '../../language/page/de/later.ts'
import { first as enFirst } from '../../language/page/en/first.ts'
import { later as enLater } from '../../language/page/en/later.ts'
import { first as esFirst } from '../../language/page/es/first.ts'
import { later as esLater } from '../../language/page/es/later.ts'
import { first as frFirst } from '../../language/page/fr/first.ts'
import { later as frLater } from '../../language/page/fr/later.ts'
import { first as jaFirst } from '../../language/page/ja/first.ts'
import { later as jaLater } from '../../language/page/ja/later.ts'
import type { FirstTexts, LaterTexts } from '../../language/page/texts.ts'

/** Everything that the page says, by language: in the page itself each table is loaded when it is needed. */
export const pageTexts: Readonly<Record<Language, FirstTexts & LaterTexts>> = {
  en: { ...enFirst, ...enLater },
  de: { ...deFirst, ...deLater },
  fr: { ...frFirst, ...frLater },
  es: { ...esFirst, ...esLater },
  ja: { ...jaFirst, ...jaLater },
}
