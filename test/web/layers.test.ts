import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import { differenceFromModel, sceneOf } from './modelPixels.ts'
import type { Person } from './person.ts'
import { shareSite } from './site.ts'

const patienceMs = patient(25_000)
const until = (check: () => Promise<unknown>) => vi.waitFor(check, patienceMs)

describe.runIf(canBrowse())('layers in a browser', { timeout: patient(90_000) }, () => {
  const web = shareSite()

  async function openRoom(): Promise<Person> {
    const mira = await web.visitors.openRoom('Mira')
    await mira.page.keyboard.press('Escape')
    await mira.page.keyboard.press('p')
    return mira
  }

  /** How many canvases layers have: below the paintings, and above them. */
  const canvases = ({ page }: Person) =>
    page.evaluate(() => [...document.querySelectorAll('.layer-inks')].map(holder => holder.childElementCount))

  test('D1 D4: the model gets the layers that people see, faded, hidden and erased, and another person sees the same', async () => {
    const mira = await openRoom()
    const { page } = mira
    const layers = page.getByRole('region', { name: 'Layers' })
    await mira.draw([0.2, 0.2], [0.8, 0.2])
    await page.getByRole('radio', { name: 'White', exact: true }).click()
    await layers.getByRole('button', { name: 'Add a layer' }).click()
    await page.getByRole('radio', { name: 'Layer 2' }).waitFor()
    await page.getByRole('radio', { name: 'Red' }).click()
    for (let i = 0; i < 6; i++) await page.keyboard.press(']')
    await mira.draw([0.3, 0.1], [0.3, 0.7])
    await mira.draw([0.1, 0.4], [0.6, 0.4])
    await until(async () => expect(await canvases(mira)).toEqual([2, 0]))
    await layers.getByLabel('Opacity').fill('50')
    // It takes nothing of the layer below.
    await page.keyboard.press('e')
    await mira.draw([0.25, 0.2], [0.35, 0.2])
    const isTrue = () =>
      until(async () => {
        const { most, mean, inked } = await differenceFromModel(mira, web.site.url)
        expect(inked).toBeGreaterThan(5_000)
        expect(mean).toBeLessThan(0.7)
        expect(most).toBeLessThan(8)
      })
    await isTrue()
    const jo = await web.visitors.arrive('Jo', page.url())
    await until(async () => expect(await canvases(jo)).toEqual([2, 0]))
    await until(async () => expect((await differenceFromModel(jo, web.site.url)).most).toBeLessThan(8))
    await layers.getByRole('button', { name: 'Hide Layer 1' }).click()
    await until(async () => expect(await canvases(jo)).toEqual([1, 0]))
    await isTrue()
    expect([mira.complaints, jo.complaints]).toEqual([[], []])
  })

  test('D6: notes lie above the painting, and the model does not get them', async () => {
    const mira = await openRoom()
    const layers = mira.page.getByRole('region', { name: 'Layers' })
    await layers.getByRole('button', { name: 'Add a layer' }).click()
    await layers.getByText('For notes').click()
    await mira.draw([0.2, 0.2], [0.8, 0.8])
    await until(async () => expect(await canvases(mira)).toEqual([0, 1]))
    await until(async () => expect((await differenceFromModel(mira, web.site.url)).inked).toBe(0))
    // The picture that was made from words stays what it is.
    const frame = (await sceneOf(mira, web.site.url)).find(element => element.kind === 'frame')
    expect(frame?.paper ?? null).toBeNull()
  })

  test('the list goes by the keyboard: arrows choose, Alt and arrows move, F2 renames, Delete deletes', async () => {
    const mira = await openRoom()
    const { page } = mira
    const layers = page.getByRole('region', { name: 'Layers' })
    for (let i = 0; i < 3; i++) await layers.getByRole('button', { name: 'Add a layer' }).click()
    const names = () => layers.getByRole('radio').allTextContents()
    await until(async () => expect(await names()).toEqual(['Layer 3', 'Layer 2', 'Layer 1']))
    await page.getByRole('radio', { name: 'Layer 3' }).focus()
    await page.keyboard.press('ArrowDown')
    await until(async () => expect(await layers.locator('[aria-checked=true]').textContent()).toBe('Layer 2'))
    await page.keyboard.press('Alt+ArrowUp')
    await until(async () => expect(await names()).toEqual(['Layer 2', 'Layer 3', 'Layer 1']))
    await page.keyboard.press('F2')
    await page.keyboard.type('Sky')
    await page.keyboard.press('Enter')
    await until(async () => expect(await names()).toEqual(['Sky', 'Layer 3', 'Layer 1']))
    await page.getByRole('radio', { name: 'Layer 1' }).focus()
    await page.keyboard.press('Delete')
    await until(async () => expect(await names()).toEqual(['Sky', 'Layer 3']))
    await page.keyboard.press('Control+z')
    await until(async () => expect(await names()).toEqual(['Sky', 'Layer 3', 'Layer 1']))
  })

  test('a row is dragged by its grip', async () => {
    const mira = await openRoom()
    const { page } = mira
    const layers = page.getByRole('region', { name: 'Layers' })
    for (let i = 0; i < 3; i++) await layers.getByRole('button', { name: 'Add a layer' }).click()
    await layers.locator('.layer-row').nth(2).waitFor()
    const grip = (await layers.locator('.layer-grip').first().boundingBox())!
    const [x, y] = [grip.x + grip.width / 2, grip.y + grip.height / 2]
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x, y + 2 * grip.height + 8, { steps: 5 })
    await page.mouse.up()
    await until(async () =>
      expect(await layers.getByRole('radio').allTextContents()).toEqual(['Layer 2', 'Layer 1', 'Layer 3']),
    )
  })
})
