/** The sheets and bars that languages.test.ts does not open: what several people do together, and what takes a while to reach. */
import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { patient } from '../support/patience.ts'
import { openPerson } from './person.ts'
import { createLooks } from './seriousFaults.ts'
import { example, shareSite } from './site.ts'
import { drawPicture, drop, teachStyle } from './teaching.ts'

const until = (check: () => Promise<unknown>) => vi.waitFor(check, patient(60_000))

describe.runIf(canBrowse())('axe finds no serious fault', { timeout: patient(240_000) }, () => {
  const operators: string[] = []
  const shared = shareSite({ operators })

  test.each(['light', 'dark'] as const)('in what people do together, %s', async colorScheme => {
    const screen = { viewport: { width: 1280, height: 820 }, colorScheme }
    const { browser } = shared.visitors
    const { faults, look } = createLooks()
    const mira = await openPerson(browser, 'Mira', screen, { isNewcomer: true })
    const { page } = mira
    const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).first().click()

    // Alone: hints, layers, fills, a stream, a recipe.
    await page.goto(shared.site.url)
    await press('New room')
    await press(example)
    await page.locator('.first-steps').waitFor()
    await page.locator('.film').first().waitFor({ state: 'attached' })
    await look(page, 'a hint of the first room')
    await press('No more hints')
    await press('Add a layer')
    await page.getByRole('radio', { name: 'Layer 1' }).waitFor()
    await look(page, 'layers')
    await page.getByRole('radio', { name: 'Two colours, from top to bottom' }).click()
    await page.locator('.toolbar').getByRole('button', { name: 'Fill' }).click()
    await press('Along a line')
    await look(page, 'paper and fill')
    await press('Show this frame elsewhere…')
    await page.getByRole('dialog', { name: 'Show this frame elsewhere' }).waitFor()
    await look(page, 'the sheet of a stream')
    const stream = await page.getByRole('link', { name: 'Open it' }).getAttribute('href')
    await page.keyboard.press('Escape')
    await page.keyboard.press('v')
    await page.locator('.caption-title').click()
    await press('Drag an edge to paint on')
    await page.locator('.handle.w').waitFor()
    await look(page, 'extending a frame')

    // With others: following, pointing, who drew what, and what owners decide.
    const noah = await openPerson(browser, 'Noah', screen)
    await noah.page.goto(page.url())
    await noah.page.getByRole('button', { name: '2 people here' }).click()
    await look(noah.page, 'who is here, with somebody to follow')
    await noah.page.getByRole('button', { name: 'Follow Mira' }).click()
    await noah.page.getByText('You follow Mira').waitFor()
    await look(noah.page, 'following')
    await page.getByText('Noah follows you').waitFor()
    await press('Point at something')
    await page.mouse.move(500, 400)
    await page.mouse.down()
    await page.mouse.move(620, 460, { steps: 8 })
    await look(page, 'followed, and pointing')
    await page.mouse.up()
    await press('2 people here')
    await press('Manage this room…')
    const sheet = page.getByRole('dialog', { name: 'Manage this room' })
    await sheet.getByText('here now').waitFor()
    await look(page, 'the sheet of owners')
    for (const question of ['Remove Noah', 'Renew the links', 'Delete this room']) {
      await sheet.getByRole('button', { name: question }).click()
      await look(page, `${question}?`)
      await sheet.getByRole('button', { name: 'Cancel' }).click()
    }
    await sheet.getByRole('switch', { name: 'Lock the room' }).click({ force: true })
    await noah.page.getByText('This room is locked').first().waitFor()
    await look(noah.page, 'watching a locked room')
    await page.keyboard.press('Escape')
    await noah.page.goto(new URL(stream!, shared.site.url).href)
    await noah.page.locator('canvas[data-shown]').waitFor()
    await look(noah.page, 'the page of a stream')
    await noah.page.goto(shared.site.url)
    await noah.page.locator('.room-card').first().waitFor()
    await noah.page.getByLabel(/^More about/).click()
    await look(noah.page, 'the start page with rooms')
    await noah.page.getByRole('button', { name: 'Leave' }).click()
    await look(noah.page, 'leaving a room?')
    await noah.close()
    expect(faults).toEqual({})
    await mira.close()
  })

  test.each(['light', 'dark'] as const)('in styles, reports and what fails, %s', async colorScheme => {
    const { faults, look } = createLooks()
    const mira = await openPerson(shared.visitors.browser, 'Mira', {
      viewport: { width: 1280, height: 820 },
      colorScheme,
    })
    const { page } = mira
    const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).first().click()
    await page.goto(shared.site.url)
    await press('New room')
    await press(example)
    await page.locator('.film').first().waitFor()
    await press(/^Styles/)
    await press('Teach a style')
    await drop(mira, [await drawPicture('#27ae60')])
    await page.locator('.tray-pictures img').waitFor()
    await look(page, 'teaching a style')
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    await teachStyle(mira, `Reds ${colorScheme}`, [await drawPicture('#c0392b')])
    await page.locator('.compare').waitFor()
    await page.getByText('Versions').click()
    await page.getByText('How it learned').click()
    await look(page, 'a style')
    await press('Use in this frame')
    await page.locator('.style-chip').waitFor()
    await look(page, 'a frame in a style')
    await press('Strength, seed and more')
    await page.locator('.film').first().click()
    await press('Report')
    await look(page, 'reporting a picture')
    await page.getByPlaceholder('What is wrong with it?').fill('Nothing, really')
    await page.keyboard.press('Enter')
    await page.getByText('Thank you').waitFor()
    await look(page, 'a message')
    operators.push(await page.evaluate(async () => (await (await fetch('/api/me')).json()).person.id))
    await page.goto(shared.site.url)
    await press('Reports and stops')
    await until(async () => expect(await page.locator('.moderation').textContent()).toContain('Nothing, really'))
    await look(page, 'reports and stops')
    expect(faults).toEqual({})
    await mira.close()
  })
})
