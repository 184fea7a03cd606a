import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { type Contacts, type OnScreen, openContacts } from './contacts.ts'
import { type OnFrame, openPerson, type Person } from './person.ts'

/** Somebody with a tablet in their hands, who touches it. */
export interface TabletPerson extends Person, Contacts {
  /** Draws with one finger through points of the frame. */
  finger(...points: readonly OnFrame[]): Promise<void>
  /** Moves one finger as fast as it goes through points of the window, in CSS pixels. */
  flick(...points: readonly OnScreen[]): Promise<void>
  tap(target: ReturnType<Page['getByRole']>): Promise<void>
}

/** `options` and `habits` as `openPerson` takes them. */
export async function openTablet(
  browser: Browser,
  name: string,
  habits: Parameters<typeof openPerson>[3] = {},
  options: BrowserContextOptions = {},
): Promise<TabletPerson> {
  const screen = { viewport: { width: 1024, height: 768 }, hasTouch: true, isMobile: true }
  const person = await openPerson(browser, name, { ...screen, ...options }, habits)
  const contacts = await openContacts(person)
  const { touch } = contacts
  async function flick(...[first, ...rest]: readonly OnScreen[]): Promise<void> {
    let last = first!
    await touch('touchStart', last)
    for (const next of rest) {
      for (let step = 1; step <= 8; step++) {
        const t = step / 8
        await touch('touchMove', [last[0] + (next[0] - last[0]) * t, last[1] + (next[1] - last[1]) * t])
      }
      last = next
    }
    await touch('touchEnd')
  }
  return {
    ...person,
    ...contacts,
    flick,
    tap: target => target.tap(),
    async finger(...points) {
      const box = await person.page.locator('.sheet').first().boundingBox()
      if (!box) throw new Error('Expected a frame on the page, found none.')
      await flick(...points.map(([x, y]) => [box.x + x * box.width, box.y + y * box.height] as const))
    },
  }
}
