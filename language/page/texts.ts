import type { PlainKey } from '../translator.ts'
import type { first } from './en/first.ts'
import type { later } from './en/later.ts'

/** What the page says, by key, in English: the other languages have the same keys with the same values. */
export type PageTexts = typeof first & typeof later
export type PageText = keyof PageTexts
/** A text that takes no values: tables in the code hold these keys, and say them when they are shown. */
export type PlainText = PlainKey<PageTexts>

/** What a room and the start page show at once. */
export type FirstTexts = Readonly<Record<keyof typeof first, string>>
/** What panels, sheets and tools say whose code is loaded when they are used. */
export type LaterTexts = Readonly<Record<keyof typeof later, string>>
