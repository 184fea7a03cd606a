import type { ErrorCode } from '../../protocol/errors.ts'

/** Message and hint of an error in another language, with the values of the table (protocol/errors.ts). */
export type TranslatedError = readonly [message: string, hint?: string]
export type TranslatedErrors = Readonly<Partial<Record<ErrorCode, TranslatedError>>>
