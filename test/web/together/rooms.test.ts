import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../../support/chromium.ts'
import { patient } from '../../support/patience.ts'
import { shareSite } from '../site.ts'

const seen = { timeout: patient(60_000), interval: 50 }

describe.runIf(canBrowse())('the rooms of somebody', { timeout: patient(240_000) }, () => {
  const web = shareSite()

  test('stand on the start page with a picture of each; one is left, another deleted', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    await mira.draw([0.2, 0.3], [0.8, 0.7])
    const noah = await web.visitors.arrive('Noah', mira.page.url())
    await noah.page.getByRole('button', { name: 'Pen' }).waitFor()
    await noah.page.goto(web.site.url)
    const card = noah.page.locator('.room-card').filter({ hasText: 'Mira’s room' })
    await card.waitFor({ timeout: seen.timeout })
    await vi.waitFor(
      async () =>
        expect(await card.locator('img').evaluate(image => (image as HTMLImageElement).naturalWidth)).toBe(480),
      seen,
    )
    await card.getByLabel('More about Mira’s room').click()
    await card.getByRole('button', { name: 'Leave' }).click()
    await card.getByText('A link leads back.').waitFor()
    await card.getByRole('button', { name: 'Leave' }).click()
    await card.waitFor({ state: 'detached', timeout: seen.timeout })

    const url = mira.page.url()
    await mira.page.goto(web.site.url)
    const own = mira.page.locator('.room-card').filter({ hasText: 'Mira’s room' })
    await own.getByLabel('More about Mira’s room').click()
    // A key that is held asks, and does not answer as well.
    await own.getByRole('button', { name: 'Delete' }).focus()
    for (let repeat = 0; repeat < 3; repeat++) await mira.page.keyboard.down('Enter')
    await mira.page.keyboard.up('Enter')
    await own.getByRole('button', { name: 'Cancel' }).waitFor()
    await own.getByRole('button', { name: 'Delete' }).click()
    await own.waitFor({ state: 'detached', timeout: seen.timeout })
    await mira.page.goto(url)
    await mira.page.getByText('This room does not exist').waitFor({ timeout: seen.timeout })
  })
})
