import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { canBrowseFirefox, openFirefox, openFirefoxPage } from '../support/firefox.ts'
import { pageTexts } from '../support/pageTexts.ts'
import { patient } from '../support/patience.ts'
import { example, localName, openSite, type Site } from './site.ts'

const patienceMs = patient(25_000)
const ink = '31,36,48,255'
type Place = readonly [x: number, y: number]

/** Mouse, touch, keyboard and a name in a local network, in a browser of another family. Pens are Chromium's alone. */
describe.runIf(canBrowseFirefox())(
  'a room in Firefox, by mouse, touch and keyboard (it cannot play a pen; Chromium does)',
  { timeout: patient(90_000) },
  () => {
    let browser: Browser
    let site: Site

    beforeAll(async () => {
      site = await openSite()
      browser = await openFirefox({ localName })
    }, patient(120_000))
    afterAll(async () => {
      await browser?.close()
      await site?.close()
    })

    const button = (page: Page, name: string) => page.locator(`::-p-xpath(//button[normalize-space(.)="${name}"])`)

    /** A room under the local name, with a frame in it; what the page complains about comes with it. */
    async function openRoom(): Promise<{ page: Page; complaints: string[] }> {
      const page = await openFirefoxPage(browser)
      const complaints: string[] = []
      page.on('pageerror', error => complaints.push(String(error)))
      await page.goto(site.localUrl)
      await button(page, 'New room').click()
      await button(page, example).click()
      await page.waitForSelector('.sheet')
      return { page, complaints }
    }

    async function onPage(page: Page, [x, y]: Place): Promise<Place> {
      const box = await (await page.waitForSelector('.sheet'))!.boundingBox()
      return [box!.x + x * box!.width, box!.y + y * box!.height]
    }

    async function inkAt(page: Page, at: Place): Promise<string> {
      const [x, y] = await onPage(page, at)
      return page.evaluate(
        (px, py) => {
          const canvas = document.querySelector<HTMLCanvasElement>('canvas.ink')!
          const { data } = canvas.getContext('2d')!.getImageData(px * devicePixelRatio, py * devicePixelRatio, 1, 1)
          return [...data].join()
        },
        x,
        y,
      )
    }
    const untilInk = (page: Page, at: Place, color: string) =>
      vi.waitFor(async () => expect(await inkAt(page, at)).toBe(color), patienceMs)

    /** The ink of each layer's canvas at a place. */
    async function layerInkAt(page: Page, at: Place): Promise<readonly string[]> {
      const [x, y] = await onPage(page, at)
      return page.evaluate(
        (px, py) =>
          [...document.querySelectorAll<HTMLCanvasElement>('canvas.layer-ink')].map(canvas => {
            const { left, top, width } = canvas.getBoundingClientRect()
            const scale = canvas.width / width
            return [...canvas.getContext('2d')!.getImageData((px - left) * scale, (py - top) * scale, 1, 1).data].join()
          }),
        x,
        y,
      )
    }

    async function draw(page: Page, ...places: readonly Place[]): Promise<void> {
      const [first, ...rest] = await Promise.all(places.map(place => onPage(page, place)))
      await page.mouse.move(...first!)
      await page.mouse.down()
      for (const place of rest) await page.mouse.move(...place, { steps: 6 })
      await page.mouse.up()
    }

    test('takes whole strokes of the mouse under a name in the local network, and shows them to others', async () => {
      const { page, complaints } = await openRoom()
      expect(await page.evaluate(() => isSecureContext)).toBe(false)
      const other = await openFirefoxPage(browser)
      await other.goto(page.url())
      await other.waitForSelector('.sheet')
      await draw(page, [0.2, 0.4], [0.8, 0.4], [0.8, 0.7])
      for (const one of [page, other]) {
        await untilInk(one, [0.25, 0.4], ink)
        await untilInk(one, [0.8, 0.65], ink)
      }
      expect(complaints).toEqual([])
      await other.close()
      await page.close()
    })

    test('knows its keys: undo, redo, a tool, the help, and the prompt', async () => {
      const { page, complaints } = await openRoom()
      await draw(page, [0.2, 0.4], [0.8, 0.4])
      await untilInk(page, [0.5, 0.4], ink)
      await page.keyboard.down('Control')
      await page.keyboard.press('z')
      await page.keyboard.up('Control')
      await untilInk(page, [0.5, 0.4], '0,0,0,0')
      await page.keyboard.down('Control')
      await page.keyboard.press('y')
      await page.keyboard.up('Control')
      await untilInk(page, [0.5, 0.4], ink)
      await page.keyboard.press('e')
      await page.waitForSelector('.tool-eraser[aria-pressed=true]')
      await draw(page, [0.5, 0.2], [0.5, 0.6])
      await untilInk(page, [0.5, 0.4], '0,0,0,0')
      await page.keyboard.press('Enter')
      await page.keyboard.type(' far away')
      await vi.waitFor(
        async () => expect(await page.$eval('.frame-panel textarea', field => field.value)).toContain('far away'),
        patienceMs,
      )
      await page.keyboard.press('Escape')
      await page.keyboard.type('?')
      await page.waitForSelector('dialog[open] ::-p-text(How to paint here)')
      expect(complaints).toEqual([])
      await page.close()
    })

    test('draws on a layer that another page sees, and hides it for both', async () => {
      const { page, complaints } = await openRoom()
      const other = await openFirefoxPage(browser)
      await other.goto(page.url())
      await other.waitForSelector('.sheet')
      await page.locator('button[aria-label="Add a layer"]').click()
      await page.waitForSelector('[role=radio] ::-p-text(Layer 1)')
      // The list of layers is longer than its panel is high.
      const press = (label: string) =>
        page.$eval(`button[aria-label="${label}"]`, found => (found as HTMLButtonElement).click())
      await draw(page, [0.2, 0.4], [0.8, 0.4])
      for (const one of [page, other]) {
        await vi.waitFor(async () => expect(await layerInkAt(one, [0.5, 0.4])).toEqual([ink]), patienceMs)
        expect(await inkAt(one, [0.5, 0.4]), 'below the layers').toBe('0,0,0,0')
      }
      await press('Hide Layer 1')
      for (const one of [page, other]) {
        await vi.waitFor(async () => expect(await layerInkAt(one, [0.5, 0.4])).toEqual([]), patienceMs)
      }
      await press('Show Layer 1')
      await vi.waitFor(async () => expect(await layerInkAt(other, [0.5, 0.4])).toEqual([ink]), patienceMs)
      expect(complaints).toEqual([])
      await other.close()
      await page.close()
    })

    test('draws with a finger, and two fingers move the view and draw nothing', async () => {
      const { page, complaints } = await openRoom()
      const [from, to] = [await onPage(page, [0.3, 0.5]), await onPage(page, [0.7, 0.5])]
      await page.touchscreen.touchStart(...from)
      for (let step = 1; step <= 8; step++) {
        await page.touchscreen.touchMove(from[0] + ((to[0] - from[0]) * step) / 8, from[1])
      }
      await page.touchscreen.touchEnd()
      await untilInk(page, [0.5, 0.5], ink)

      const before = await (await page.$('.sheet'))!.boundingBox()
      const one = await page.touchscreen.touchStart(500, 600)
      const two = await page.touchscreen.touchStart(700, 600)
      for (let step = 1; step <= 5; step++) {
        await one.move(500 - step * 20, 600)
        await two.move(700 + step * 20, 600)
      }
      await one.end()
      await two.end()
      const after = await (await page.$('.sheet'))!.boundingBox()
      expect(after!.width).toBeGreaterThan(before!.width * 1.3)
      expect(complaints).toEqual([])
      await page.close()
    })

    test('follows somebody, sees what they point at, and keeps to what an owner decides', async () => {
      const { page, complaints } = await openRoom()
      // Somebody else, with cookies of their own.
      const context = await browser.createBrowserContext()
      const other = await openFirefoxPage(context)
      other.on('pageerror', error => complaints.push(String(error)))
      await other.goto(page.url())
      await other.waitForSelector('.sheet')
      const press = async (one: Page, label: string) => {
        await (await one.waitForSelector(`button[aria-label="${label}"]`))!.click()
      }
      const isSaid = (one: Page, text: string) => one.waitForSelector(`::-p-text(${text})`)
      await press(other, '2 people here')
      await (await other.waitForSelector('.people button[aria-label^="Follow "]'))!.click()
      await isSaid(other, 'You follow')
      await isSaid(page, 'follows you')
      const zoomOf = (one: Page) => one.$eval('.zoom', element => element.textContent)
      const before = await zoomOf(page)
      await press(page, 'Zoom out')
      await vi.waitFor(async () => {
        expect(await zoomOf(page)).not.toBe(before)
        expect(await zoomOf(other)).toBe(await zoomOf(page))
      }, patienceMs)

      // Only the tab in front draws what fades; that others see the trail, Chromium shows.
      await page.bringToFront()
      await page.keyboard.press('k')
      await page.mouse.move(500, 400)
      await page.mouse.down()
      await vi.waitFor(async () => {
        // A hand is never still.
        await page.mouse.move(450 + Math.random() * 200, 380 + Math.random() * 100, { steps: 4 })
        expect((await page.$$('.lasers line')).length).toBeGreaterThan(0)
      }, patienceMs)
      await page.mouse.up()

      await press(page, '2 people here')
      await (await page.waitForSelector('.manage-room'))!.click()
      await (await page.waitForSelector('dialog.owner-sheet .switch'))!.click()
      await isSaid(other, 'This room is locked: only its owners draw.')
      await (await page.waitForSelector('dialog.owner-sheet .switch'))!.click()
      await other.waitForSelector('.toolbar')
      await page.keyboard.press('Escape')
      expect(complaints).toEqual([])
      await context.close()
      await page.close()
    })

    test('shows a frame on a page of its own, and speaks another language at once', async () => {
      const { page, complaints } = await openRoom()
      await page.waitForSelector('.frame-chrome[data-state=fresh]')
      await page.locator('button[aria-label="Show this frame elsewhere…"]').click()
      const link = await (await page.waitForSelector('dialog.stream-sheet a.button'))!.evaluate(a =>
        a.getAttribute('href'),
      )
      const stream = await openFirefoxPage(browser)
      await stream.goto(new URL(link!, site.localUrl).href)
      await stream.waitForSelector('canvas[data-shown]')
      await stream.close()
      await page.keyboard.press('Escape')
      await page.keyboard.type('?')
      await page.waitForSelector('dialog[open] ::-p-text(How to paint here)')
      for (const language of ['de', 'fr', 'es'] as const) {
        await page.select('dialog[open] .language-choice', language)
        await page.waitForSelector(`dialog[open] ::-p-text(${pageTexts[language]['help.title']})`)
        expect(await page.$eval('html', html => html.lang)).toBe(language)
      }
      expect(complaints).toEqual([])
      await page.close()
    })
  },
)
