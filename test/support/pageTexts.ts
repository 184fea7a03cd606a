import { first as deFirst } from '../../language/page/de/first.ts'
import { later as deLater } from '../../language/page/de/later.ts'
import { first as enFirst } from '../../language/page/en/first.ts'
import { later as enLater } from '../../language/page/en/later.ts'
import { first as jaFirst } from '../../language/page/ja/first.ts'
import { later as jaLater } from '../../language/page/ja/later.ts'
import type { PageLanguage } from '../../language/page/languages.ts'
import type { FirstTexts, LaterTexts } from '../../language/page/texts.ts'

/** Everything that the page says, by language: in the page itself each table is loaded when it is needed. */
export const pageTexts: Readonly<Record<PageLanguage, FirstTexts & LaterTexts>> = {
  en: { ...enFirst, ...enLater },
  de: { ...deFirst, ...deLater },
  ja: { ...jaFirst, ...jaLater },
}
