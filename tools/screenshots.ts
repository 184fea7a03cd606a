/**
 * Takes the pictures of the canvas that the README shows: starts the whole product on a temporary data folder, lets two
 * people draw a scene together and teach a style in real browsers, and writes docs/images/{canvas,style}.webp.
 *
 *   npm run screenshots
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import sharp from 'sharp'
import { readConfig, rootFolder } from '../config.ts'
import { openEngine } from '../engine/index.ts'
import { createLog } from '../logging.ts'
import { startServer } from '../server/start.ts'
import { openStudio } from '../studio/index.ts'
import { openChromium } from '../test/support/chromium.ts'
import { buildPages, pagesFolder } from '../test/support/pages.ts'

const images = join(rootFolder, 'docs', 'images')
const examples = join(rootFolder, 'examples')
const learningMs = 30 * 60_000
const desk = { width: 1360, height: 850 }

/** A point on the frame, 0…1 from its left and upper edge. */
type Point = readonly [x: number, y: number]

const dataFolder = mkdtempSync(join(tmpdir(), 'fourstroke-screenshots-'))
const engine = await openEngine(readConfig().engine)
const studio = await openStudio({
  ...{ engine, dataFolder, databaseUrl: `file:${join(dataFolder, 'fourstroke.db')}`, resume: 'none' },
})
await buildPages()
const server = await startServer({ studio, port: 0, host: '127.0.0.1', pagesFolder, log: createLog({ level: 'warn' }) })
const browser = await openChromium()
mkdirSync(images, { recursive: true })
try {
  await takeAll(browser, server.url)
} finally {
  await browser.close()
  await server.close()
  await studio.close()
  await engine.close()
  rmSync(dataFolder, { recursive: true, force: true })
}

async function takeAll(browser: Browser, url: string): Promise<void> {
  const mira = await openPerson('Mira', { viewport: desk })
  await mira.goto(url)
  await mira.getByRole('button', { name: 'New room' }).click()
  await mira.getByRole('button', { name: 'An empty frame' }).click()
  await mira.getByLabel('Name of the room').fill('Sunday painters')
  await mira.keyboard.press('Enter')
  await mira.getByLabel('What this frame shall become').fill('mountains at sunset under a cloudy sky')
  await mira.getByRole('button', { name: 'Strength, seed and more' }).click()
  await mira.getByLabel('Seed', { exact: true }).fill('7')
  await mira.getByRole('button', { name: 'Fewer settings' }).click()
  await mira.locator('.toolbar').getByRole('button', { name: 'Pen' }).click()
  const link = await editLink(mira)

  const jo = await openPerson('Jo', { viewport: desk })
  await jo.goto(link)
  await jo.locator('.sheet').waitFor()

  await sky(mira)
  await meadow(jo)
  await mountains(mira)
  await clouds(jo)
  await point(jo, [0.74, 0.76])
  await mira.keyboard.press('p')
  await mira.mouse.move(20, 420)
  await settle(mira)
  await mira.getByRole('radio', { name: 'Painting beside the ink' }).click()
  await mira.waitForTimeout(800)
  await take(mira, 'canvas')

  await teach(mira)

  async function openPerson(name: string, options: BrowserContextOptions): Promise<Page> {
    const context = await browser.newContext(options)
    await context.addInitScript(known => localStorage.setItem('fourstroke.name', JSON.stringify(known)), name)
    // No newcomers: their first room has hints.
    const seen = JSON.stringify({ secret: 'elsewhere', done: [] })
    await context.addInitScript(value => localStorage.setItem('fourstroke.firstRoom', value), seen)
    return context.newPage()
  }
}

async function take(page: Page, name: string): Promise<void> {
  const path = join(images, `${name}.webp`)
  await sharp(await page.screenshot())
    .webp({ quality: 90, smartSubsample: true })
    .toFile(path)
  console.log(path)
}

async function editLink(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Share' }).click()
  const link = await page.getByLabel('Anyone with this link can draw').inputValue()
  await page.keyboard.press('Escape')
  return link
}

/** Waits for the painting of what is drawn; it becomes a result once it has settled. */
async function settle(page: Page): Promise<void> {
  const fresh = page.locator('.frame-chrome[data-state=fresh]')
  await page.waitForTimeout(1_000)
  await fresh.waitFor({ timeout: 60_000 })
  await page.waitForTimeout(2_500)
  await fresh.waitFor({ timeout: 60_000 })
}

/** Teaches a style from the example pictures, as somebody new would. */
async function teach(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Styles/ }).click()
  await page.getByRole('button', { name: 'Teach a style' }).click()
  const names = readdirSync(examples).filter(name => /\.(webp|png|txt)$/.test(name))
  await page.getByLabel('Pick pictures to learn from').setInputFiles(names.map(name => join(examples, name)))
  await page.getByLabel('Name of the style').fill('sepia')
  await page.getByRole('button', { name: 'Learn this style' }).click()
  await page.locator('.compare').waitFor({ timeout: learningMs })
  await page.waitForTimeout(800)
  await take(page, 'style')
}

async function sky(page: Page): Promise<void> {
  await brush(page, 'Red', 95)
  for (const y of [0.07, 0.2]) await stroke(page, [-0.02, y], [1.02, y + 0.01])
  await brush(page, 'Orange', 95)
  for (const y of [0.34, 0.48, 0.58]) await stroke(page, [-0.02, y], [1.02, y])
}

async function meadow(page: Page): Promise<void> {
  await brush(page, 'Leaf', 95)
  for (const y of [0.71, 0.83, 0.94]) await stroke(page, [-0.02, y], [1.02, y])
}

async function mountains(page: Page): Promise<void> {
  await brush(page, 'Earth', 80)
  await stroke(page, [0.28, 0.6], [0.46, 0.42], [0.56, 0.52], [0.68, 0.44], [0.84, 0.6], [0.3, 0.6])
  await stroke(page, [0.42, 0.54], [0.72, 0.56])
  await brush(page, 'Paper', 45)
  await stroke(page, [0.44, 0.37], [0.48, 0.37])
}

async function clouds(page: Page): Promise<void> {
  await brush(page, 'Paper', 60)
  await stroke(page, [0.14, 0.16], [0.28, 0.15])
  await stroke(page, [0.7, 0.11], [0.86, 0.12])
}

async function brush(page: Page, color: string, slider: number): Promise<void> {
  await page.keyboard.press('p')
  await swatch(page, color)
  await page.locator('.size input').fill(String(slider))
}

async function swatch(page: Page, color: string): Promise<void> {
  await page.getByRole('radio', { name: color, exact: true }).click()
}

async function stroke(page: Page, ...points: readonly Point[]): Promise<void> {
  const [first, ...rest] = await Promise.all(points.map(one => toPage(page, one)))
  await page.mouse.move(...first!)
  await page.mouse.down()
  for (const one of rest) await page.mouse.move(...one, { steps: 12 })
  await page.mouse.up()
}

async function point(page: Page, at: Point): Promise<void> {
  await page.mouse.move(...(await toPage(page, at)), { steps: 4 })
}

async function toPage(page: Page, [x, y]: Point): Promise<readonly [number, number]> {
  const box = await page.locator('.sheet').first().boundingBox()
  if (!box) throw new Error('Expected a frame on the page, found none.')
  return [box.x + x * box.width, box.y + y * box.height]
}
