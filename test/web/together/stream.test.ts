import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../../support/chromium.ts'
import { patient } from '../../support/patience.ts'
import { shareSite } from '../site.ts'

const seen = { timeout: patient(60_000), interval: 50 }

describe.runIf(canBrowse())('a frame as a stream', { timeout: patient(240_000) }, () => {
  const web = shareSite()

  test('shows the picture alone on a page of its own and follows it, transparent or over the whole page', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    await mira.page.getByRole('button', { name: 'Show this frame elsewhere…' }).click()
    const sheet = mira.page.getByRole('dialog', { name: 'Show this frame elsewhere' })
    await sheet.getByText('Nothing behind the picture').click()
    const address = await sheet.getByRole('link', { name: 'Open it' }).getAttribute('href')
    expect(address).toContain('background=transparent')
    await mira.page.keyboard.press('Escape')

    const beamer = await web.visitors.arrive('Beamer', new URL(address!, web.site.url).href)
    const canvas = beamer.page.locator('canvas[data-shown]')
    await canvas.waitFor({ timeout: seen.timeout })
    const pixels = () => canvas.evaluate(element => (element as HTMLCanvasElement).toDataURL('image/png'))
    const before = await pixels()
    expect(await beamer.page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgba(0, 0, 0, 0)')
    expect(await beamer.page.locator('.top-bar, .toolbar').count()).toBe(0)
    await mira.draw([0.1, 0.2], [0.9, 0.8])
    await vi.waitFor(async () => expect(await pixels()).not.toBe(before), seen)
    // Mira is alone in her room all the same.
    expect(await mira.page.getByRole('button', { name: '1 person here' }).count()).toBe(1)
  })
})
