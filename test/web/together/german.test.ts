/** Three people who have read nothing, in German, over the embedded model: what each does, the others see. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { describe, expect, test, vi } from 'vitest'
import { type FileElement, fileElements, filesOf } from '../../../protocol/roomFile.ts'
import type { FrameElement } from '../../../protocol/scene.ts'
import { canBrowse } from '../../support/chromium.ts'
import { pageTexts } from '../../support/pageTexts.ts'
import { patient } from '../../support/patience.ts'
import { sceneOf } from '../modelPixels.ts'
import { openPerson, type Person } from '../person.ts'
import { shareSite } from '../site.ts'
import { openTablet } from '../tablet.ts'
import { drop } from '../teaching.ts'

const de = pageTexts.de
const seen = { timeout: patient(90_000), interval: 100 }
const until = (check: () => Promise<unknown>) => vi.waitFor(check, seen)
/** Where to put pictures of what each of them sees, to be looked at; nowhere if empty. */
const photographs = process.env['FOURSTROKE_PHOTOGRAPHS'] ?? ''

describe.runIf(canBrowse())('three people in German', { timeout: patient(400_000) }, () => {
  const web = shareSite({ engine: 'embedded' }, { isQuiet: true })
  const desktop = { viewport: { width: 1280, height: 820 }, locale: 'de' }

  async function photograph(name: string, ...people: readonly Person[]): Promise<void> {
    if (photographs === '') return
    for (const [index, { page }] of people.entries())
      await page.screenshot({ path: `${photographs}/${name}-${index}.png` })
  }
  const frameOf = async (person: Person): Promise<FrameElement> =>
    (await sceneOf(person, web.site.url)).find((one): one is FrameElement => one.kind === 'frame' && !one.removed)!
  /** What a room's file would hold, its pictures by their pixels, as a server encodes what it is sent anew. */
  async function contentOf(person: Person): Promise<FileElement[]> {
    const elements = fileElements(await sceneOf(person, web.site.url))
    let text = JSON.stringify(elements)
    for (const file of filesOf(elements)) {
      const picture = await person.context.request.get(`${web.site.url}/files/${file}`)
      const pixels = await sharp(await picture.body())
        .removeAlpha()
        .raw()
        .toBuffer()
      text = text.replaceAll(file, createHash('sha256').update(pixels).digest('hex'))
    }
    return JSON.parse(text) as FileElement[]
  }

  test('repaint a region, extend a frame to the left, follow, point, export the room and import it elsewhere', async () => {
    const mira = await openPerson(web.visitors.browser, 'Mira', desktop)
    const { page } = mira
    await page.goto(web.site.url)
    await page.getByRole('button', { name: de['start.newRoom'] }).click()
    await page.getByRole('button', { name: de['empty.frame'] }).click()
    await page.getByLabel(de['prompt.label']).fill('ein rotes Haus am See')
    await page.getByLabel(de['prompt.label']).blur()
    await until(async () => expect(await mira.painting()).not.toEqual([]))
    await page.locator('.film').first().waitFor()
    const noah = await openPerson(web.visitors.browser, 'Noah', desktop)
    const jo = await openTablet(web.visitors.browser, 'Jo', {}, { locale: 'de' })
    for (const one of [noah, jo]) {
      await one.page.goto(page.url())
      await until(async () => expect(await one.painting()).not.toEqual([]))
    }
    await photograph('begin', mira, noah, jo)

    // Noah has a part of it painted in other words; all see it.
    const before = await mira.painting()
    await noah.page.getByRole('button', { name: de['tool.region'] }).click()
    await noah.page.getByRole('button', { name: de['region.box'], exact: true }).click()
    await noah.draw([0.5, 0.4], [0.95, 0.95])
    await noah.page.getByLabel(de['region.prompt'], { exact: true }).fill('ein grüner Baum')
    await photograph('region', noah)
    await noah.page.getByRole('button', { name: de['region.paint'] }).click()
    await until(async () => expect((await frameOf(jo)).paper).toMatchObject({ kind: 'picture' }))
    for (const one of [mira, noah, jo]) {
      await until(async () => {
        const now = await one.painting()
        expect(now).not.toEqual([])
        expect(now).not.toEqual(before)
      })
    }
    await photograph('repainted', mira, noah, jo)

    // Mira drags its left edge outwards, and the picture goes on there.
    const { width, x } = await frameOf(mira)
    await page.keyboard.press('v')
    await page.locator('.caption-title').click()
    await page.getByRole('button', { name: de['selection.extend'] }).click()
    const handle = (await page.locator('.handle.w').boundingBox())!
    const sheet = (await page.locator('.sheet').boundingBox())!
    await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2)
    await page.mouse.down()
    await page.mouse.move(handle.x + handle.width / 2 - sheet.width / 4, handle.y + handle.height / 2, { steps: 4 })
    await page.locator('.marquee').waitFor()
    await photograph('extending', mira)
    await page.mouse.up()
    await until(async () => expect((await frameOf(noah)).width).toBeGreaterThan(width))
    expect((await frameOf(noah)).x).toBeLessThan(x)
    await page.keyboard.press('Escape')
    await photograph('extended', mira, noah, jo)

    // Jo follows Mira, from the tablet, and sees what she points at.
    await jo.tap(jo.page.getByRole('button', { name: /^3 Personen|^3 Leute/ }))
    await jo.tap(jo.page.getByRole('button', { name: 'Mira folgen' }))
    await jo.page.getByText('Du folgst Mira').waitFor()
    await page.getByText('Jo folgt dir').waitFor()
    await page.getByRole('button', { name: de['laser.label'] }).click()
    await page.mouse.move(500, 400)
    await page.mouse.down()
    await until(async () => {
      // A hand is never still.
      await page.mouse.move(450 + Math.random() * 200, 380 + Math.random() * 100, { steps: 4 })
      for (const one of [noah, jo]) expect(await one.page.locator('.lasers line').count()).toBeGreaterThan(0)
    })
    await photograph('pointing', mira, noah, jo)
    await page.mouse.up()

    // Noah takes the whole room along and opens it in one of his own.
    await until(async () => expect(await noah.page.locator('.frame-chrome[data-state=rendering]').count()).toBe(0))
    await noah.page.keyboard.press('Escape')
    await noah.page.keyboard.press('Control+Shift+e')
    await noah.page.getByRole('radio', { name: de['export.room'] }).click()
    const download = noah.page.waitForEvent('download')
    await noah.page.getByRole('button', { name: 'JSON', exact: true }).click()
    const bytes = readFileSync(await (await download).path())
    await photograph('exporting', noah)
    const exported = await contentOf(noah)
    await noah.page.goto(web.site.url)
    await noah.page.getByRole('button', { name: de['start.newRoom'] }).click()
    await noah.page.getByRole('button', { name: de['empty.frame'] }).waitFor()
    await drop(noah, [{ name: 'see.json', type: 'application/json', bytes }])
    await noah.page.getByText(de['drawing.opened']).waitFor()
    await until(async () => expect(await contentOf(noah)).toEqual(exported))
    // It is what it was: its picture is the paper, which nobody paints over before something changes.
    await noah.page.locator('.frame-chrome[data-state=fresh]').waitFor()
    expect(await noah.painting()).toEqual([])
    await photograph('imported', noah)
    for (const one of [mira, noah, jo]) {
      expect(one.complaints).toEqual([])
      await one.close()
    }
  })
})
