import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../../support/chromium.ts'
import { patient } from '../../support/patience.ts'
import type { Person } from '../person.ts'
import { shareSite } from '../site.ts'

const seen = { timeout: patient(60_000), interval: 50 }

/** How many different colours the replay shows, how many pixels differ from the first one, and whether all are opaque. */
const look = ({ page }: Person) =>
  page.locator('.replay-screen canvas').evaluate(element => {
    const canvas = element as HTMLCanvasElement
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    const pixels = new Uint32Array(data.buffer)
    return {
      colors: new Set(pixels).size,
      drawn: pixels.filter(pixel => pixel !== pixels[0]).length,
      isOpaque: pixels.every(pixel => pixel >>> 24 === 255),
    }
  })

async function openReplay({ page }: Person): Promise<void> {
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByRole('button', { name: 'Replay…' }).click()
  await page.locator('.replay-screen canvas').waitFor({ timeout: seen.timeout })
}

describe.runIf(canBrowse())('the replay of a room', { timeout: patient(240_000) }, () => {
  const web = shareSite()

  test('shows somebody who only watches how another drew, with the pictures, and is saved as a clip', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    await mira.page.keyboard.press('p')
    await mira.draw([0.2, 0.3], [0.8, 0.7])
    await mira.draw([0.2, 0.7], [0.8, 0.3])
    await mira.page.getByRole('button', { name: 'Share' }).click()
    const view = await mira.page.getByLabel('Anyone with this link can watch').inputValue()
    await mira.page.keyboard.press('Escape')
    const noah = await web.visitors.arrive('Noah', view)
    await noah.page.getByRole('button', { name: 'Share' }).waitFor({ timeout: seen.timeout })
    // The replay ends with what is stored by then.
    await vi.waitFor(async () => expect((await noah.painting()).length).toBeGreaterThan(0), seen)
    await openReplay(noah)

    const position = noah.page.getByLabel('Moment')
    // Who prefers that things stay still sees what came of it, and it plays when asked.
    const end = await look(noah)
    expect(await position.inputValue()).toBe('1000')
    await noah.page.getByRole('button', { name: 'Play' }).waitFor(seen)
    // What lies beneath it is the desk, not nothing.
    expect(end).toMatchObject({ isOpaque: true })
    await position.focus()
    await position.press('Home')
    await vi.waitFor(async () => expect((await look(noah)).drawn).toBeLessThan(end.drawn), seen)
    const beginning = await look(noah)
    expect(beginning.isOpaque).toBe(true)
    expect(end.colors).toBeGreaterThan(beginning.colors)
    await position.press('End')
    await vi.waitFor(async () => expect(await look(noah)).toEqual(end), seen)
    await noah.page.getByRole('radio', { name: '5 s', exact: true }).click()
    await noah.page.getByRole('button', { name: 'Play' }).click()
    await noah.page.getByRole('button', { name: 'Pause' }).waitFor(seen)
    // It plays to its end, and shows what it showed there.
    await noah.page.getByRole('button', { name: 'Play' }).waitFor(seen)
    expect(await look(noah)).toEqual(end)

    const saved = noah.page.waitForEvent('download', { timeout: seen.timeout })
    await noah.page.getByRole('button', { name: 'Save as animated WebP' }).click()
    const file = await saved
    expect(file.suggestedFilename()).toMatch(/-5s\.webp$/)
    const clip = await sharp(await readFile(await file.path()), { animated: true }).metadata()
    expect(clip).toMatchObject({ format: 'webp', loop: 0 })
    expect(Math.max(clip.width, clip.pageHeight!)).toBe(720)
    expect(clip.pages).toBeGreaterThan(1)
    expect(clip.delay!.reduce((sum, ms) => sum + ms, 0)).toBe(5_000)
    expect(noah.complaints).toEqual([])
  })

  test('goes on making a clip until it is cancelled, and says how long it takes', async () => {
    const mira = await web.visitors.openPaintedRoom('Mira')
    await mira.page.keyboard.press('p')
    for (const y of [0.2, 0.4, 0.6, 0.8]) await mira.draw([0.2, y], [0.8, y])
    await openReplay(mira)
    await mira.page.getByRole('radio', { name: '30 s' }).click()
    await mira.page.getByRole('button', { name: 'Save as animated WebP' }).click()
    await mira.page.getByText(/% ?, about .* left/).waitFor(seen)
    await mira.page.getByRole('button', { name: 'Cancel' }).click()
    await mira.page.getByRole('button', { name: 'Save as animated WebP' }).waitFor(seen)
    expect(await mira.page.getByRole('alert').allTextContents()).toEqual([])
    expect(mira.complaints).toEqual([])
  })
})
