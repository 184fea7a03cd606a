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

/** The language of a locale (BCP 47: `de`, `es-419`), or null where there are no messages in it. */
export function languageFor(locale: string | null | undefined): Language | null {
  const [spoken] = locale?.toLowerCase().split(/[-_]/) ?? []
  return languages.find(language => language === spoken) ?? null
}
