import type { Browser, Page } from 'playwright-core'
import type { Box } from '../protocol/scene.ts'
import { timeFrames, watchForInk } from './pageProbes.ts'

/** What people do with a page, for what measures it. */

/** What tsx puts into functions, which are sent to the page as text. */
const noNames = 'globalThis.__name = what => what'
const viewport = { width: 1280, height: 820 }
const paper: Box = { x: 300, y: 200, width: 660, height: 224 }
const barePage = `<canvas class="ink" width="600" height="400"></canvas><div class="toolbar"></div>
<script type="module">requestAnimationFrame(() => document.querySelector('canvas').getContext('2d').fillRect(0, 0, 600, 400))</script>`

/** A browser's page in a room, once its tools are there; `address`: of the room. */
export async function openPage(browser: Browser, address: string): Promise<Page> {
  const context = await browser.newContext({ viewport })
  const page = await context.newPage()
  await page.addInitScript(noNames)
  await page.addInitScript(timeFrames)
  await page.goto(address)
  await page.locator('.toolbar').waitFor()
  await page.waitForTimeout(1_500)
  return page
}

/**
 * Draws straight lines with the mouse, one below the other. However many moves the browser joins, the middle between two
 * that the page hears of lies on the line. The box: in CSS pixels, within one frame or none, as ink ends at a frame's edge.
 */
export async function drawRows(page: Page, { x, y, width, height }: Box = paper): Promise<void> {
  for (let row = 0; row < 8; row++) {
    const at = y + (row * height) / 8
    await page.mouse.move(x, at)
    await page.mouse.down()
    for (let step = 1; step < 16; step++) await page.mouse.move(x + (step * width) / 15, at)
    // The last one is looked at while it is still being drawn.
    await page.evaluate(() => (globalThis as unknown as { isInkSeen: () => Promise<void> }).isInkSeen())
    await page.mouse.up()
  }
}

/** Pans in each frame for so many milliseconds; returns the frames a second. */
export async function panFor(ms: number): Promise<number> {
  const stage = document.querySelector('.stage')!
  const startedAt = performance.now()
  let frames = 0
  while (performance.now() - startedAt < ms) {
    // In a circle, so that what is there stays in sight.
    const [deltaX, deltaY] = [Math.cos(frames / 10) * 12, Math.sin(frames / 10) * 12]
    stage.dispatchEvent(new WheelEvent('wheel', { deltaX, deltaY, bubbles: true, cancelable: true }))
    await new Promise(requestAnimationFrame)
    frames++
  }
  return (frames * 1000) / (performance.now() - startedAt)
}

/** Milliseconds from opening a room, until somebody who has been in another one sees something of it. */
export interface FirstSeen {
  /** Where nothing is drawn, the same as `toolsMs`. */
  readonly inkMs: number
  readonly toolsMs: number
}

/** The code comes from the cache, compiled, as it does for somebody who comes back: a browser keeps that from the third time on. */
async function openVisited(browser: Browser, visited: string): Promise<Page> {
  const context = await browser.newContext({ viewport })
  const page = await context.newPage()
  await page.addInitScript(noNames)
  for (let visit = 0; visit < 3; visit++) {
    await page.goto(visited)
    await page.locator('.toolbar').waitFor()
  }
  // What this browser on this machine takes for any page at all.
  await page.route('**/r/bare', route => route.fulfill({ contentType: 'text/html', body: barePage }))
  return page
}

export interface Arrival {
  readonly address: string
  /** Whether something is drawn there. */
  readonly hasInk: boolean
}

/**
 * Opens each of these again and again, in turn, so that whatever else the machine does meets all alike. `visited`: a room that
 * they have been in. For each, what was seen in each round.
 */
export async function arriveAt(
  arrivals: readonly Arrival[],
  options: {
    readonly browser: Browser
    readonly visited: string
    readonly rounds: number
    readonly onRound?: (round: number, seen: readonly FirstSeen[]) => void
  },
): Promise<readonly (readonly FirstSeen[])[]> {
  const { browser, visited, rounds, onRound } = options
  const page = await openVisited(browser, visited)
  const seen = arrivals.map((): FirstSeen[] => [])
  for (let round = 1; round <= rounds; round++) {
    for (const [index, arrival] of arrivals.entries()) seen[index]!.push(await firstSeen(page, arrival))
    onRound?.(
      round,
      seen.map(all => all.at(-1)!),
    )
  }
  await page.context().close()
  return seen
}

async function firstSeen(page: Page, { address, hasInk }: Arrival): Promise<FirstSeen> {
  await page.goto('about:blank')
  await page.goto(address, { waitUntil: 'commit' })
  return page.evaluate(watchForInk, hasInk)
}
