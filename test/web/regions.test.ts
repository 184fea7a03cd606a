/** Regions, edges and finer pictures as two people at two browsers meet them, painted by the embedded model. */
import type { Locator } from 'playwright-core'
import sharp from 'sharp'
import { describe, expect, test, vi } from 'vitest'
import type { FrameElement } from '../../protocol/scene.ts'
import type { FileHash } from '../../studio/studio.ts'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import { sceneOf } from './modelPixels.ts'
import { looksLike, type OnFrame, type Person } from './person.ts'
import { shareSite } from './site.ts'

const until = <T>(check: () => Promise<T> | T) => vi.waitFor(check, patient(60_000))

describe.runIf(canBrowse())('a part of a picture', { timeout: patient(240_000) }, () => {
  const web = shareSite({ engine: 'embedded' }, { isQuiet: true })

  /** Mira has painted a frame, and Jo looks at the same room. */
  async function openPainted(): Promise<{ mira: Person; jo: Person }> {
    const mira = await web.visitors.arrive('Mira')
    const { page } = mira
    await page.getByRole('button', { name: 'New room' }).click()
    await page.getByRole('button', { name: 'An empty frame' }).click()
    await page.locator('#prompt').fill('a red house by a lake')
    await page.locator('#prompt').blur()
    await until(async () => expect(await mira.painting()).not.toEqual([]))
    await page.locator('.film').first().waitFor()
    const jo = await web.visitors.arrive('Jo', page.url())
    await until(async () => expect(await jo.painting()).not.toEqual([]))
    return { mira, jo }
  }

  const frameOf = async (person: Person): Promise<FrameElement> =>
    (await sceneOf(person, web.site.url)).find((one): one is FrameElement => one.kind === 'frame' && !one.removed)!

  async function pixelsOf(file: string) {
    const image = sharp((await web.site.world.studio.pictures.files.read(file as FileHash))!).removeAlpha()
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
    return { width: info.width, height: info.height, data: new Uint8Array(data) }
  }
  /** The file of the newest picture in the strip. */
  async function newestFile({ page }: Person): Promise<string> {
    return (await page.locator('.film img').first().getAttribute('src'))!.split('/').at(-1)!
  }
  async function choose(person: Person, way: string, ...points: readonly OnFrame[]): Promise<Locator> {
    // Pressed rather than by its key: a page that has just opened hears no keys before its bars are there.
    await person.page.getByRole('button', { name: 'Paint a part of a frame' }).click()
    await person.page.getByRole('button', { name: way, exact: true }).click()
    await person.draw(...points)
    return person.page.getByLabel('What shall be here')
  }

  test('is painted anew by other words: nothing else changes by a pixel, others see it, undo brings it back', async () => {
    const { mira, jo } = await openPainted()
    const before = await newestFile(mira)
    // Jo paints in what Mira has made.
    const words = await choose(jo, 'Box', [0.5, 0.5], [0.9, 0.9])
    await words.fill('a green tree')
    await jo.page.getByRole('button', { name: 'Paint here' }).click()
    await until(async () => expect((await frameOf(mira)).paper).toMatchObject({ kind: 'picture' }))
    const frame = await frameOf(mira)
    const after = frame.paper?.kind === 'picture' ? frame.paper.file : ''
    const [old, picture] = [await pixelsOf(before), await pixelsOf(after)]
    expect(picture.width).toBe(old.width)
    // The box in pixels of the picture, and the soft edge around it.
    const [from, to, edge] = [picture.width * 0.5, picture.width * 0.9, 8 + 1]
    let [outside, inside] = [0, 0]
    for (let i = 0; i < picture.data.length; i++) {
      const pixel = Math.floor(i / 3)
      const [x, y] = [pixel % picture.width, Math.floor(pixel / picture.width)]
      const difference = Math.abs(picture.data[i]! - old.data[i]!)
      const isFar = Math.max(from - x, x - to, from - y, y - to) > edge
      if (isFar) outside += difference
      else inside += difference
    }
    expect(outside).toBe(0)
    expect(inside).toBeGreaterThan(20_000)
    await until(async () => expect(looksLike(await jo.painting(), await mira.painting())).toBe(true))
    await jo.page.keyboard.press('Control+z')
    await until(async () => expect((await frameOf(mira)).paper ?? null).toBeNull())
  })

  test('keeps words of its own that everybody sees, changes and takes away', async () => {
    const { mira, jo } = await openPainted()
    const words = await choose(mira, 'Lasso', [0.2, 0.2], [0.5, 0.15], [0.55, 0.5], [0.25, 0.55])
    await words.fill('a yellow moon')
    await mira.page.getByRole('button', { name: 'Keep these words here' }).click()
    const tag = jo.page.getByRole('button', { name: 'Region: a yellow moon' })
    await tag.waitFor()
    await until(async () => expect(await jo.page.locator('.region-line').getAttribute('d')).toMatch(/^M.+Z$/))
    await tag.click()
    const field = jo.page.getByLabel('What shall be in this region')
    await field.fill('a green tree')
    await field.blur()
    await mira.page.getByRole('button', { name: 'Region: a green tree' }).waitFor()
    await jo.page.getByRole('button', { name: 'How this region is painted' }).click()
    await jo.page.getByRole('dialog').getByRole('slider', { name: 'Guidance' }).fill('6')
    await until(async () =>
      expect((await frameOf(mira)).options?.regions).toMatchObject([{ prompt: 'a green tree', guidance: 6 }]),
    )
    await jo.page.getByRole('button', { name: 'Delete the region' }).click()
    await until(async () => expect(await mira.page.locator('.region-tag').count()).toBe(0))
    await jo.page.keyboard.press('Control+z')
    await mira.page.getByRole('button', { name: 'Region: a green tree' }).waitFor()
  })

  test('is chosen with a brush, stroke by stroke, and let go by Escape', async () => {
    const { mira } = await openPainted()
    const { page } = mira
    await choose(mira, 'Brush', [0.3, 0.3], [0.6, 0.3])
    await mira.draw([0.3, 0.6], [0.6, 0.6])
    await until(async () => expect(await page.locator('.region-draft path').count()).toBe(2))
    await page.keyboard.press('Escape')
    await until(async () => expect(await page.locator('.region-draft').count()).toBe(0))
  })

  test('beyond an edge is painted where somebody drags it, for everybody; undo takes it back', async () => {
    const { mira, jo } = await openPainted()
    const { page } = mira
    // A region of the left half, which is to stay on it.
    await (await choose(mira, 'Box', [0.1, 0.1], [0.4, 0.4])).fill('a yellow moon')
    await page.getByRole('button', { name: 'Keep these words here' }).click()
    const tag = page.getByRole('button', { name: 'Region: a yellow moon' })
    await tag.waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    await until(async () => expect(await page.locator('.film').count()).toBe(2))
    const before = await pixelsOf(await newestFile(mira))
    const tagAt = (await tag.boundingBox())!
    await page.keyboard.press('v')
    await page.locator('.caption-title').click()
    await page.getByRole('button', { name: 'Drag an edge to paint on' }).click()
    const handle = (await page.locator('.handle.w').boundingBox())!
    const sheet = (await page.locator('.sheet').boundingBox())!
    const [x, y] = [handle.x + handle.width / 2, handle.y + handle.height / 2]
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x - sheet.width / 4, y, { steps: 4 })
    await until(async () => expect(await page.locator('.marquee').count()).toBe(1))
    await page.mouse.up()
    await until(async () => expect((await frameOf(mira)).width).toBe(640))
    const frame = await frameOf(mira)
    const file = frame.paper?.kind === 'picture' ? frame.paper.file : ''
    const wide = await pixelsOf(file)
    expect([wide.width, wide.height]).toEqual([320, 256])
    const differences = Array.from({ length: 256 * 200 }, (_, i) => {
      const [px, py] = [40 + (i % 200), Math.floor(i / 200)]
      return Math.abs(wide.data[(py * 320 + px + 64) * 3]! - before.data[(py * 256 + px) * 3]!)
    })
    expect(Math.max(...differences)).toBe(0)
    await until(async () => {
      // Its outline has come with its new mask.
      const { x: left, y: top } = (await tag.boundingBox())!
      expect(Math.hypot(left - tagAt.x, top - tagAt.y)).toBeLessThan(20)
    })
    expect(frame.options?.regions).toMatchObject([{ prompt: 'a yellow moon' }])
    await until(async () => {
      const { width, height } = (await jo.page.locator('.sheet').boundingBox())!
      expect(width / height).toBeCloseTo(1.25, 2)
    })
    await page.keyboard.press('Control+z')
    await until(async () => expect(await frameOf(jo)).toMatchObject({ width: 512, height: 512 }))
  })

  test('is finer when the pen rests, where the frame says so, and any picture can be enlarged', async () => {
    const { mira, jo } = await openPainted()
    await mira.page.getByRole('button', { name: 'Strength, seed and more' }).click()
    const recipe = jo.page.locator('.filmstrip .recipe')
    await jo.page.locator('.caption-title').click()
    await until(async () => expect(await recipe.textContent()).toContain('256×256'))
    await jo.page.getByRole('button', { name: 'Enlarge' }).click()
    await until(async () => expect(await recipe.textContent()).toContain('512×512'))
    const pictures = await jo.page.locator('.film').count()
    await mira.page.locator('label.switch', { hasText: 'Finer when the pen rests' }).click()
    await mira.page.locator('#prompt').fill('a green tree')
    await mira.page.locator('#prompt').blur()
    await until(async () => expect(await jo.page.locator('.film').count()).toBe(pictures + 1))
    await until(async () => expect(await recipe.textContent()).toContain('512×512'))
    expect((await pixelsOf(await newestFile(jo))).width).toBe(512)
  })
})
