/** What leaves a room as a file, and what comes in. */
import { readFile } from 'node:fs/promises'
import type { Download, Page } from 'playwright-core'
import sharp from 'sharp'
import { describe, expect, test, vi } from 'vitest'
import { fileElements, filesOf } from '../../protocol/roomFile.ts'
import { withTexts } from '../../studio/images/png.ts'
import type { FileHash } from '../../studio/studio.ts'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import { sceneOf } from './modelPixels.ts'
import type { Person } from './person.ts'
import { shareSite } from './site.ts'

const until = <T>(check: () => Promise<T> | T) => vi.waitFor(check, patient(25_000))

describe.runIf(canBrowse())('files of a room', { timeout: patient(120_000) }, () => {
  const web = shareSite({ engine: { guidanceEmbedding: false } }, { isQuiet: true })

  async function openDrawing(): Promise<Person> {
    const mira = await web.visitors.openPaintedRoom()
    await mira.page.keyboard.press('p')
    await mira.draw([0.2, 0.3], [0.8, 0.3])
    await mira.page.locator('.caption-title').click()
    await mira.page.locator('.film').first().waitFor()
    return mira
  }
  /** What is drawn, with images by their pixels: a picture is named anew where it is brought, as its recipe stays behind. */
  async function drawingOf(person: Person) {
    const elements = fileElements(await sceneOf(person, web.site.url))
    const names = filesOf(elements)
    const files = await Promise.all(
      names.map(async name => {
        const bytes = await web.site.world.studio.pictures.files.read(name as FileHash)
        return (await sharp(bytes!).removeAlpha().raw().toBuffer()).toString('base64')
      }),
    )
    const text = names.reduce((json, name, index) => json.replaceAll(name, `file ${index}`), JSON.stringify(elements))
    return { elements: JSON.parse(text) as unknown, files }
  }
  async function openSheet({ page }: Person): Promise<void> {
    await page.keyboard.press('Control+Shift+e')
    await page.getByRole('dialog', { name: 'Export and import' }).waitFor()
  }
  async function save(page: Page, name: string): Promise<{ bytes: Uint8Array; download: Download }> {
    const coming = page.waitForEvent('download')
    await page.getByRole('button', { name, exact: true }).click()
    const download = await coming
    return { bytes: await readFile((await download.path())!), download }
  }
  /** Files dropped onto the page at a point, as a browser hands them over. */
  async function drop(
    page: Page,
    files: readonly { name: string; type: string; bytes: Uint8Array }[],
    x = 300,
    y = 300,
  ) {
    const sent = files.map(({ bytes, ...file }) => ({ ...file, base64: Buffer.from(bytes).toString('base64') }))
    await page.evaluate(
      ([all, clientX, clientY]) => {
        const dataTransfer = new DataTransfer()
        for (const { name, type, base64 } of all) {
          const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))
          dataTransfer.items.add(new File([bytes], name, { type }))
        }
        document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, dataTransfer, clientX, clientY }))
      },
      [sent, x, y] as const,
    )
  }

  test('a frame is saved as PNG in three sizes, as SVG, and its history as a contact sheet', async () => {
    const mira = await openDrawing()
    await openSheet(mira)
    const { page } = mira
    expect(await page.getByRole('radio', { name: 'This frame' }).getAttribute('aria-checked')).toBe('true')
    for (const scale of [1, 2, 4]) {
      const { bytes, download } = await save(page, `PNG ${scale}×`)
      expect(download.suggestedFilename()).toBe('a-boat-at-dusk.png')
      const { width, height } = await sharp(bytes).metadata()
      expect([width, height]).toEqual([512 * scale, 512 * scale])
    }
    const svg = new TextDecoder().decode((await save(page, 'SVG')).bytes)
    expect(svg).toMatch(/^<svg [^>]*width="512" height="512"/)
    // Pictures are saved while the drawing rests: the sheet holds those that the page lists when it is asked for.
    const listed = async () => page.locator('.film').count()
    await until(async () => {
      const films = await listed()
      const sheet = await sharp((await save(page, 'Contact sheet')).bytes).metadata()
      expect([await listed(), sheet.width]).toEqual([films, 16 + Math.min(4, films) * (320 + 16)])
    })
  })

  test('a room that is saved as JSON is the same room where it is opened, and undo closes it again', async () => {
    const mira = await openDrawing()
    // An image and a layer, which the file has to bring along.
    const image = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#3b82d6' } })
      .png()
      .toBuffer()
    await mira.page.getByRole('button', { name: 'Add a layer' }).click()
    await drop(mira.page, [{ name: 'sky.png', type: 'image/png', bytes: image }], 30, 400)
    await until(async () =>
      expect((await sceneOf(mira, web.site.url)).map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['layer', 'image']),
      ),
    )
    await openSheet(mira)
    await mira.page.getByRole('radio', { name: 'The whole room' }).click()
    const { bytes } = await save(mira.page, 'JSON')
    const exported = fileElements(await sceneOf(mira, web.site.url))
    expect(JSON.parse(new TextDecoder().decode(bytes))).toMatchObject({
      fourstroke: 'room',
      version: 1,
      elements: exported,
    })

    const jo = await web.visitors.arrive('Jo')
    await jo.page.getByRole('button', { name: 'New room' }).click()
    await jo.page.getByRole('button', { name: 'An empty frame' }).waitFor()
    await drop(jo.page, [{ name: 'lake.json', type: 'application/json', bytes }])
    await jo.page.getByText('Opened.').waitFor()
    await until(async () => expect(await drawingOf(jo)).toEqual(await drawingOf(mira)))
    expect((await drawingOf(jo)).files.length).toBeGreaterThan(1)
    await jo.page.keyboard.press('Control+z')
    await until(async () => expect(fileElements(await sceneOf(jo, web.site.url))).toEqual([]))

    const broken = Buffer.from(new TextDecoder().decode(bytes).replace('"version":1', '"version":3'))
    await drop(jo.page, [{ name: 'later.json', type: 'application/json', bytes: broken }])
    await jo.page.getByText('later.json: This drawing is of version 3, and this page reads 1').waitFor()
  })

  test('a dropped picture offers its recipe, to the frame that it fell on and to a new one', async () => {
    const mira = await openDrawing()
    const { page } = mira
    const parameters = `the red house\nNegative prompt: lake\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 512x256`
    const plain = await sharp({ create: { width: 64, height: 32, channels: 3, background: '#ffffff' } })
      .png()
      .toBuffer()
    const bytes = withTexts(plain, { parameters })
    const file = { name: 'castle.png', type: 'image/png', bytes }
    const sheet = (await page.locator('.sheet').boundingBox())!
    await drop(page, [file], sheet.x + sheet.width / 2, sheet.y + sheet.height / 2)
    await page.getByText('Recipe of A1111').waitFor()
    await page.getByRole('button', { name: 'Use in this frame' }).click()
    await until(async () =>
      expect((await sceneOf(mira, web.site.url)).find(({ kind }) => kind === 'frame')).toMatchObject({
        ...{ prompt: 'the red house', seed: 42, guidance: 7, steps: 4, options: { negativePrompt: 'lake' } },
      }),
    )
    await page.getByRole('button', { name: 'Strength, seed and more' }).click()
    expect(await page.getByLabel('Keep away from').inputValue()).toBe('lake')
    await page.keyboard.press('Escape')
    await drop(page, [file], 20, 300)
    await page.getByRole('button', { name: 'New frame with it' }).click()
    await until(async () =>
      expect((await sceneOf(mira, web.site.url)).filter(({ kind }) => kind === 'frame')).toContainEqual(
        expect.objectContaining({ prompt: 'the red house', width: 512, height: 256 }),
      ),
    )
  })
})
