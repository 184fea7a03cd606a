import { languageFor } from '../../language/languages.ts'
import { roundDuration } from '../../protocol/durations.ts'
import { language } from './language.ts'
import { t } from './t.ts'

/** How the person writes dates and numbers: as where they live, if that speaks the language of the page. */
export const locale = (): string =>
  globalThis.navigator?.languages?.find(one => languageFor(one) === language.get()) ?? language.get()

/** A duration in milliseconds, rounded as an estimate is: "40 s", "2 min". */
export function durationText(ms: number): string {
  const { count, unit } = roundDuration(ms)
  return t(`duration.${unit}`, { count })
}

export const percentText = (share: number): string =>
  new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 0 }).format(share)

/** With so many digits after the point, no more and no fewer. */
export const numberText = (value: number, digits: number): string =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)

/** A moment, in milliseconds since 1970 or as ISO 8601. */
export const timeText = (at: number | string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(locale(), options).format(new Date(at))

/** "a, b and c"; as a disjunction "a, b or c". */
export const listText = (items: readonly string[], type: Intl.ListFormatType = 'conjunction'): string =>
  new Intl.ListFormat(locale(), { type }).format(items)
