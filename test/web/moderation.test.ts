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

const patienceMs = patient(60_000)
const prompt = 'a boat at dusk'

describe.runIf(canBrowse())('moderation in a browser', { timeout: patient(240_000) }, () => {
  let browser: Browser
  let world: TestStudio
  let server: Awaited<ReturnType<typeof startServer>>
  const operators: string[] = []
  const here: Person[] = []

  beforeAll(async () => {
    await buildPages()
    const engine = openTestEngine()
    Object.assign(engine.info.model, { vocabulary: { words: prompt.split(' '), examples: [prompt] } })
    world = await buildStudio({ engine, operators })
    const log = createLog({ level: 'error' })
    server = await startServer({ studio: world.studio, port: 0, host: '127.0.0.1', pagesFolder, log })
    browser = await openChromium()
  }, patient(180_000))
  afterAll(async () => {
    for (const person of here) await person.close()
    await browser?.close()
    await server?.close()
    await world?.close()
  })

  async function arrive(name: string, address: string): Promise<Person> {
    const person = await openPerson(browser, name)
    here.push(person)
    await person.page.goto(address)
    return person
  }
  const idOf = ({ page }: Person): Promise<string> =>
    page.evaluate(async () => (await (await fetch('/api/me')).json()).person.id)

  test('a picture is reported beside it, the operator sees it and stops whose it is, and takes it back', async () => {
    const mira = await arrive('Mira', server.url)
    await mira.page.getByRole('button', { name: 'New room' }).click()
    await mira.page.getByRole('button', { name: prompt }).click()
    await mira.page.locator('.film').first().waitFor({ timeout: patienceMs })
    const jo = await arrive('Jo', mira.page.url())
    await jo.page.locator('.caption-title').click()
    await jo.page.getByRole('button', { name: 'Report' }).click()
    await jo.page.getByLabel('What is wrong with this picture?').fill('It frightens me.')
    await jo.page.keyboard.press('Enter')
    await jo.page.getByText('the operators of this studio have been told').waitFor()

    const olga = await arrive('Olga', server.url)
    await olga.page.getByRole('button', { name: 'New room' }).click()
    await olga.page.waitForURL(/\/r\//)
    await until(async () => operators.push(await idOf(olga)))
    await olga.page.goto(server.url)
    await olga.page.getByRole('button', { name: 'Reports and stops' }).click()
    const item = olga.page.locator('.moderation li').filter({ hasText: 'It frightens me.' })
    await until(async () => {
      const width = await item.getByRole('img').evaluate(image => (image as HTMLImageElement).naturalWidth)
      expect(width).toBeGreaterThan(0)
    })
    await item.getByRole('button', { name: 'Stop Mira' }).click()
    await mira.page.getByText('It frightens me.').waitFor({ timeout: patienceMs })
    const standing = olga.page
      .locator('.moderation li')
      .filter({ has: olga.page.getByRole('button', { name: 'Resume' }) })
    await standing.waitFor()
    if (process.env['SHOTS']) {
      await olga.page.screenshot({ path: `${process.env['SHOTS']}/operator.png` })
      await mira.page.screenshot({ path: `${process.env['SHOTS']}/stopped.png` })
    }
    await standing.getByRole('button', { name: 'Resume' }).click()
    await item.getByRole('button', { name: 'Close the report' }).click()
    await olga.page.getByText('Nobody has reported anything.').waitFor()
    expect(await standing.count()).toBe(0)
    await mira.page.reload()
    await mira.page.locator('.caption-title').waitFor({ timeout: patienceMs })
    for (const { strangers } of here) expect(strangers).toEqual([])
    // Whoever is no operator has no such button.
    await jo.page.goto(server.url)
    await jo.page.getByRole('button', { name: 'New room' }).waitFor()
    expect(await jo.page.getByRole('button', { name: 'Reports and stops' }).count()).toBe(0)
  })
})

const until = (check: () => Promise<unknown>) => vi.waitFor(check, { timeout: patienceMs, interval: 100 })
