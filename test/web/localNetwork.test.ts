import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import { example, localName, shareSite } from './site.ts'

/** For a machine that has other things to do. */
const patienceMs = patient(25_000)
const ink = '31,36,48,255'

/** Over plain HTTP under a name that is not localhost, browsers take away what they keep for secure contexts. */
describe.runIf(canBrowse())('a room in a local network', { timeout: patient(90_000) }, () => {
  const web = shareSite()

  const openRoom = () => web.visitors.openRoom('Mira', web.site.localUrl)

  test('is no secure context here, as this test wants it', async () => {
    const { page } = await web.visitors.arrive('Mira', web.site.localUrl)
    const found = await page.evaluate(() => [
      isSecureContext,
      'getCoalescedEvents' in PointerEvent.prototype,
      'randomUUID' in crypto,
      'clipboard' in navigator,
    ])
    expect(found).toEqual([false, false, false, false])
  })

  test('takes whole strokes, not their first dots, and shows them to everybody', async () => {
    const mira = await openRoom()
    const jo = await web.visitors.arrive('Jo', mira.page.url())
    await jo.page.locator('.sheet').waitFor()
    await mira.draw([0.2, 0.4], [0.8, 0.4], [0.8, 0.7])
    for (const person of [mira, jo]) {
      await vi.waitFor(async () => {
        expect(await person.inkAt([0.25, 0.4])).toBe(ink)
        expect(await person.inkAt([0.7, 0.4])).toBe(ink)
        expect(await person.inkAt([0.8, 0.6])).toBe(ink)
      }, patienceMs)
    }
    for (const person of [mira, jo]) {
      expect(person.complaints, 'errors on the console').toEqual([])
    }
  })

  test('copies ink from one room into another', async () => {
    const mira = await openRoom()
    await mira.draw([0.2, 0.4], [0.8, 0.4])
    await vi.waitFor(async () => expect(await mira.inkAt([0.5, 0.4])).toBe(ink), patienceMs)
    await mira.page.keyboard.press('v')
    await mira.draw([0.1, 0.3], [0.9, 0.5])
    await mira.page.locator('.selection').waitFor()
    await mira.page.keyboard.press('Control+c')
    await mira.page.goto(web.site.localUrl)
    await mira.page.getByRole('button', { name: 'New room' }).click()
    await mira.page.getByRole('button', { name: example }).waitFor()
    await mira.page.keyboard.press('Control+v')
    await mira.page.locator('.selection').waitFor()
    await mira.page.getByText('1 thing').waitFor()
  })

  test('gives a link to copy that leads to the same name', async () => {
    const mira = await openRoom()
    await mira.page.getByRole('button', { name: 'Share' }).click()
    await mira.page.getByRole('button', { name: 'Copy' }).first().click()
    await mira.page.getByText('Copied').waitFor()
    const link = await mira.page.getByLabel('Anyone with this link can draw').inputValue()
    expect(new URL(link).hostname).toBe(localName)
    expect(mira.complaints, 'errors on the console').toEqual([])
  })
})
