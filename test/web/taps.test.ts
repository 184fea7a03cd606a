import type { Locator } from 'playwright-core'
import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import { shareSite } from './site.ts'
import { openTablet, type TabletPerson } from './tablet.ts'

const until = (check: () => Promise<unknown>) => vi.waitFor(check, patient(10_000))

/** Chromium takes a tap that follows a fling for the one that ends it: no button hears of it. */
describe.runIf(canBrowse())('a finger that moves quickly', { timeout: patient(120_000) }, () => {
  const web = shareSite({}, { isQuiet: true })

  async function openRoom(): Promise<TabletPerson> {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const jo = await openTablet(web.visitors.browser, 'Jo')
    await jo.page.goto(mira.page.url())
    await jo.page.locator('.sheet').waitFor()
    await mira.close()
    return jo
  }
  const button = ({ page }: TabletPerson, name: string) => page.getByRole('button', { name, exact: true })
  const middleOf = async (target: Locator) => {
    const { x, y, width, height } = (await target.boundingBox())!
    return [x + width / 2, y + height / 2] as const
  }
  /** Whether the browser may make a gesture of its own of how the finger moves from the middle of `target`. */
  async function isFlung(jo: TabletPerson, target: Locator, dx: number, dy: number): Promise<boolean> {
    const [x, y] = await middleOf(target)
    const first = jo.page.evaluate(
      () =>
        new Promise<boolean>(resolve =>
          addEventListener('touchmove', event => resolve(!event.defaultPrevented), { once: true }),
        ),
    )
    await jo.flick([x, y], [x + dx, y + dy])
    return first
  }

  test('over the frame leaves the tap after it to the button that is tapped', async () => {
    const jo = await openRoom()
    for (const tool of ['Eraser', 'Pen', 'Eraser', 'Pen', 'Eraser', 'Pen']) {
      await jo.finger([0.2, 0.5], [0.8, 0.5])
      await button(jo, tool).tap()
      await until(async () => expect(await button(jo, tool).getAttribute('aria-pressed')).toBe('true'))
    }
    await jo.close()
  })

  test('flings what scrolls, and nothing that it drags', async () => {
    const jo = await openRoom()
    const { page } = jo
    expect(await isFlung(jo, page.locator('.sheet').first(), 120, 0)).toBe(false)
    await page.keyboard.press('v')
    await page.keyboard.press('ControlOrMeta+a')
    expect(await isFlung(jo, page.locator('.handle.se'), -60, -60)).toBe(false)
    for (const _ of [1, 2]) await button(jo, 'Add a layer').first().tap()
    expect(await isFlung(jo, page.locator('.layer-grip').first(), 0, 60)).toBe(false)
    await page.keyboard.press('?')
    expect(await isFlung(jo, page.getByRole('dialog'), 0, -60)).toBe(true)
    await jo.close()
  })
})
