import sharp from 'sharp'
import { describe, expect, test, vi } from 'vitest'
import { startServer } from '../../../server/start.ts'
import { canBrowse } from '../../support/chromium.ts'
import { collectLog } from '../../support/log.ts'
import { pagesFolder } from '../../support/pages.ts'
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

  test('lets through what lies behind it, and follows again by itself after the server was away', async () => {
    const { studio } = web.site.world
    const serve = async (port: number, over: Partial<typeof studio> = {}) =>
      startServer({ studio: { ...studio, ...over }, port, host: '127.0.0.1', pagesFolder, log: collectLog().log })
    const first = await serve(0)
    const { port } = first
    const mira = await web.visitors.openRoom('Mira', first.url)
    await vi.waitFor(async () => expect(await mira.painting()).not.toEqual([]), seen)
    await mira.page.getByRole('button', { name: 'Show this frame elsewhere…' }).click()
    const sheet = mira.page.getByRole('dialog', { name: 'Show this frame elsewhere' })
    await sheet.getByText('Nothing behind the picture').click()
    const address = await sheet.getByRole('link', { name: 'Open it' }).getAttribute('href')
    await mira.page.keyboard.press('Escape')

    // As OBS has it: 1920 × 1080, no background of the browser's own, nobody who presses a key.
    const { page } = await web.visitors.arrive('OBS', new URL(address!, first.url).href)
    await page.setViewportSize({ width: 1920, height: 1080 })
    await page.locator('canvas[data-shown]').waitFor({ timeout: seen.timeout })
    const alphaAt = async (...places: readonly number[]) => {
      const { data, info } = await sharp(await page.screenshot({ omitBackground: true }))
        .ensureAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true })
      return places.map(x => data[(540 * info.width + x) * 4 + 3])
    }
    await vi.waitFor(async () => expect(await alphaAt(10, 400, 960, 1520, 1910)).toEqual([0, 0, 255, 0, 0]), seen)

    await first.close()
    // It comes back without its database first, and refuses whoever connects.
    const broken = { ...studio.people, fromSecret: () => Promise.reject(new Error('There is no database.')) }
    const second = await serve(port, { people: broken })
    await page.waitForTimeout(patient(6_000))
    await second.close()
    const third = await serve(port)
    const canvas = page.locator('canvas[data-shown]')
    const pixels = () => canvas.evaluate(element => (element as HTMLCanvasElement).toDataURL('image/png'))
    const before = await pixels()
    await vi.waitFor(async () => {
      await mira.draw([0.1, 0.2], [0.9, 0.8])
      expect(await pixels()).not.toBe(before)
    }, seen)
    expect(await page.getByRole('alert').count()).toBe(0)
    await third.close()
  })
})
