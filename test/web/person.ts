import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

/** A point on a frame, 0…1 from its left and upper edge. */
export type OnFrame = readonly [x: number, y: number]

/** Somebody at a browser of their own, who does what people do: with the mouse, the keyboard and their eyes. */
export interface Person {
  readonly page: Page
  readonly context: BrowserContext
  /** Where the page has sent requests to that was not its own origin. */
  readonly strangers: string[]
  /** What the page has complained about. */
  readonly complaints: string[]
  /** Draws with whatever tool is chosen, through points of the frame. */
  draw(...points: readonly OnFrame[]): Promise<void>
  /** The color that is seen at a point of the frame's ink, as `r,g,b,a`. */
  inkAt(point: OnFrame): Promise<string>
  /** Colors of the frame's painting, 0…255, on a coarse grid; empty while there is none. */
  painting(): Promise<readonly number[]>
  close(): Promise<void>
}

/** Whoever is no newcomer has had a first room, elsewhere. */
const hintsSeen = JSON.stringify({ secret: 'elsewhere', done: [] })

/** `isNewcomer`: this browser has never been here, so that a first room shows hints. */
export async function openPerson(
  browser: Browser,
  name: string,
  screen: BrowserContextOptions = { viewport: { width: 1280, height: 820 } },
  { isNewcomer = false }: { readonly isNewcomer?: boolean } = {},
): Promise<Person> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...screen })
  await context.addInitScript(known => localStorage.setItem('fourstroke.name', JSON.stringify(known)), name)
  if (!isNewcomer) await context.addInitScript(done => localStorage.setItem('fourstroke.firstRoom', done), hintsSeen)
  const page = await context.newPage()
  const strangers: string[] = []
  const complaints: string[] = []
  page.on('request', request => {
    const { origin, protocol } = new URL(request.url())
    const isOwn = protocol === 'blob:' || protocol === 'data:' || origin === new URL(page.url()).origin
    if (page.url() !== 'about:blank' && !isOwn) strangers.push(request.url())
  })
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', error => complaints.push(String(error)))

  async function toPage([x, y]: OnFrame): Promise<readonly [number, number]> {
    const box = await page.locator('.sheet').first().boundingBox()
    if (!box) throw new Error('Expected a frame on the page, found none.')
    return [box.x + x * box.width, box.y + y * box.height]
  }

  return {
    page,
    context,
    strangers,
    complaints,
    async draw(...points) {
      const [first, ...rest] = await Promise.all(points.map(toPage))
      await page.mouse.move(...first!)
      await page.mouse.down()
      for (const point of rest) await page.mouse.move(...point, { steps: 6 })
      await page.mouse.up()
    },
    async inkAt(point) {
      const [x, y] = await toPage(point)
      return page.evaluate(
        ([px, py]) => {
          const canvas = document.querySelector<HTMLCanvasElement>('canvas.ink')!
          const data = canvas.getContext('2d')!.getImageData(px! * devicePixelRatio, py! * devicePixelRatio, 1, 1).data
          return data.join(',')
        },
        [x, y],
      )
    },
    painting: () =>
      page.evaluate(() => {
        const painting = document.querySelector<HTMLElement>('.painting')
        if (!painting || painting.dataset['empty']) return []
        const canvas = painting.querySelector('canvas')!
        const context = canvas.getContext('2d')!
        const places = [0.1, 0.3, 0.5, 0.7, 0.9]
        return places.flatMap(y =>
          places.flatMap(x => [...context.getImageData(x * canvas.width, y * canvas.height, 1, 1).data.slice(0, 3)]),
        )
      }),
    close: () => context.close(),
  }
}

/** Whether two paintings look the same; live ones are compressed, kept ones are not. */
export function looksLike(a: readonly number[], b: readonly number[]): boolean {
  if (a.length === 0 || a.length !== b.length) return false
  const difference = a.reduce((sum, value, index) => sum + Math.abs(value - b[index]!), 0) / a.length
  return difference < 16
}
