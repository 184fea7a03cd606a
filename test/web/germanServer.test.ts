/** What the server has to say (estimates, failures, assessments, refusals) as somebody reads it whose page is German. */
import type { Page } from 'playwright-core'
import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { pageTexts } from '../support/pageTexts.ts'
import { patient } from '../support/patience.ts'
import { openPerson, type Person } from './person.ts'
import { shareSite } from './site.ts'
import { drawPicture, drop } from './teaching.ts'

const de = pageTexts.de
const until = (check: () => Promise<unknown>) => vi.waitFor(check, patient(60_000))
/** Words without which hardly an English sentence gets by, and which German has none of. */
const english = /(?<!\p{L})(the|is|are|this|that|with|your|cannot|takes|about|of|been|closer|here|what)(?!\p{L})/iu

/** Whatever can be read on the page, and what screen readers say of it. */
async function expectGerman(page: Page): Promise<void> {
  const texts = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const found: string[] = []
    while (walker.nextNode()) found.push(walker.currentNode.textContent ?? '')
    for (const name of ['aria-label', 'title', 'placeholder']) {
      for (const element of document.querySelectorAll(`[${name}]`)) found.push(element.getAttribute(name) ?? '')
    }
    return found
  })
  expect(texts.filter(text => english.test(text))).toEqual([])
}

describe.runIf(canBrowse())(
  'what the server says stands in German on a German page',
  {
    timeout: patient(240_000),
  },
  () => {
    const hours = 3600_000
    const ways = [
      { flags: '--size 256', colorsOnly: false, ms: 6 * hours },
      { flags: '--method tint', colorsOnly: true, ms: hours / 4 },
    ]
    const web = shareSite(
      {
        engine: {
          pictureMs: 40_000,
          failures: { 'ein kaputtes Haus': 'engine/not-finite', 'ein riesiges Haus': 'request/memory' },
          estimateOf: () => ({ figures: { ms: 22 * hours, bytes: 18e9, wantsGpu: true, ways } }),
        },
      },
      { isQuiet: false },
    )

    async function openRoom(): Promise<Person> {
      const mira = await openPerson(web.visitors.browser, 'Mira', {
        viewport: { width: 1280, height: 820 },
        locale: 'de',
      })
      await mira.page.goto(web.site.url)
      await mira.page.getByRole('button', { name: de['start.newRoom'] }).click()
      await mira.page.getByRole('button', { name: de['empty.frame'] }).click()
      return mira
    }

    async function ask({ page }: Person, prompt: string): Promise<void> {
      await page.getByLabel(de['prompt.label']).fill(prompt)
      await page.getByLabel(de['prompt.label']).blur()
      await page.getByRole('button', { name: de['panel.paint'], exact: true }).click()
    }

    test('how long a picture takes, why one failed, and what is missing', async () => {
      const mira = await openRoom()
      const { page } = mira
      await ask(mira, 'Haus')
      await page.getByText('Ein Bild dauert hier etwa 40 s. Live wartet, bis der Stift ruht.').waitFor()
      await expectGerman(page)
      await ask(mira, 'ein kaputtes Haus')
      await page.locator('.frame-state', { hasText: 'Das Modell hat sich verrechnet' }).first().waitFor()
      await expectGerman(page)
      await ask(mira, 'ein riesiges Haus')
      await page.locator('.frame-state', { hasText: 'passt nicht in den Speicher' }).first().waitFor()
      await expectGerman(page)
      await ask(mira, '')
      await page.locator('.toast', { hasText: 'Der Rahmen hat keinen Prompt.' }).first().waitFor()
      await expectGerman(page)
      await mira.close()
    })

    test('what learning takes, what came of it, and what is refused', async () => {
      const mira = await openRoom()
      const { page } = mira
      await page.getByRole('button', { name: de['styles.button'], exact: true }).click()
      await page.getByRole('button', { name: de['styles.teach'] }).click()
      const takes = page.getByText(
        'Lernen dauert auf diesem Gerät etwa 22 h und braucht 18 GB Speicher. Auf einer GPU ist es eine Sache von Minuten. ' +
          'Hier auf der Kommandozeile: --size 256 in etwa 6 h oder --method tint (nur die Farben) in etwa 15 min.',
      )
      await takes.waitFor()
      await expectGerman(page)

      const broken = { name: 'Kaputt.png', type: 'image/png', bytes: Buffer.from('kein Bild') }
      await drop(mira, [await drawPicture('#c0392b'), broken])
      await page.locator('.tray-pictures img').first().waitFor()
      await page.getByLabel(de['teach.name']).fill('Rot')
      await page.getByRole('button', { name: de['teach.learn'] }).click()
      await page.locator('.compare').waitFor()
      await page
        .locator('.assessment', { hasText: /^Die Bilder sind deinen um \d+\s% näher als zuvor/ })
        .first()
        .waitFor()
      await page.locator('.toast', { hasText: 'Version 1 ist jetzt in Gebrauch.' }).first().waitFor()
      await expectGerman(page)

      // A file that is none, a drawing of a later version, and a style that is gone.
      await page.getByRole('button', { name: de['close'], exact: true }).last().click()
      const drawing = JSON.stringify({ fourstroke: 'room', version: 3, name: '', elements: [], files: {} })
      await drop(mira, [{ name: 'morgen.json', type: 'application/json', bytes: Buffer.from(drawing) }])
      await page.locator('.toast', { hasText: 'morgen.json: Diese Zeichnung hat Version 3' }).first().waitFor()
      await expectGerman(page)
      await mira.close()
    })

    test('why a room cannot be entered', async () => {
      const mira = await openRoom()
      const { page } = mira
      await page.goto(`${web.site.url}/r/AAAAAAAAAAAAAAAAAAAAAA`)
      await until(async () =>
        expect(await page.getByRole('alert').textContent()).toContain('Diesen Raum gibt es nicht'),
      )
      await expectGerman(page)
      await mira.close()
    })
  },
)
