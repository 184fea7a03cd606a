import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import type { Person } from './person.ts'
import { shareSite } from './site.ts'

const patienceMs = patient(25_000)

/** What other programs get: a PNG or an SVG of what is selected. */
describe.runIf(canBrowse())('what is selected', { timeout: patient(90_000) }, () => {
  const web = shareSite()
  /** On a red sheet: a stroke, a soft one, and an eraser through both. */
  async function openDrawing(address: string): Promise<Person> {
    const mira = await web.visitors.arrive('Mira', address)
    await mira.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const { page } = mira
    await page.getByRole('button', { name: 'New room' }).click()
    await page.getByRole('button', { name: 'An empty frame' }).click()
    await page.locator('.sheet').waitFor()
    await page.locator('.caption').click()
    await page.locator('label.switch', { hasText: 'Live' }).click()
    await page.keyboard.press('Escape')
    await page.keyboard.press('p')
    await mira.draw([0.2, 0.3], [0.8, 0.3])
    await page.getByRole('radio', { name: 'Red' }).click()
    await mira.draw([0.2, 0.5], [0.8, 0.5])
    await page.keyboard.press('e')
    await mira.draw([0.5, 0.2], [0.5, 0.6])
    await vi.waitFor(async () => expect(await mira.inkAt([0.5, 0.5])).toBe('0,0,0,0'), patienceMs)
    await page.keyboard.press('Control+a')
    return mira
  }

  /** Colors at four places of the selection, of a picture that is in the clipboard. */
  const copiedColors = (page: Person['page'], type: 'PNG' | 'SVG') =>
    page.evaluate(async wanted => {
      const [item] = await navigator.clipboard.read()
      const name =
        wanted === 'PNG' ? 'image/png' : item!.types.find(one => one === 'image/svg+xml' || one === 'text/plain')!
      const blob = await item!.getType(name)
      const image = new Image()
      image.src = URL.createObjectURL(new Blob([blob], { type: wanted === 'PNG' ? 'image/png' : 'image/svg+xml' }))
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = 400
      canvas.height = 400
      const context = canvas.getContext('2d')!
      context.drawImage(image, 0, 0, 400, 400)
      const at = (x: number, y: number) => [...context.getImageData(x * 400, y * 400, 1, 1).data].join()
      return [at(0.3, 0.3), at(0.3, 0.5), at(0.5, 0.5), at(0.1, 0.1)]
    }, type)

  test('goes into the clipboard as PNG and as SVG, which look alike', async () => {
    const { page, close, complaints } = await openDrawing(web.site.url)
    await page.bringToFront()
    const expected = ['31,36,48,255', '214,69,52,255', '255,255,255,255', '255,255,255,255']
    for (const type of ['PNG', 'SVG'] as const) {
      await page.getByRole('button', { name: `Copy as ${type}` }).click()
      await page.getByText(`Copied as ${type}.`).waitFor()
      expect(await copiedColors(page, type), type).toEqual(expected)
    }
    expect(complaints).toEqual([])
    await close()
  })

  test('is saved as a file over plain HTTP, where pages may not write to the clipboard', async () => {
    const { page, close } = await openDrawing(web.site.localUrl)
    for (const type of ['PNG', 'SVG'] as const) {
      const download = page.waitForEvent('download')
      await page.getByRole('button', { name: `Copy as ${type}` }).click()
      expect((await download).suggestedFilename()).toBe(`drawing.${type.toLowerCase()}`)
    }
    await close()
  })
})
