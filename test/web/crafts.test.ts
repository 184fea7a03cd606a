/** A style of lines as somebody teaches it on the page, learned and worn by the model that ships. */
import { describe, expect, test, vi } from 'vitest'
import type { FileHash } from '../../studio/studio.ts'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import { linesOf, textureAlone, woodcutFiles } from '../support/woodcuts.ts'
import { looksLike, type Person } from './person.ts'
import { shareSite } from './site.ts'
import { drop } from './teaching.ts'

const until = <T>(check: () => Promise<T> | T) => vi.waitFor(check, { timeout: patient(60_000), interval: 250 })
const learnedWithin = { timeout: patient(240_000) }

describe.runIf(canBrowse())('woodcuts', { timeout: patient(420_000) }, () => {
  const web = shareSite({ engine: 'embedded', learning: textureAlone }, { isQuiet: true })

  /** How far the newest picture of the frame is from woodcuts. */
  async function lines({ page }: Person) {
    const file = (await page.locator('.film img').first().getAttribute('src'))!.split('/').at(-1)!
    return linesOf((await web.site.world.studio.pictures.files.read(file as FileHash))!)
  }

  test('are taught, worn by a live frame and by a part of it, and gone when they are deleted', async () => {
    const mira = await web.visitors.arrive('Mira')
    const { page } = mira
    await page.getByRole('button', { name: 'New room' }).click()
    await page.getByRole('button', { name: 'An empty frame' }).click()
    await page.locator('#prompt').fill('a red house by a lake')
    await page.locator('#prompt').blur()
    await page.locator('.film').first().waitFor()
    const plain = await lines(mira)
    const jo = await web.visitors.arrive('Jo', page.url())

    await page.getByRole('button', { name: /^Styles/ }).click()
    await page.getByRole('button', { name: 'Teach a style' }).click()
    await page.getByText('Drop pictures here').waitFor()
    await drop(mira, woodcutFiles('webp', 'txt'))
    await until(async () => expect(await page.locator('.tray-pictures img').count()).toBe(12))
    await page.getByLabel('Name of the style').fill('woodcut')
    await page.getByRole('button', { name: 'Learn this style' }).click()
    await page.locator('.compare').waitFor(learnedWithin)
    await page.getByRole('button', { name: 'Use in this frame' }).click()
    await until(async () => {
      const worn = await lines(mira)
      expect(worn.left).toBeLessThan(plain.left / 2)
      expect(worn.right).toBeLessThan(plain.right / 2)
    })
    await until(async () => expect(looksLike(await jo.painting(), await mira.painting())).toBe(true))
    expect(await jo.page.locator('.style-chip').textContent()).toContain('woodcut')

    // It goes on following the ink.
    const still = await jo.painting()
    await page.locator('.toolbar').getByRole('button', { name: 'Pen', exact: true }).click()
    await page.getByRole('radio', { name: 'Red', exact: true }).click()
    await page.locator('.size input').fill('90')
    await mira.draw([0.1, 0.1], [0.9, 0.1], [0.9, 0.3], [0.1, 0.3])
    await until(async () => expect(looksLike(await jo.painting(), still)).toBe(false))
    expect((await lines(mira)).left).toBeLessThan(plain.left / 2)

    // On the left alone.
    await page.locator('.caption-title').click()
    await page.getByRole('button', { name: 'Take woodcut out' }).click()
    await page.getByRole('button', { name: 'Paint a part of a frame' }).click()
    await page.getByRole('button', { name: 'Box', exact: true }).click()
    await mira.draw([0, 0], [0.5, 1])
    await page.getByLabel('What shall be here').fill('a red house by a lake')
    await page.getByRole('button', { name: 'Keep these words here' }).click()
    await page.getByRole('button', { name: 'Styles of this region' }).click()
    const ofRegion = page.getByRole('dialog', { name: 'Styles of this region' })
    await ofRegion.getByRole('button', { name: 'Paint in a style' }).click()
    await ofRegion.getByRole('button', { name: 'Paint in woodcut' }).click()
    await until(async () => {
      const halves = await lines(mira)
      expect(halves.left).toBeLessThan(plain.left / 2)
      expect(halves.right).toBeGreaterThan(plain.right / 2)
    })

    await page.keyboard.press('Escape')
    await page
      .getByRole('button', { name: /^Styles/ })
      .first()
      .click()
    await page.locator('.style-card', { hasText: 'woodcut' }).click()
    await page.getByRole('button', { name: 'Delete this style' }).click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await until(async () => expect(await jo.page.locator('.style-chip').count()).toBe(0))
  })
})
