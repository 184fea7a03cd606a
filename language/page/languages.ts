import type { Language } from '../languages.ts'

/** The languages that the page speaks; who speaks none of them reads English. */
export const pageLanguages = ['en', 'de', 'ja'] as const satisfies readonly Language[]
export type PageLanguage = (typeof pageLanguages)[number]
