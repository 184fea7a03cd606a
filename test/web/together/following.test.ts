import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../../support/chromium.ts'
import { patient } from '../../support/patience.ts'
import { shareSite } from '../site.ts'

const seen = { timeout: patient(60_000), interval: 50 }

describe.runIf(canBrowse())('several people in one room', { timeout: patient(240_000) }, () => {
  const web = shareSite({}, { isQuiet: true })

  test('follow a view, point at something, and ask who drew what', async () => {
    const mira = await web.visitors.openRoom('Mira')
    const noah = await web.visitors.arrive('Noah', mira.page.url())
    await noah.page.locator('.sheet').waitFor()
    const zoomOf = async (page: typeof mira.page) => (await page.locator('.zoom').textContent())!

    await noah.page.getByRole('button', { name: '2 people here' }).click()
    await noah.page.getByRole('button', { name: 'Follow Mira' }).click()
    await noah.page.getByText('You follow Mira').waitFor({ timeout: seen.timeout })
    await mira.page.getByText('Noah follows you').waitFor({ timeout: seen.timeout })
    for (let press = 0; press < 3; press++) await mira.page.getByRole('button', { name: 'Zoom out' }).click()
    await vi.waitFor(async () => expect(await zoomOf(noah.page)).toBe(await zoomOf(mira.page)), seen)

    // Whoever moves by themselves follows no more.
    await noah.page.mouse.move(640, 400)
    await noah.page.mouse.wheel(0, 40)
    await noah.page.getByText('You follow Mira').waitFor({ state: 'detached', timeout: seen.timeout })
    await mira.page.getByText('Noah follows you').waitFor({ state: 'detached', timeout: seen.timeout })

    await mira.page.keyboard.press('k')
    await mira.page.mouse.move(500, 400)
    await mira.page.mouse.down()
    await vi.waitFor(async () => {
      // A hand is never still.
      await mira.page.mouse.move(500 + Math.random() * 200, 400 + Math.random() * 100, { steps: 4 })
      expect(await mira.page.locator('.lasers line').count()).toBeGreaterThan(0)
      expect(await noah.page.locator('.lasers line').count()).toBeGreaterThan(0)
    }, seen)
    await mira.page.mouse.up()
    await vi.waitFor(async () => expect(await noah.page.locator('.lasers line').count()).toBe(0), seen)
    expect(await noah.page.locator('.ink').count()).toBeGreaterThan(0)

    await mira.page.keyboard.press('p')
    await mira.draw([0.2, 0.5], [0.8, 0.5])
    await mira.page.goto(web.site.url)
    await noah.page.keyboard.press('v')
    const sheet = (await noah.page.locator('.sheet').first().boundingBox())!
    await vi.waitFor(async () => {
      await noah.page.mouse.move(sheet.x + sheet.width * (0.4 + Math.random() / 10), sheet.y + sheet.height / 2)
      await noah.page.getByText('Mira drew this').waitFor({ timeout: patient(1_500) })
    }, seen)
  })
})
