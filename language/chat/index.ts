import type { Language } from '../languages.ts'
import { de } from './de.ts'
import { en, type MessageKey, type Messages } from './en.ts'
import { es } from './es.ts'
import { fr } from './fr.ts'
import { ja } from './ja.ts'

export type { MessageKey, Messages }

/** Everything that the bot says, by language and key. */
export const messages: Readonly<Record<Language, Readonly<Record<MessageKey, string>>>> = { en, de, fr, es, ja }
