import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import type { Person } from './person.ts'
import { shareSite } from './site.ts'

const patienceMs = patient(60_000)

describe.runIf(canBrowse())('moderation in a browser', { timeout: patient(240_000) }, () => {
  const operators: string[] = []

  const web = shareSite({ operators })
  const idOf = ({ page }: Person): Promise<string> =>
    page.evaluate(async () => (await (await fetch('/api/me')).json()).person.id)

  test('a picture is reported beside it, the operator sees it and stops whose it is, and takes it back', async () => {
    const mira = await web.visitors.openRoom()
    await mira.page.locator('.film').first().waitFor({ timeout: patienceMs })
    const jo = await web.visitors.arrive('Jo', mira.page.url())
    await jo.page.locator('.caption-title').click()
    await jo.page.getByRole('button', { name: 'Report' }).click()
    await jo.page.getByLabel('What is wrong with this picture?').fill('It frightens me.')
    await jo.page.keyboard.press('Enter')
    await jo.page.getByText('the operators of this studio have been told').waitFor()

    const olga = await web.visitors.arrive('Olga')
    await olga.page.getByRole('button', { name: 'New room' }).click()
    await olga.page.waitForURL(/\/r\//)
    await until(async () => operators.push(await idOf(olga)))
    await olga.page.goto(web.site.url)
    await olga.page.getByRole('button', { name: 'Reports and stops' }).click()
    const item = olga.page.locator('.moderation li').filter({ hasText: 'It frightens me.' })
    await until(async () => {
      const width = await item.getByRole('img').evaluate(image => (image as HTMLImageElement).naturalWidth)
      expect(width).toBeGreaterThan(0)
    })
    await item.getByRole('button', { name: 'Stop Mira' }).click()
    await mira.page.getByText('It frightens me.').waitFor({ timeout: patienceMs })
    const standing = olga.page
      .locator('.moderation li')
      .filter({ has: olga.page.getByRole('button', { name: 'Resume' }) })
    await standing.waitFor()
    if (process.env['SHOTS']) {
      await olga.page.screenshot({ path: `${process.env['SHOTS']}/operator.png` })
      await mira.page.screenshot({ path: `${process.env['SHOTS']}/stopped.png` })
    }
    await standing.getByRole('button', { name: 'Resume' }).click()
    await item.getByRole('button', { name: 'Close the report' }).click()
    await olga.page.getByText('Nobody has reported anything.').waitFor()
    expect(await standing.count()).toBe(0)
    await mira.page.reload()
    await mira.page.locator('.caption-title').waitFor({ timeout: patienceMs })
    // Whoever is no operator has no such button.
    await jo.page.goto(web.site.url)
    await jo.page.getByRole('button', { name: 'New room' }).waitFor()
    expect(await jo.page.getByRole('button', { name: 'Reports and stops' }).count()).toBe(0)
    for (const { strangers } of await web.visitors.leave()) expect(strangers).toEqual([])
  })
})

const until = (check: () => Promise<unknown>) => vi.waitFor(check, { timeout: patienceMs, interval: 100 })
