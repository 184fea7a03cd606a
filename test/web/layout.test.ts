import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { collectLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'
import { hiddenTargets, panelsInTheWay, smallTargets } from './measures.ts'
import { example, shareSite } from './site.ts'

const examples = [example, 'a large yellow balloon in the mountains at dawn', 'a white lighthouse', 'a purple castle']
const screens = {
  'a tablet on its side': [1024, 768],
  'a small tablet on its side': [820, 500],
  'a tablet upright': [768, 1024],
  'a phone on its side': [844, 390],
  'a phone upright': [390, 844],
} as const

describe.runIf(canBrowse())('the bars of a room', { timeout: patient(90_000) }, () => {
  const vocabulary = { words: example.split(' '), examples }
  const web = shareSite({ engine: { vocabulary }, log: collectLog({ level: 'info' }).log })

  async function openRoom(screen: readonly [number, number]): Promise<Page> {
    const [width, height] = screen
    const options = { viewport: { width, height }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' as const }
    const page = await (await web.visitors.browser.newContext(options)).newPage()
    await page.addInitScript(() => localStorage.setItem('fourstroke.name', '"Mira"'))
    await page.goto(web.site.url)
    await page.getByRole('button', { name: 'New room' }).waitFor()
    expect(await smallTargets(page), 'on the start page').toEqual([])
    await page.getByRole('button', { name: 'New room' }).click()
    await page.getByRole('button', { name: 'An empty frame' }).waitFor()
    expect(await hiddenTargets(page, '.empty-sheet button'), 'on an empty desk').toEqual([])
    await page.getByRole('button', { name: example }).click()
    await page.locator('.frame-chrome[data-state=fresh]').waitFor()
    return page
  }

  test.each(Object.entries(screens))(
    'do not overlap on %s, and are large enough for fingers',
    async (_name, screen) => {
      const page = await openRoom(screen)
      expect(await panelsInTheWay(page)).toEqual({ overlaps: [], outside: 0 })
      expect(await smallTargets(page)).toEqual([])
      await page.getByRole('button', { name: 'Share' }).click()
      await page.getByRole('img', { name: /camera/ }).waitFor()
      expect(await smallTargets(page), 'in Share').toEqual([])
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: /person here/ }).click()
      expect(await smallTargets(page), 'among people').toEqual([])
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Strength, seed and more' }).click()
      expect(await smallTargets(page), 'in the frame’s settings').toEqual([])
      await page.keyboard.press('Control+a')
      await page.locator('.selection').waitFor()
      expect(await smallTargets(page), 'around a selection').toEqual([])
      await page.keyboard.press('m')
      await page.getByRole('button', { name: 'Box', exact: true }).click()
      const sheet = (await page.locator('.sheet').boundingBox())!
      await page.mouse.move(sheet.x + sheet.width * 0.3, sheet.y + sheet.height * 0.15)
      await page.mouse.down()
      await page.mouse.move(sheet.x + sheet.width * 0.5, sheet.y + sheet.height * 0.3, { steps: 3 })
      await page.mouse.up()
      await page.getByLabel('What shall be here').waitFor()
      expect(await panelsInTheWay(page), 'beside a region').toEqual({ overlaps: [], outside: 0 })
      expect(await smallTargets(page), 'beside a region').toEqual([])
      await page.keyboard.press('Control+Shift+e')
      await page.getByRole('button', { name: 'PNG 4×' }).waitFor()
      expect(await smallTargets(page), 'in Export').toEqual([])
      await page.keyboard.press('Escape')
      const styles = page.getByRole('button', { name: /^Styles/ }).filter({ visible: true })
      // A phone has them below the people.
      if ((await styles.count()) === 0) await page.getByRole('button', { name: /here$/ }).click()
      await styles.click()
      await page.getByRole('button', { name: 'Teach a style' }).waitFor()
      expect(await smallTargets(page), 'among styles').toEqual([])
      await page.getByRole('button', { name: 'Teach a style' }).click()
      expect(await smallTargets(page), 'where a style is taught').toEqual([])
      await page.context().close()
    },
  )

  test('have one stop for the Tab key among colours, and arrows choose', async () => {
    const page = await openRoom(screens['a tablet on its side'])
    const ink = page.getByRole('radio', { name: 'Ink', exact: true })
    await ink.focus()
    await page.keyboard.press('ArrowRight')
    expect(await page.getByRole('radio', { name: 'Stone' }).getAttribute('aria-checked')).toBe('true')
    expect(await page.getByRole('radio', { name: 'Stone' }).evaluate(one => one === document.activeElement)).toBe(true)
    expect(await page.locator('.swatches [role=radio][tabindex="0"]').count()).toBe(1)
    await page.keyboard.press('ArrowLeft')
    expect(await ink.getAttribute('aria-checked')).toBe('true')
    await page.context().close()
  })
})
