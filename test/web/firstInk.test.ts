import type { Page } from 'playwright-core'
import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import { shareSite } from './site.ts'

describe.runIf(canBrowse())('coming into a room with a browser that is known', { timeout: patient(90_000) }, () => {
  const web = shareSite()

  /** How many pixels of the lowest canvas have ink. */
  const countInk = (page: Page) =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('canvas.ink')
      if (!canvas?.width) return 0
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
      return data.filter((value, index) => index % 4 === 3 && value > 0).length
    })

  test('E8: shows what is drawn before the line to the server is open', async () => {
    const mira = await web.visitors.openRoom('Mira')
    await mira.page.keyboard.press('Escape')
    await mira.page.keyboard.press('p')
    await mira.draw([0.2, 0.2], [0.8, 0.8])
    await vi.waitFor(async () => expect(await countInk(mira.page)).toBeGreaterThan(100), patient(25_000))

    const late = await mira.context.newPage()
    // The line stays silent.
    await late.routeWebSocket(/socket\.io/, () => undefined)
    const asked: string[] = []
    late.on('request', request => asked.push(new URL(request.url()).pathname))
    await vi.waitFor(async () => {
      // What was drawn may still be on its way to the server.
      await late.goto(mira.page.url())
      await late.locator('.sheet').waitFor({ timeout: patient(5_000) })
      await vi.waitFor(async () => expect(await countInk(late)).toBeGreaterThan(100), patient(2_000))
    }, patient(60_000))
    expect(await late.locator('.toolbar').count()).toBe(0)
    expect(asked.filter(path => path.endsWith('/scene')).length).toBeGreaterThan(0)
    await late.close()
  })
})
