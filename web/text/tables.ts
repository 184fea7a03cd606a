import type { TranslatedErrors } from '../../language/errors/table.ts'
import type { Language } from '../../language/languages.ts'
import type { FirstTexts, LaterTexts } from '../../language/page/texts.ts'

interface Tables {
  readonly first: () => Promise<FirstTexts>
  readonly later: () => Promise<LaterTexts>
  /** None for English, which errors are thrown in. */
  readonly errors: () => Promise<TranslatedErrors | undefined>
}

/** What the page says, by language: each table is a file of its own, loaded only where it is spoken. */
export const tables: Readonly<Record<Language, Tables>> = {
  en: {
    first: async () => (await import('../../language/page/en/first.ts')).first,
    later: async () => (await import('../../language/page/en/later.ts')).later,
    errors: async () => undefined,
  },
  de: {
    first: async () => (await import('../../language/page/de/first.ts')).first,
    later: async () => (await import('../../language/page/de/later.ts')).later,
    errors: async () => (await import('../../language/errors/de.ts')).de,
  },
  fr: {
    first: async () => (await import('../../language/page/fr/first.ts')).first,
    later: async () => (await import('../../language/page/fr/later.ts')).later,
    errors: async () => (await import('../../language/errors/fr.ts')).fr,
  },
  es: {
    first: async () => (await import('../../language/page/es/first.ts')).first,
    later: async () => (await import('../../language/page/es/later.ts')).later,
    errors: async () => (await import('../../language/errors/es.ts')).es,
  },
  ja: {
    first: async () => (await import('../../language/page/ja/first.ts')).first,
    later: async () => (await import('../../language/page/ja/later.ts')).later,
    errors: async () => (await import('../../language/errors/ja.ts')).ja,
  },
}
