/**
 * Photographs every state of the page, light and dark, on a desktop, a tablet and a phone held both ways, to be looked at
 * as a designer would. Starts the whole product on a temporary folder.
 *
 *   npm run screenshots:states -- --into states [--screen desktop,phone] [--scheme light] [--state share,offline] [--language de]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { readConfig } from '../config.ts'
import { openEngine } from '../engine/index.ts'
import { languages } from '../language/languages.ts'
import { loadingText } from '../language/loading.ts'
import type { PageText } from '../language/page/texts.ts'
import { createLog } from '../logging.ts'
import { openLoadingServer } from '../server/loadingServer.ts'
import { startServer } from '../server/start.ts'
import { openStudio } from '../studio/index.ts'
import { openChromium } from '../test/support/chromium.ts'
import { buildPages, openSwitchedLine, pagesFolder } from '../test/support/pages.ts'
import { pageTexts } from '../test/support/pageTexts.ts'
import { openRoomClient, type RoomClient, until } from '../test/support/roomClient.ts'
import { newGuest } from '../test/support/server.ts'

const touch = { hasTouch: true, isMobile: true } as const
const screens: Readonly<Record<string, BrowserContextOptions>> = {
  desktop: { viewport: { width: 1360, height: 850 } },
  tablet: { viewport: { width: 1180, height: 820 }, ...touch },
  tabletUpright: { viewport: { width: 820, height: 1180 }, ...touch },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, ...touch },
  phoneOnSide: { viewport: { width: 844, height: 390 }, deviceScaleFactor: 2, ...touch },
}
const schemes = ['light', 'dark'] as const

const { values } = parseArgs({
  options: {
    into: { type: 'string', default: 'states' },
    screen: { type: 'string' },
    scheme: { type: 'string' },
    state: { type: 'string' },
    language: { type: 'string', default: 'en' },
  },
})
const isWanted = (names: string | undefined, name: string) => names?.split(',').includes(name) ?? true

/** Somebody in front of one screen, and somebody else in the same room. */
interface Place {
  readonly page: Page
  readonly url: string
  readonly server: string
  /** Once there is a room. */
  jo: RoomClient | null
  readonly line: Awaited<ReturnType<typeof openSwitchedLine>>
}

const language = languages.find(one => one === values.language) ?? 'en'
const english = Object.entries(pageTexts.en) as [PageText, string][]

/** What the page says in its language, by how it says that in English: what only begins or ends like that, too. */
function said(text: string | RegExp): string | RegExp {
  const [key] = english.find(([, one]) => (typeof text === 'string' ? one === text : text.test(one))) ?? []
  if (key === undefined || language === 'en') return text
  const shown = pageTexts[language][key]
  const [fixed = ''] = shown.split(/\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/).sort((a, b) => b.length - a.length)
  return fixed === shown && typeof text === 'string' ? shown : new RegExp(fixed.trim())
}

const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name: said(name), exact: typeof said(name) === 'string' }).filter({ visible: true })

const settings = 'Strength, seed and more'
/** As the page says it, and as its table of texts does. */
const peopleHere = /(?:person|people)\}* here$/

/** In the order in which one page gets from each to the next. */
const states: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  async start({ page, url }) {
    await page.goto(url)
    await page.waitForTimeout(1_500)
  },
  async loading({ page }) {
    const loading = await openLoadingServer({ port: 0, host: '127.0.0.1' }, one =>
      loadingText(one, { type: 'part', part: 3, parts: 4, secondsLeft: 40 }),
    )
    await page.goto(`http://127.0.0.1:${loading.port}`)
    await loading.close()
  },
  async missing({ page, url }) {
    await page.goto(`${url}/r/AAAAAAAAAAAAAAAAAAAAAA`)
    await page.getByText(said(/cannot be opened$/)).waitFor()
  },
  async empty({ page, url }) {
    await page.goto(url)
    await button(page, 'New room').click()
    await button(page, 'An empty frame').waitFor()
  },
  async frame({ page }) {
    await button(page, 'An empty frame').click()
    await page.locator('.frame-panel').waitFor()
  },
  async drawing(place) {
    const { page } = place
    place.jo = await bringJo(place)
    await page
      .locator('.toolbar')
      .getByRole('button', { name: said('Pen') })
      .click()
    await button(page, 'Soft tip').click()
    await page.locator('.size input').fill('70')
    await drag(page, [0.15, 0.7], [0.5, 0.55], [0.85, 0.72])
    await button(page, 'Hard tip').click()
    await page.locator('.size input').fill('25')
    await drag(page, [0.3, 0.6], [0.4, 0.3], [0.6, 0.35])
    await drag(page, [0.6, 0.6], [0.75, 0.4], [0.8, 0.5], { release: false })
  },
  async painting({ page }) {
    await page.mouse.up()
    const prompt = page.getByLabel(said('What this frame shall become'))
    await prompt.fill('a red house by a lake at sunset')
    await prompt.blur()
    await page.locator('.frame-chrome[data-state=fresh]').waitFor({ timeout: 60_000 })
    await page.locator('.film').first().waitFor({ state: 'attached', timeout: 60_000 })
  },
  async typing({ page, jo }) {
    // The states before showed what a newcomer sees.
    await button(page, 'No more hints').click()
    if (!jo) throw new Error('Expected somebody else in the room.')
    const [frame] = [...jo.sync.scene.elements.values()].filter(({ kind }) => kind === 'frame')
    const from = frame?.kind === 'frame' ? frame.prompt : ''
    jo.operate({ type: 'edit', id: frame!.id, from, to: `${from} with a xylophone` })
    await page.locator('.typing').waitFor()
  },
  async history({ page }) {
    await page.locator('.film').nth(1).waitFor({ state: 'attached', timeout: 60_000 })
    // A phone shows them among the settings.
    if (!(await page.locator('.film').first().isVisible())) await button(page, settings).click()
    await page.locator('.film').last().click()
  },
  async settings({ page }) {
    if (await button(page, settings).isVisible()) await button(page, settings).click()
  },
  async paper({ page }) {
    await page.getByRole('radio', { name: said('Two colours, from top to bottom') }).click()
  },
  async brush({ page }) {
    await button(page, 'Fewer settings').click()
    await page.keyboard.press('p')
    await button(page, 'Brush settings').click()
  },
  async palette({ page }) {
    await page.keyboard.press('Escape')
    await button(page, 'Palette').click()
    await button(page, 'Put this color into the room’s palette').click()
    await page.waitForTimeout(300)
  },
  async gradient({ page }) {
    await button(page, 'Palette').click()
    await page
      .locator('.toolbar')
      .getByRole('button', { name: said('Fill') })
      .click()
    await button(page, 'Along a line').click()
    await drag(page, [0.3, 0.2], [0.6, 0.8], { release: false })
  },
  async selection({ page }) {
    await page.mouse.up()
    await page.keyboard.press('v')
    await page.keyboard.press('Control+a')
    await page.locator('.selection').waitFor()
  },
  async beside({ page }) {
    await page.keyboard.press('Escape')
    await page.getByRole('radio', { name: said('Painting beside the ink') }).click()
    await page.waitForTimeout(600)
  },
  async share({ page }) {
    await page.getByRole('radio', { name: said('Painting over the ink') }).click()
    await button(page, 'Share').click()
    await page.getByRole('img', { name: said(/for the camera/) }).waitFor()
  },
  async people({ page }) {
    await page.keyboard.press('Escape')
    await button(page, peopleHere).click()
  },
  async help({ page }) {
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
  },
  async styles({ page }) {
    await page.keyboard.press('Escape')
    // A phone has them below the people.
    if ((await button(page, 'Styles').count()) === 0) await button(page, peopleHere).click()
    await button(page, 'Styles').click()
    await button(page, 'Teach a style').waitFor()
  },
  async teach({ page }) {
    await button(page, 'Teach a style').click()
    await page.waitForTimeout(400)
  },
  async report({ page }) {
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    // A phone has it among the settings.
    if ((await button(page, 'Report').count()) === 0) await button(page, settings).click()
    await button(page, 'Report').first().click()
  },
  async error({ page }) {
    await page.keyboard.press('Escape')
    await page
      .locator('input[type=file]')
      .first()
      .setInputFiles({
        ...{ name: 'sketch.heic', mimeType: 'image/heic', buffer: Buffer.from('no picture') },
      })
    await page.locator('.toast').first().waitFor()
  },
  async moderation({ page, url }) {
    operators.push(await page.evaluate(async () => (await (await fetch('/api/me')).json()).person.id))
    const room = page.url()
    await page.goto(url)
    await button(page, 'Reports and stops').click()
    await page.locator('.moderation').waitFor()
    await page.waitForTimeout(500)
    roomOf.set(page, room)
  },
  async watching({ page, jo }) {
    await page.context().clearCookies()
    await page.goto(new URL(jo?.welcome?.links.view ?? '/', roomOf.get(page)).href)
    await page.locator('.banner').waitFor()
    await page.waitForTimeout(800)
  },
  async offline({ page, line }) {
    await page.goto(roomOf.get(page)!)
    await page.locator('.toolbar').waitFor()
    await page.waitForTimeout(800)
    line.off()
    await page.locator('.banner').waitFor({ timeout: 30_000 })
    await page.keyboard.press('p')
    await drag(page, [0.2, 0.2], [0.5, 0.25])
    await page.waitForTimeout(500)
  },
}

async function bringJo({ page, server }: Place): Promise<RoomClient> {
  const secret = new URL(page.url()).pathname.split('/').at(-1)!
  const jo = openRoomClient({ url: server, secret, cookie: await newGuest(server) })
  jo.connect()
  await until(() => jo.welcome !== null)
  await jo.ask(reply => jo.socket.emit('person:rename', 'Jo', reply))
  jo.socket.emit('cursor:move', { x: 0, y: 0 })
  return jo
}

/** Draws with the mouse through points of the frame, 0…1 from its left and upper edge. */
async function drag(page: Page, ...path: (readonly [number, number] | { release: boolean })[]): Promise<void> {
  const box = await page.locator('.sheet').first().boundingBox()
  if (!box) throw new Error('Expected a frame on the page, found none.')
  const [first, ...rest] = path
    .filter(one => Array.isArray(one))
    .map(([x, y]) => [box.x + x * box.width, box.y + y * box.height] as const)
  await page.mouse.move(...first!)
  await page.mouse.down()
  for (const point of rest) await page.mouse.move(...point, { steps: 12 })
  if (!path.some(one => 'release' in one)) await page.mouse.up()
}

const operators: string[] = []
const roomOf = new Map<Page, string>()
const dataFolder = mkdtempSync(join(tmpdir(), 'fourstroke-states-'))
const engine = await openEngine(readConfig().engine)
const studio = await openStudio({
  ...{ engine, dataFolder, databaseUrl: `file:${join(dataFolder, 'fourstroke.db')}`, resume: 'none', operators },
})
await buildPages()
const server = await startServer({ studio, port: 0, host: '127.0.0.1', pagesFolder, log: createLog({ level: 'warn' }) })
const browser = await openChromium()
mkdirSync(values.into, { recursive: true })
try {
  for (const [screen, options] of Object.entries(screens)) {
    for (const colorScheme of schemes) {
      if (!isWanted(values.screen, screen) || !isWanted(values.scheme, colorScheme)) continue
      await photograph(browser, `${screen}-${colorScheme}`, { ...options, colorScheme })
    }
  }
} finally {
  await browser.close()
  await server.close()
  await studio.close()
  await engine.close()
  rmSync(dataFolder, { recursive: true, force: true })
}

/** On a busy machine a browser does not always manage at once. */
async function shoot(page: Page, path: string, tries = 3): Promise<void> {
  await page.screenshot({ path }).catch((error: unknown) => {
    if (tries <= 1) throw error
    return shoot(page, path, tries - 1)
  })
}

async function photograph(from: Browser, screen: string, options: BrowserContextOptions): Promise<void> {
  const line = await openSwitchedLine(server.url)
  const context = await from.newContext({ ...options, locale: language, reducedMotion: 'reduce' })
  await context.addInitScript(() => localStorage.setItem('fourstroke.name', '"Mira"'))
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const place: Place = { page, url: line.url, server: server.url, jo: null, line }
  for (const [name, reach] of Object.entries(states)) {
    await reach(place).catch((error: Error) => {
      console.error(`${screen} ${name}: ${error.message.split('\n')[0]}`)
    })
    if (isWanted(values.state, name)) await shoot(page, join(values.into, `${screen}-${name}.png`))
  }
  place.jo?.close()
  await context.close()
  await line.close()
}
