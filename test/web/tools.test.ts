import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import { differenceFromModel } from './modelPixels.ts'
import type { OnFrame, Person } from './person.ts'
import { shareSite } from './site.ts'

const patienceMs = patient(25_000)
const until = (check: () => Promise<unknown>) => vi.waitFor(check, patienceMs)

/** As most people meet it: over plain HTTP, under a name of the local network. */
describe.runIf(canBrowse())('tools in a browser', { timeout: patient(90_000) }, () => {
  const web = shareSite()

  const openRoom = () => web.visitors.openRoom('Mira', web.site.localUrl)

  const alphaAt = async (person: Person, at: OnFrame) => Number((await person.inkAt(at)).split(',')[3])

  test('D1: brushes leave the same pixels on the page as in what the model gets', async () => {
    const mira = await openRoom()
    const { page } = mira
    await page.getByRole('button', { name: 'Soft tip' }).click()
    for (let i = 0; i < 6; i++) await page.keyboard.press(']')
    await mira.draw([0.2, 0.2], [0.8, 0.2])
    // Half as strong, crossing itself: no darker there.
    for (let i = 0; i < 5; i++) await page.keyboard.press(',')
    await mira.draw([0.2, 0.5], [0.8, 0.5], [0.2, 0.52])
    await page.keyboard.press('s')
    await mira.draw([0.2, 0.8], [0.8, 0.8], [0.2, 0.82])
    await page.keyboard.press('e')
    await page.getByRole('button', { name: 'Brush settings' }).click()
    await page.getByLabel('Flow').fill('30')
    await page.keyboard.press('Escape')
    await mira.draw([0.7, 0.1], [0.7, 0.9])
    await until(async () => expect(await alphaAt(mira, [0.5, 0.81])).toBeGreaterThan(0))
    expect(await alphaAt(mira, [0.5, 0.2])).toBeGreaterThan(230)
    for (const y of [0.51, 0.81]) {
      expect(await alphaAt(mira, [0.5, y])).toBeGreaterThan(118)
      expect(await alphaAt(mira, [0.5, y])).toBeLessThan(130)
    }
    await until(async () => {
      const { most, mean, inked } = await differenceFromModel(mira, web.site.url)
      expect(inked).toBeGreaterThan(10_000)
      expect(mean).toBeLessThan(0.5)
      expect(most).toBeLessThan(8)
    })
  })

  test('D3: fill pours color into what a line encloses, the model gets the same, and undo takes it back', async () => {
    const mira = await openRoom()
    const { page } = mira
    await mira.draw([0.3, 0.3], [0.7, 0.3], [0.7, 0.7], [0.3, 0.7], [0.3, 0.3])
    // The picture that was drawn on becomes the paper; on white the line alone is in the way.
    await page.getByRole('radio', { name: 'White', exact: true }).click()
    await page.keyboard.press('g')
    await page.getByRole('radio', { name: 'Red' }).click()
    await mira.draw([0.5, 0.5])
    const red = '214,69,52,255'
    await until(async () => expect(await mira.inkAt([0.5, 0.5])).toBe(red))
    expect([await mira.inkAt([0.4, 0.6]), await mira.inkAt([0.2, 0.2])]).toEqual([red, '0,0,0,0'])
    await until(async () => {
      const { most, mean, inked } = await differenceFromModel(mira, web.site.url)
      expect(inked).toBeGreaterThan(10_000)
      expect(mean).toBeLessThan(0.5)
      expect(most).toBeLessThan(8)
    })
    await page.keyboard.press('Control+z')
    await until(async () => expect(await mira.inkAt([0.5, 0.5])).toBe('0,0,0,0'))
  })

  test('D1 D3: a gradient that fades lies over what is there, and the model gets the same', async () => {
    const mira = await openRoom()
    const { page } = mira
    await page.keyboard.press('Shift+G')
    await page.getByRole('radio', { name: 'Red' }).click()
    await page.getByRole('button', { name: 'Fade to nothing' }).click()
    await mira.draw([0.1, 0.5], [0.9, 0.5])
    await until(async () => expect(await alphaAt(mira, [0.05, 0.5])).toBe(255))
    expect(await alphaAt(mira, [0.95, 0.5])).toBe(0)
    expect(await alphaAt(mira, [0.5, 0.3])).toBeGreaterThan(118)
    expect(await alphaAt(mira, [0.5, 0.3])).toBeLessThan(137)
    await until(async () => {
      const { most, mean, inked } = await differenceFromModel(mira, web.site.url)
      expect(inked).toBeGreaterThan(10_000)
      expect(mean).toBeLessThan(0.5)
      expect(most).toBeLessThan(8)
    })
    await page.keyboard.press('Control+z')
    await until(async () => expect(await alphaAt(mira, [0.05, 0.5])).toBe(0))
  })

  test('a link may name the tool that it is about', async () => {
    const mira = await openRoom()
    const { page } = mira
    const link = page.url()
    const region = page.getByRole('button', { name: 'Paint a part of a frame' })
    await page.goto(`${link}?tool=region`)
    await until(async () => expect(await region.getAttribute('aria-pressed')).toBe('true'))
    await page.goto(`${link}?tool=hammer`)
    const pen = page.locator('.toolbar').getByRole('button', { name: 'Pen' })
    await until(async () => expect(await pen.getAttribute('aria-pressed')).toBe('true'))
  })

  test('Shift draws a straight line, and the stabiliser’s brush reaches the pointer at last', async () => {
    const mira = await openRoom()
    const { page } = mira
    await page.keyboard.down('Shift')
    await mira.draw([0.2, 0.2], [0.5, 0.5], [0.8, 0.2])
    await page.keyboard.up('Shift')
    await until(async () => expect(await alphaAt(mira, [0.5, 0.2])).toBe(255))
    expect(await alphaAt(mira, [0.5, 0.5])).toBe(0)
    await page.getByRole('button', { name: 'Brush settings' }).click()
    await page.getByLabel('Stabiliser').fill('100')
    await page.keyboard.press('Escape')
    await mira.draw([0.2, 0.7], [0.8, 0.7])
    await until(async () => expect(await alphaAt(mira, [0.79, 0.7])).toBe(255))
  })
})
