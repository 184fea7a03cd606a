import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import type { OnFrame, Person } from './person.ts'
import { shareSite } from './site.ts'

const patienceMs = patient(25_000)

describe.runIf(canBrowse())('colors', { timeout: patient(90_000) }, () => {
  const web = shareSite({}, { isQuiet: true })

  const colorOf = ({ page }: Person) => page.getByLabel('Any color').inputValue()
  const pressAt = async ({ page }: Person, [x, y]: OnFrame) => {
    const box = (await page.locator('.sheet').first().boundingBox())!
    await page.mouse.click(box.x + x * box.width, box.y + y * box.height)
  }
  const pick = async (person: Person, at: OnFrame) => {
    await person.page.keyboard.press('i')
    await pressAt(person, at)
    return colorOf(person)
  }

  test('are picked from the painting, from ink and from paper, and then drawn with', async () => {
    const mira = await web.visitors.openPaintedRoom()
    const [red, green, blue] = await mira.page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.painting canvas')!
      return [...canvas.getContext('2d')!.getImageData(canvas.width * 0.5, canvas.height * 0.75, 1, 1).data]
    })
    const picked = await pick(mira, [0.5, 0.75])
    const channels = [1, 3, 5].map(at => Number.parseInt(picked.slice(at, at + 2), 16))
    // The canvas is scaled to the screen, so neighbours have their share.
    for (const [index, value] of [red!, green!, blue!].entries()) {
      expect(Math.abs(channels[index]! - value), `${picked} for ${[red, green, blue]}`).toBeLessThan(24)
    }

    await mira.page.getByRole('radio', { name: 'Red' }).click()
    await mira.draw([0.2, 0.3], [0.8, 0.3])
    await mira.page.getByRole('radio', { name: 'Sky' }).click()
    // Alt takes the color of the ink, whether the painting shows it yet or not.
    await mira.page.locator('.caption').hover()
    await mira.page.getByRole('radio', { name: 'Ink only' }).click()
    await mira.page.keyboard.down('Alt')
    await pressAt(mira, [0.5, 0.3])
    await mira.page.keyboard.up('Alt')
    expect(await colorOf(mira)).toBe('#d64534')
    await mira.draw([0.2, 0.5], [0.8, 0.5])
    await vi.waitFor(async () => expect(await mira.inkAt([0.5, 0.5])).toBe('214,69,52,255'), patienceMs)

    await mira.page.getByRole('radio', { name: 'One colour' }).click()
    await mira.page.locator('canvas.paper').waitFor()
    expect(await pick(mira, [0.1, 0.1])).toBe('#e9dcc3')
    // One pick, and the pen is in the hand again.
    expect(await mira.page.getByRole('button', { name: 'Pen' }).getAttribute('aria-pressed')).toBe('true')
  })

  test('that were used come again, and those put aside are there for everybody', async () => {
    const mira = await web.visitors.openPaintedRoom()
    const jo = await web.visitors.arrive('Jo', mira.page.url())
    await mira.page.getByLabel('Any color').fill('#123456')
    await mira.draw([0.2, 0.3], [0.8, 0.3])
    for (const { page } of [mira, jo]) await page.getByRole('button', { name: 'Palette', exact: true }).click()
    await mira.page.getByRole('radiogroup', { name: 'Recent' }).getByRole('radio', { name: '#123456' }).waitFor()
    await mira.page.getByRole('button', { name: 'Put this color into the room’s palette' }).click()
    const room = ({ page }: Person) => page.getByRole('radiogroup', { name: 'This room' })
    await room(jo).getByRole('radio', { name: '#123456' }).click()
    expect(await colorOf(jo)).toBe('#123456')
    await jo.page.reload()
    await jo.page.getByRole('button', { name: 'Palette', exact: true }).click()
    await room(jo).getByRole('radio', { name: '#123456' }).click()
    await jo.page.getByRole('button', { name: 'Take this color out of the room’s palette' }).click()
    await vi.waitFor(async () => expect(await room(mira).getByRole('radio').count()).toBe(0), patienceMs)
  })
})
