/** The languages that there are messages in. */
export const languages = ['en', 'de', 'fr', 'es', 'ja'] as const
export type Language = (typeof languages)[number]

/** What each is called by those who speak it. */
export const languageNames = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  ja: '日本語',
} as const satisfies Record<Language, string>

/** The language of a request's `accept-language` (RFC 9110) that somebody likes best; English where there is none of ours. */
export function acceptedLanguage(header: string | undefined): Language {
  const wanted = (header ?? '').split(',').map(range => {
    const [locale = '', quality = 'q=1'] = range.split(';').map(part => part.trim())
    return { language: languageFor(locale), quality: Number(quality.replace(/^q=/, '')) || 0 }
  })
  const ours = wanted.filter(({ language, quality }) => language !== null && quality > 0)
  return ours.toSorted((one, other) => other.quality - one.quality)[0]?.language ?? 'en'
}

/** The language of a locale (BCP 47: `de`, `es-419`), or null where there are no messages in it. */
export function languageFor(locale: string | null | undefined): Language | null {
  const [spoken] = locale?.toLowerCase().split(/[-_]/) ?? []
  return languages.find(language => language === spoken) ?? null
}
