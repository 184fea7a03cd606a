/** How a region that stays is painted, as two people at two browsers set it, with a model that reads negative prompts. */
import { describe, expect, test, vi } from 'vitest'
import type { FrameElement } from '../../protocol/scene.ts'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import { sceneOf } from './modelPixels.ts'
import type { Person } from './person.ts'
import { shareSite } from './site.ts'
import { openTablet } from './tablet.ts'

const until = <T>(check: () => Promise<T> | T) => vi.waitFor(check, patient(60_000))
const phone = { viewport: { width: 844, height: 390 } }

describe.runIf(canBrowse())('a region that stays', { timeout: patient(180_000) }, () => {
  const web = shareSite({ engine: { guidanceEmbedding: false } }, { isQuiet: true })

  async function keepRegion(): Promise<Person> {
    const mira = await web.visitors.openPaintedRoom('Mira')
    await mira.page.getByRole('button', { name: 'Paint a part of a frame' }).click()
    await mira.page.getByRole('button', { name: 'Box', exact: true }).click()
    await mira.draw([0.4, 0.4], [0.9, 0.9])
    await mira.page.getByLabel('What shall be here').fill('a red house')
    await mira.page.getByRole('button', { name: 'Keep these words here' }).click()
    await mira.page.getByRole('button', { name: 'Region: a red house' }).waitFor()
    return mira
  }
  const regionSeenBy = async (person: Person) =>
    (await sceneOf(person, web.site.url)).find((one): one is FrameElement => one.kind === 'frame')?.options
      ?.regions?.[0]
  /** Opens the settings of the region, and finds them. */
  async function openSettings({ page }: Person) {
    const field = page.getByLabel('What shall be in this region')
    if (!(await field.isVisible())) await page.getByRole('button', { name: 'Region: a red house' }).click()
    await page.getByRole('button', { name: 'How this region is painted' }).click()
    return page.getByRole('dialog', { name: 'How this region is painted' })
  }

  test('has a weight, a guidance and words to keep away from that everybody sees, and undo takes back one’s own', async () => {
    const mira = await keepRegion()
    const jo = await web.visitors.arrive('Jo', mira.page.url())
    await jo.page.getByRole('button', { name: 'Region: a red house' }).waitFor()
    const [hers, his] = [await openSettings(mira), await openSettings(jo)]
    expect(await hers.getByText('As the whole frame.').isVisible()).toBe(true)
    const weight = hers.getByRole('slider', { name: 'Weight' })
    await weight.focus()
    for (let press = 0; press < 3; press++) await mira.page.keyboard.press('ArrowRight')
    await until(async () =>
      expect(await his.getByRole('slider', { name: 'Weight' }).getAttribute('aria-valuetext')).toBe('3×'),
    )
    await his.getByLabel('Keep away from').fill('people')
    await until(async () => expect(await hers.getByLabel('Keep away from').inputValue()).toBe('people'))
    await his.getByRole('slider', { name: 'Guidance' }).fill('6')
    await until(async () =>
      expect(await regionSeenBy(mira)).toMatchObject({ weight: 3, negativePrompt: 'people', guidance: 6 }),
    )
    await until(() =>
      expect(web.site.world.engine.asks.at(-1)?.regions).toMatchObject([
        { weight: 3, negativePrompt: 'people', guidance: 6 },
      ]),
    )
    // What Mira takes back is hers alone.
    await mira.page.keyboard.press('Escape')
    await mira.page.keyboard.press('Control+z')
    await until(async () => expect(await regionSeenBy(jo)).not.toHaveProperty('weight'))
    expect(await regionSeenBy(jo)).toMatchObject({ negativePrompt: 'people', guidance: 6 })
    await his.getByRole('button', { name: 'As the whole frame' }).click()
    await until(async () =>
      expect(await regionSeenBy(mira)).toEqual({ mask: expect.any(String), prompt: 'a red house' }),
    )
  })

  test('has one panel open at a time, also where one of the bar at the top is opened', async () => {
    const mira = await keepRegion()
    const { page } = mira
    const panels = page.getByRole('dialog')
    const labels = () => panels.evaluateAll(found => found.map(panel => panel.getAttribute('aria-label')))
    await openSettings(mira)
    for (const [button, panel] of [
      ['Styles of this region', 'Styles of this region'],
      ['1 person here', 'Who is here'],
      ['Share', 'Share this room'],
      ['How this region is painted', 'How this region is painted'],
    ] as const) {
      await page.getByRole('button', { name: button, exact: true }).click()
      expect(await labels()).toEqual([panel])
    }
    await page.getByRole('button', { name: 'How this region is painted' }).click()
    expect(await labels()).toEqual([])
  })

  test('leaves room for a finger on a phone: its name is pressed, and beside it the next one is drawn', async () => {
    const mira = await keepRegion()
    const pia = await openTablet(web.visitors.browser, 'Pia', {}, phone)
    const { page } = pia
    await page.goto(mira.page.url())
    const tag = page.getByRole('button', { name: 'Region: a red house' })
    await tag.tap()
    const bar = page.locator('.region-bar')
    await bar.getByRole('button', { name: 'How this region is painted' }).tap()
    const settings = (await page.getByRole('dialog').boundingBox())!
    expect(settings.y).toBeGreaterThanOrEqual(0)
    expect(settings.y + settings.height).toBeLessThan(phone.viewport.height)
    await page.keyboard.press('Escape')
    await bar.getByRole('button', { name: 'Done' }).tap()
    await page.keyboard.press('m')
    await page.getByRole('button', { name: 'Brush', exact: true }).tap()
    const width = (await page.getByLabel('Width of the brush').boundingBox())!
    const brush = (await page.getByRole('button', { name: 'Brush', exact: true }).boundingBox())!
    expect(width.x).toBeGreaterThanOrEqual(brush.x + brush.width)
    // A finger beside the name means the picture.
    await pia.finger([0.2, 0.2], [0.5, 0.3])
    await page.getByLabel('What shall be here').waitFor()
    await pia.close()
  })

  test('can be painted in a copy that nobody has painted yet, over the picture that is its paper', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    const { page } = mira
    const frames = async () =>
      (await sceneOf(mira, web.site.url)).filter((one): one is FrameElement => one.kind === 'frame' && !one.removed)
    const fileOf = ({ paper }: FrameElement) => (paper?.kind === 'picture' ? paper.file : null)
    async function paintPart() {
      await page.getByRole('button', { name: 'Paint a part of a frame' }).click()
      await page.getByRole('button', { name: 'Box', exact: true }).click()
      await mira.draw([0.4, 0.4], [0.9, 0.9])
      await page.getByLabel('What shall be here').fill('a red house')
      await page.getByRole('button', { name: 'Paint here' }).click()
    }
    await paintPart()
    await until(async () => expect(fileOf((await frames())[0]!)).not.toBeNull())
    const [original] = await frames()
    await page.keyboard.press('Escape')
    await page.keyboard.press('v')
    await page.locator('.caption-title').click()
    await page.keyboard.press('Control+d')
    await until(async () => expect(await frames()).toHaveLength(2))
    const copy = (await frames()).find(({ id }) => id !== original!.id)!
    expect(fileOf(copy)).toBe(fileOf(original!))
    const asked = web.site.world.engine.asks.length
    await page.keyboard.press('Control+x')
    await page.locator('.caption-title').click()
    await page.keyboard.press('Delete')
    await page.keyboard.press('Control+v')
    await until(async () => expect(await frames()).toHaveLength(1))
    await page.locator('.frame-chrome[data-state=fresh]').waitFor()
    expect(web.site.world.engine.asks).toHaveLength(asked)
    await page.keyboard.press('Shift+1')
    await paintPart()
    await until(async () => expect(fileOf((await frames())[0]!)).not.toBe(fileOf(original!)))
    expect(web.site.world.engine.asks).toHaveLength(asked + 1)
  })
})
