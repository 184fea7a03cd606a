import type { Locator } from 'playwright-core'
import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import type { OnScreen } from './contacts.ts'
import type { OnFrame, Person } from './person.ts'
import { example, shareSite } from './site.ts'
import { openTablet, type TabletPerson } from './tablet.ts'

const ink = '31,36,48,255'
const nothing = '0,0,0,0'
const until = (check: () => Promise<unknown>) => vi.waitFor(check, patient(20_000))

/** What lies on the glass of a tablet besides the finger or the pen that is meant. */
describe.runIf(canBrowse())('a tablet in an artist’s hands', { timeout: patient(120_000) }, () => {
  const web = shareSite({}, { isQuiet: true })

  async function openRoom(habits: Parameters<typeof openTablet>[3] = {}) {
    const jo = await openTablet(web.visitors.browser, 'Jo', {}, habits)
    await jo.page.goto(web.site.url)
    await jo.page.getByRole('button', { name: 'New room' }).tap()
    await jo.page.getByRole('button', { name: example }).tap()
    await until(async () => expect(await jo.painting()).not.toEqual([]))
    const box = (await jo.page.locator('.sheet').boundingBox())!
    const at = ([x, y]: OnFrame): OnScreen => [box.x + x * box.width, box.y + y * box.height]
    return { jo, page: jo.page, at }
  }
  const untilInk = (person: Person, point: OnFrame, color: string) =>
    until(async () => expect(await person.inkAt(point)).toBe(color))
  const middleOf = async (target: Locator): Promise<OnScreen> => {
    const { x, y, width, height } = (await target.boundingBox())!
    return [x + width / 2, y + height / 2]
  }
  const moved = ([x, y]: OnScreen, by: number): OnScreen => [x + by, y + by]
  const press = (person: Person, name: string) => person.page.getByRole('button', { name, exact: true }).tap()

  /** A rectangle in the upper left of the frame, selected. */
  async function selectRectangle(jo: TabletPerson, at: (point: OnFrame) => OnScreen) {
    await press(jo, 'Rectangle')
    await jo.finger([0.2, 0.2], [0.5, 0.5])
    await until(async () => expect(await jo.inkAt([0.2, 0.35])).not.toBe(nothing))
    await press(jo, 'Select')
    await jo.flick(at([0.2, 0.35]))
    await jo.page.locator('.handle.se').waitFor()
    return (await jo.page.locator('.selection').boundingBox())!.width
  }

  test('draws on with a finger while the palm comes and goes', async () => {
    const { jo, at } = await openRoom()
    const { touch } = jo
    await touch('touchStart', at([0.1, 0.5]))
    await touch('touchMove', at([0.3, 0.5]))
    // Two fingers that come down one soon after the other are a pinch.
    await new Promise(resolve => setTimeout(resolve, 500))
    await touch('touchMove', at([0.4, 0.5]))
    await touch('touchStart', at([0.4, 0.5]), at([0.9, 0.9]))
    await touch('touchMove', at([0.8, 0.5]), at([0.85, 0.9]))
    await touch('touchEnd')
    for (const x of [0.2, 0.6]) await untilInk(jo, [x, 0.5], ink)
    expect(await jo.inkAt([0.87, 0.9])).toBe(nothing)
    await jo.close()
  })

  test('keeps what is resized by a handle, whatever else touches the frame, until Escape', async () => {
    const { jo, page, at } = await openRoom()
    const { touch, pen } = jo
    const width = await selectRectangle(jo, at)
    const widthNow = async () => Math.round(((await page.locator('.selection').boundingBox())?.width ?? 0) - width)

    const corner = await middleOf(page.locator('.handle.se'))
    await touch('touchStart', corner)
    await touch('touchMove', moved(corner, 20))
    await touch('touchStart', moved(corner, 20), at([0.8, 0.9]))
    await touch('touchMove', moved(corner, 60), at([0.8, 0.8]))
    await until(async () => expect(await widthNow()).toBe(60))
    await touch('touchEnd')
    expect(await widthNow()).toBe(60)

    const wider = moved(corner, 60)
    await pen('mousePressed', wider)
    await pen('mouseMoved', moved(wider, -10))
    await touch('touchStart', at([0.9, 0.9]))
    await pen('mouseMoved', moved(wider, -30))
    await touch('touchEnd')
    await until(async () => expect(await widthNow()).toBe(30))
    await pen('mouseMoved', moved(wider, -40))
    await page.keyboard.press('Escape')
    await until(async () => expect(await widthNow()).toBe(60))
    await pen('mouseReleased', moved(wider, -40))
    expect(await widthNow()).toBe(60)
    await jo.close()
  })

  test('moves a layer all the way although nothing was rendered while its grip was dragged', async () => {
    const { jo, page } = await openRoom()
    const layers = page.getByRole('region', { name: 'Layers' })
    for (const layer of ['Layer 1', 'Layer 2', 'Layer 3']) {
      await press(jo, 'Add a layer')
      await layers.getByRole('radio', { name: layer }).waitFor()
    }
    const names = () => layers.locator('.layer-title').allTextContents()
    expect(await names()).toEqual(['Layer 3', 'Layer 2', 'Layer 1'])
    const grip = layers.locator('.layer-grip').first()
    await grip.scrollIntoViewIfNeeded()
    const [x, y] = await middleOf(grip)
    const down = 2 * (await layers.locator('.layer-row').first().boundingBox())!.height
    await page.mouse.move(x, y)
    const devices = await jo.context.newCDPSession(page)
    const mouse = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', at: number) =>
      devices.send('Input.dispatchMouseEvent', { type, x, y: at, button: 'left', buttons: 1, clickCount: 1 })
    // As long as something else keeps the page busy, what the hand does waits in a row.
    await page.evaluate(ms => {
      setTimeout(() => {
        const end = performance.now() + ms
        while (performance.now() < end);
      })
    }, patient(600))
    await Promise.all([mouse('mousePressed', y), mouse('mouseMoved', y + down), mouse('mouseReleased', y + down)])
    await until(async () => expect(await names()).toEqual(['Layer 2', 'Layer 1', 'Layer 3']))
    await jo.close()
  })

  test('draws on where it was when the device is turned or its keyboard closes under a stroke', async () => {
    const { jo, page, at } = await openRoom()
    const { touch } = jo
    const line = async (y: number, resize: () => Promise<void>) => {
      await touch('touchStart', at([0.2, y]))
      await touch('touchMove', at([0.3, y]))
      await resize()
      for (const x of [0.4, 0.5, 0.6]) await touch('touchMove', at([x, y]))
      await touch('touchEnd')
      for (const x of [0.25, 0.4, 0.55]) await untilInk(jo, [x, y], ink)
    }
    await line(0.2, () => page.setViewportSize({ width: 768, height: 1024 }))
    await page.getByLabel('What this frame shall become').tap()
    await page.setViewportSize({ width: 768, height: 520 })
    await line(0.3, () => page.setViewportSize({ width: 768, height: 1024 }))
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true)
    await jo.close()
  })

  test('pinches also where the second finger meets a handle', async () => {
    const { jo, page, at } = await openRoom()
    await selectRectangle(jo, at)
    const before = (await page.locator('.sheet').boundingBox())!.width
    const corner = await middleOf(page.locator('.handle.se'))
    const beside = at([0.35, 0.8])
    await jo.touch('touchStart', beside)
    await jo.touch('touchStart', beside, corner)
    await jo.touch('touchMove', moved(beside, 20), moved(corner, -60))
    await jo.touch('touchMove', moved(beside, 20), moved(corner, -70))
    await jo.touch('touchEnd')
    await until(async () => expect((await page.locator('.sheet').boundingBox())!.width).not.toBeCloseTo(before, 0))
    const { width } = (await page.locator('.selection').boundingBox())!
    const zoom = (await page.locator('.sheet').boundingBox())!.width / before
    expect(width / zoom).toBeCloseTo(0.3 * before, -1)
    await jo.close()
  })

  test('lies still under a finger that comes down while the view glides', async () => {
    const { jo, page } = await openRoom({ reducedMotion: 'no-preference' })
    for (let i = 0; i < 4; i++) await press(jo, 'Zoom out')
    const box = (await page.locator('.sheet').boundingBox())!
    // Twenty times slower, so that it glides for as long as this looks.
    await page.evaluate(() => {
      const now = performance.now.bind(performance)
      const request = requestAnimationFrame.bind(globalThis)
      performance.now = () => now() / 20
      globalThis.requestAnimationFrame = run => request(() => run(performance.now()))
    })
    await press(jo, 'Show everything')
    await until(async () => expect((await page.locator('.sheet').boundingBox())!.width).not.toBe(box.width))
    await jo.touch('touchStart', [box.x + 20, box.y + 20])
    const place = async () => (await page.locator('.sheet').boundingBox())!
    const first = await place()
    await new Promise(resolve => setTimeout(resolve, 500))
    expect(await place()).toEqual(first)
    await jo.touch('touchEnd')
    await jo.close()
  })
})
