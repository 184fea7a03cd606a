/** A phone held sideways: little height. Everything that a room has can be reached, and nothing lies over anything else. */
import { describe, expect, test } from 'vitest'
import type { Language } from '../../language/languages.ts'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import { openPerson } from './person.ts'
import { tourSideways } from './sidewaysTour.ts'
import { example, shareSite } from './site.ts'

/** Where to put pictures of each state, to be looked at; nowhere if empty. */
const photographs = process.env['FOURSTROKE_PHOTOGRAPHS'] ?? ''

const phones: readonly (readonly [width: number, height: number, language: Language])[] = [
  [568, 320, 'en'],
  [667, 375, 'de'],
  [667, 375, 'ja'],
  [740, 360, 'ja'],
  [844, 390, 'de'],
  [932, 430, 'en'],
]

describe.runIf(canBrowse())('a phone held sideways', { timeout: patient(180_000) }, () => {
  const web = shareSite()

  test.each(phones)('has room for everything: %i × %i, %s', async (width, height, language) => {
    const phone = { viewport: { width, height }, hasTouch: true, isMobile: true, locale: language }
    const mira = await openPerson(web.visitors.browser, 'Mira', phone)
    const photograph = async (state: string) =>
      photographs !== '' && mira.page.screenshot({ path: `${photographs}/${width}-${language}-${state}.png` })
    const wrong = await tourSideways(mira, { url: web.site.url, example, language, photograph })
    expect(wrong).toEqual({})
    expect(mira.complaints).toEqual([])
    await mira.close()
  })
})
