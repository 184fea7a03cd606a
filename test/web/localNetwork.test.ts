import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createLog } from '../../logging.ts'
import { startServer } from '../../server/start.ts'
import { canBrowse, openChromium } from '../support/chromium.ts'
import { openTestEngine } from '../support/engine.ts'
import { buildPages, pagesFolder } from '../support/pages.ts'
import { patient } from '../support/patience.ts'
import { buildStudio, type TestStudio } from '../support/studio.ts'
import { openPerson, type Person } from './person.ts'

/** For a machine that has other things to do. */
const patienceMs = patient(25_000)
const localName = 'fourstroke.test'
const example = 'a boat at dusk'
const ink = '31,36,48,255'

/** The browser's own note about a header of ours that it heeds in secure contexts only. */
const isNote = (complaint: string) => complaint.startsWith('The Cross-Origin-Opener-Policy header has been ignored')

/** Over plain HTTP under a name that is not localhost, browsers take away what they keep for secure contexts. */
describe.runIf(canBrowse())('a room in a local network', { timeout: patient(90_000) }, () => {
  let browser: Browser
  let world: TestStudio
  let server: Awaited<ReturnType<typeof startServer>>
  let address: string

  beforeAll(async () => {
    await buildPages()
    const engine = openTestEngine()
    Object.assign(engine.info.model, { vocabulary: { words: example.split(' '), examples: [example] } })
    world = await buildStudio({ engine })
    server = await startServer({
      studio: world.studio,
      port: 0,
      host: '127.0.0.1',
      pagesFolder,
      log: createLog({ level: 'error' }),
    })
    address = `http://${localName}:${new URL(server.url).port}`
    browser = await openChromium({ localName })
  }, patient(120_000))

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await world?.close()
  })

  async function openRoom(): Promise<Person> {
    const mira = await openPerson(browser, 'Mira')
    await mira.page.goto(address)
    await mira.page.getByRole('button', { name: 'New room' }).click()
    await mira.page.getByRole('button', { name: example }).click()
    await mira.page.locator('.sheet').waitFor()
    return mira
  }

  test('is no secure context here, as this test wants it', async () => {
    const { page, close } = await openPerson(browser, 'Mira')
    await page.goto(address)
    const found = await page.evaluate(() => [
      isSecureContext,
      'getCoalescedEvents' in PointerEvent.prototype,
      'randomUUID' in crypto,
      'clipboard' in navigator,
    ])
    expect(found).toEqual([false, false, false, false])
    await close()
  })

  test('takes whole strokes, not their first dots, and shows them to everybody', async () => {
    const mira = await openRoom()
    const jo = await openPerson(browser, 'Jo')
    await jo.page.goto(mira.page.url())
    await jo.page.locator('.sheet').waitFor()
    await mira.draw([0.2, 0.4], [0.8, 0.4], [0.8, 0.7])
    for (const person of [mira, jo]) {
      await vi.waitFor(async () => {
        expect(await person.inkAt([0.25, 0.4])).toBe(ink)
        expect(await person.inkAt([0.7, 0.4])).toBe(ink)
        expect(await person.inkAt([0.8, 0.6])).toBe(ink)
      }, patienceMs)
    }
    for (const person of [mira, jo]) {
      expect(
        person.complaints.filter(one => !isNote(one)),
        'errors on the console',
      ).toEqual([])
      await person.close()
    }
  })

  test('copies ink from one room into another', async () => {
    const mira = await openRoom()
    await mira.draw([0.2, 0.4], [0.8, 0.4])
    await vi.waitFor(async () => expect(await mira.inkAt([0.5, 0.4])).toBe(ink), patienceMs)
    await mira.page.keyboard.press('v')
    await mira.draw([0.1, 0.3], [0.9, 0.5])
    await mira.page.locator('.selection').waitFor()
    await mira.page.keyboard.press('Control+c')
    await mira.page.goto(address)
    await mira.page.getByRole('button', { name: 'New room' }).click()
    await mira.page.getByRole('button', { name: example }).waitFor()
    await mira.page.keyboard.press('Control+v')
    await mira.page.locator('.selection').waitFor()
    await mira.page.getByText('1 thing').waitFor()
    await mira.close()
  })

  test('gives a link to copy that leads to the same name', async () => {
    const mira = await openRoom()
    await mira.page.getByRole('button', { name: 'Share' }).click()
    await mira.page.getByRole('button', { name: 'Copy' }).first().click()
    await mira.page.getByText('Copied').waitFor()
    const link = await mira.page.getByLabel('Anyone with this link can draw').inputValue()
    expect(new URL(link).hostname).toBe(localName)
    expect(
      mira.complaints.filter(one => !isNote(one)),
      'errors on the console',
    ).toEqual([])
    await mira.close()
  })
})
