import type { Page } from 'playwright-core'
import qrcode from 'qrcode-generator'
import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import { looksLike, openPerson } from './person.ts'
import { example, localName, shareSite } from './site.ts'
import { openTablet } from './tablet.ts'
import { drawPicture, drop } from './teaching.ts'

const patienceMs = patient(40_000)
const fiveMinutes = patient(5 * 60_000)
const until = (check: () => Promise<unknown>) => vi.waitFor(check, { timeout: patienceMs, interval: 100 })

/**
 * Two people who have read nothing, one at a desktop and one with a tablet in the hand, under a name of the local network.
 * What each does is counted, so that a way that has become longer is seen.
 */
describe.runIf(canBrowse())('two newcomers, one with a tablet', { timeout: patient(300_000) }, () => {
  const web = shareSite()
  test('come in, sketch, fill, pick colours, paint, draw over it, erase back to it, undo and use a style', async () => {
    const startedAt = performance.now()
    let actions = 0
    const act = async <T>(done: Promise<T>): Promise<T> => {
      actions++
      return done
    }

    // The one at the desktop begins, and holds the code of the room up to the tablet.
    const mira = await openPerson(web.visitors.browser, 'Mira', undefined, { isNewcomer: true })
    await act(mira.page.goto(web.site.localUrl))
    await act(mira.page.getByRole('button', { name: 'New room' }).click())
    await act(mira.page.getByRole('button', { name: example }).click())
    await until(async () => expect(await mira.painting()).not.toEqual([]))
    await act(mira.page.getByRole('button', { name: 'Share' }).click())
    const link = await codeShown(mira.page)
    expect(new URL(link).hostname).toBe(localName)
    await act(mira.page.keyboard.press('Escape'))

    const jo = await openTablet(web.visitors.browser, 'Jo', { isNewcomer: true })
    await act(jo.page.goto(link))
    await until(async () => expect(await jo.painting()).not.toEqual([]))
    const fromWords = await jo.painting()

    // A soft brush by finger, in a colour from the row, over the painting: it follows for both.
    await act(jo.tap(jo.page.getByRole('button', { name: 'Soft tip' })))
    await act(jo.tap(jo.page.getByRole('radio', { name: 'Red' })))
    await act(jo.page.locator('.size input').fill('60'))
    await act(jo.finger([0.2, 0.5], [0.5, 0.45], [0.8, 0.5]))
    for (const person of [mira, jo]) {
      await until(async () => expect(Number((await person.inkAt([0.5, 0.46])).split(',')[3])).toBeGreaterThan(60))
    }
    await until(async () => {
      for (const person of [mira, jo]) expect(looksLike(await person.painting(), fromWords)).toBe(false)
    })

    // A closed line and a fill, in a colour that is picked from the painting.
    await act(mira.page.getByRole('button', { name: 'Pen', exact: true }).click())
    await act(mira.draw([0.3, 0.7], [0.6, 0.7], [0.6, 0.9], [0.3, 0.9], [0.3, 0.7]))
    await act(mira.page.getByRole('button', { name: 'Pick a color from the canvas' }).click())
    await act(mira.draw([0.1, 0.1]))
    await act(mira.page.locator('.toolbar').getByRole('button', { name: 'Fill' }).click())
    await act(mira.draw([0.45, 0.8]))
    await until(async () => expect(Number((await jo.inkAt([0.45, 0.8])).split(',')[3])).toBe(255))

    // Other words, and the painting is another one.
    const before = await jo.painting()
    await act(mira.page.getByLabel('What this frame shall become').fill('a dusk'))
    await act(mira.page.keyboard.press('Enter'))
    await until(async () => expect(looksLike(await jo.painting(), before)).toBe(false))

    // The tablet erases its stroke back to the painting, and takes that back.
    await act(jo.tap(jo.page.getByRole('button', { name: 'Eraser', exact: true })))
    await act(jo.finger([0.2, 0.5], [0.5, 0.45], [0.8, 0.5]))
    await until(async () => expect(Number((await mira.inkAt([0.5, 0.46])).split(',')[3])).toBeLessThan(30))
    await act(jo.tap(jo.page.getByRole('button', { name: 'Undo' }).filter({ visible: true }).first()))
    await until(async () => expect(Number((await mira.inkAt([0.5, 0.46])).split(',')[3])).toBeGreaterThan(60))

    // A style from pictures, and the frame in it, for both to see.
    await act(mira.page.getByRole('button', { name: /^Styles/ }).click())
    await act(mira.page.getByRole('button', { name: 'Teach a style' }).click())
    await mira.page.getByText('Drop pictures here').waitFor()
    const colors = ['#c0392b', '#27ae60', '#2980b9', '#8e44ad', '#f39c12', '#16a085']
    await act(drop(mira, await Promise.all(colors.map(drawPicture))))
    await mira.page
      .locator('.tray-pictures img')
      .nth(colors.length - 1)
      .waitFor()
    await act(mira.page.getByLabel('Name of the style').fill('Six colors'))
    await act(mira.page.getByRole('button', { name: 'Learn this style' }).click())
    await act(mira.page.getByRole('button', { name: 'Use in this frame' }).click({ timeout: patienceMs }))
    await until(async () => expect(await jo.page.locator('.style-chip').textContent()).toContain('Six colors'))

    expect(actions).toBeLessThanOrEqual(32)
    expect(performance.now() - startedAt, 'milliseconds').toBeLessThan(fiveMinutes)
    for (const person of [mira, jo]) {
      expect(person.strangers).toEqual([])
      await person.close()
    }
  })
})

/** The link that the code on the page holds; a camera is not here, so the code of the link beside it is compared. */
async function codeShown(page: Page): Promise<string> {
  const path = await page
    .getByRole('img', { name: /camera/ })
    .locator('path')
    .getAttribute('d')
  const link = await page.getByLabel('Anyone with this link can draw').inputValue()
  const code = qrcode(0, 'M')
  code.addData(link)
  code.make()
  const count = code.getModuleCount()
  const dark = Array.from({ length: count * count }, (_, at) => [at % count, Math.floor(at / count)] as const)
  expect(path).toBe(dark.map(([x, y]) => (code.isDark(y, x) ? `M${x} ${y}h1v1h-1z` : '')).join(''))
  return link
}
