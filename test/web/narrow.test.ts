/** A narrow phone in each language: whatever opens lies within the window, and no word in it is cut off by its edge. */
import { afterAll, describe, expect, test, vi } from 'vitest'
import { createFramePosts } from '../../bot/posts/framePosts.ts'
import { type Language, languages } from '../../language/languages.ts'
import { canBrowse } from '../support/chromium.ts'
import { type Discord, openDiscord } from '../support/discord/index.ts'
import { collectLog } from '../support/log.ts'
import { pageTexts } from '../support/pageTexts.ts'
import { patient } from '../support/patience.ts'
import { cutOff } from './measures.ts'
import { roomFromDiscord, tourSending, tourStyles } from './narrowTour.ts'
import { openPerson } from './person.ts'
import { example, shareSite } from './site.ts'

/** Where to put pictures of each state, to be looked at; nowhere if empty. */
const photographs = process.env['FOURSTROKE_PHOTOGRAPHS'] ?? ''
const publicUrl = 'https://paint.example.org'
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }

describe.runIf(canBrowse())('on a narrow phone', { timeout: patient(120_000) }, () => {
  let discord: Discord
  const web = shareSite(async () => {
    discord = await openDiscord()
    const { token, api } = discord
    discord.channel('gallery')
    return {
      framePosts: studio => createFramePosts({ studio, token, api, publicUrl, log: collectLog().log }),
    }
  })
  afterAll(async () => {
    await discord?.close()
  })

  test.each(languages)('nothing is cut off: %s', async (language: Language) => {
    const text = pageTexts[language]
    const mira = await openPerson(web.visitors.browser, '', { ...phone, locale: language })
    const { page } = mira
    const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click()
    await page.goto(web.site.url)
    await press(text['start.newRoom'])
    await press(example)
    await page.locator('.painting:not([data-empty])').waitFor()
    const noah = await openPerson(web.visitors.browser, '', { ...phone, locale: language })
    await noah.page.goto(page.url())
    await vi.waitFor(async () => expect(await page.locator('.faces .face').count()).toBe(2), patient(30_000))

    const wrong: Record<string, readonly string[]> = {}
    async function look(state: string): Promise<void> {
      await page.locator('[role=dialog], dialog[open]').first().waitFor()
      await page.waitForTimeout(300)
      if (photographs !== '') await page.screenshot({ path: `${photographs}/${language}-${state}.png` })
      const found = await cutOff(page)
      if (found.length > 0) wrong[state] = found
    }
    const close = async () => {
      await page.keyboard.press('Escape')
      await page.locator('[role=dialog], dialog[open]').first().waitFor({ state: 'detached' })
    }
    const openPeople = () => page.locator('.faces').click()
    for (const [state, open] of [
      ['people', openPeople],
      ['share', () => press(text['share.button'])],
      ['replay', () => press(text['share.button']).then(() => press(text['share.replay']))],
      ['manage', () => openPeople().then(() => press(text['people.manage']))],
      ['stream', () => press(text['stream.label'])],
      ['export', () => page.keyboard.press('Control+Shift+e')],
      ['help', () => page.keyboard.press('?')],
    ] as const) {
      await open()
      await look(state)
      if (state === 'manage') {
        await page.getByRole('button', { name: text['owners.renew'] }).click()
        await page.getByRole('button', { name: text['owners.renewConfirm'], exact: true }).click()
        // It is said above the sheet, where it can be seen and pressed away.
        const toast = page.getByRole('dialog').getByText(text['owners.renewed'])
        await toast.click()
        await toast.waitFor({ state: 'detached' })
        await page.getByRole('button', { name: text['owners.delete'], exact: true }).click()
        await look('manage, deleting?')
        await page.getByRole('dialog').getByRole('button', { name: text.close }).click()
      } else await close()
    }
    expect(wrong).toEqual({})
    await noah.close()
    await mira.close()
  })

  test.each(languages)('nothing is cut off where pictures are sent and styles are learned: %s', async language => {
    const ada = await openPerson(web.visitors.browser, '', { ...phone, locale: language })
    const { page } = ada
    const photograph = async (state: string) =>
      photographs !== '' && page.screenshot({ path: `${photographs}/${language}-${state}.png` })
    await page.goto(web.site.url + (await roomFromDiscord(web.site.world, discord, discord.user(`ada-${language}`))))
    await page.getByRole('button', { name: example }).click()
    await page.locator('.painting:not([data-empty])').waitFor()
    expect(await tourSending(ada, { language, photograph })).toEqual({})
    expect(await tourStyles(ada, { language, photograph })).toEqual({})
    expect(ada.complaints).toEqual([])
    await ada.close()
  })
})
