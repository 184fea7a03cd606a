import { describe, expect, test, vi } from 'vitest'
import { languages } from '../../../language/languages.ts'
import { canBrowse } from '../../support/chromium.ts'
import { pageTexts } from '../../support/pageTexts.ts'
import { patient } from '../../support/patience.ts'
import { openPerson, type Person } from '../person.ts'
import { example, shareSite } from '../site.ts'

/** Where to put pictures of what is said, to be looked at; nowhere if empty. */
const photographs = process.env['FOURSTROKE_PHOTOGRAPHS'] ?? ''
const seen = { timeout: patient(60_000), interval: 50 }

/** What this person draws does not reach the server. */
async function keepBack({ page }: Person): Promise<void> {
  await page.routeWebSocket(/socket\.io/, line => {
    const server = line.connectToServer()
    line.onMessage(message => {
      if (!message.toString().includes('scene:operate')) server.send(message)
    })
  })
}

describe.runIf(canBrowse())('the owners of a room', { timeout: patient(240_000) }, () => {
  const shared = shareSite()

  test('an owner says who draws, locks the room, renews its links, removes somebody and deletes it', async () => {
    const { visitors } = shared
    const mira = await visitors.openRoom('Mira')
    const noah = await visitors.arrive('Noah', mira.page.url())
    const isShown = (text: string) => noah.page.getByText(text).waitFor({ timeout: seen.timeout })
    await noah.page.getByRole('button', { name: 'Pen' }).waitFor()

    await mira.page.getByRole('button', { name: '2 people here' }).click()
    await mira.page.getByRole('button', { name: 'Manage this room…' }).click()
    const sheet = mira.page.getByRole('dialog', { name: 'Manage this room' })
    await sheet.getByText('here now').waitFor()
    // The tip of a button at its edge is not seen, and makes it no wider.
    expect(await sheet.evaluate(one => one.scrollWidth - one.clientWidth)).toBe(0)

    const name = sheet.getByLabel('Name of the room')
    await name.fill('Harbour')
    await name.press('Enter')
    await vi.waitFor(async () => expect(await noah.page.title()).toContain('Harbour'), seen)

    await sheet.getByRole('switch', { name: 'Lock the room' }).click({ force: true })
    await isShown('This room is locked: only its owners draw.')
    expect(await noah.page.getByRole('button', { name: 'Pen' }).count()).toBe(0)
    await sheet.getByRole('switch', { name: 'Lock the room' }).click({ force: true })
    await noah.page.getByRole('button', { name: 'Pen' }).waitFor()

    await sheet.getByLabel('What Noah may do').selectOption('watches')
    await isShown('You are watching.')
    await sheet.getByLabel('What Noah may do').selectOption('draws')
    await noah.page.getByRole('button', { name: 'Pen' }).waitFor()

    const before = noah.page.url()
    await sheet.getByRole('button', { name: 'Renew the links' }).click()
    await sheet.getByRole('button', { name: 'Renew', exact: true }).click()
    await vi.waitFor(() => expect(noah.page.url()).not.toBe(before), seen)
    expect(mira.page.url()).toBe(noah.page.url())
    await noah.page.reload()
    await noah.page.getByRole('button', { name: 'Pen' }).waitFor()
    const late = await visitors.arrive('Jo', before)
    await late.page.getByText('This room does not exist').waitFor({ timeout: seen.timeout })

    await sheet.getByRole('button', { name: 'Remove Noah' }).click()
    await sheet.getByRole('button', { name: 'Remove', exact: true }).click()
    await isShown('An owner of this room has removed you from it.')
    await noah.page.getByRole('heading', { name: 'You are no longer in this room' }).waitFor()
    await sheet.getByRole('button', { name: 'Let in to watch' }).click()
    await noah.page.reload()
    await isShown('You are watching.')

    await sheet.getByRole('button', { name: 'Delete this room' }).click()
    await sheet.getByRole('button', { name: 'Delete for ever' }).click()
    await isShown('An owner of this room has deleted it, with everything in it.')
    await mira.page.getByText('An owner of this room has deleted it').waitFor({ timeout: seen.timeout })
    for (const { page } of [mira, noah]) {
      await page.getByRole('heading', { name: 'This room has been deleted' }).waitFor()
      await page.getByRole('link', { name: 'To the start page' }).click()
      await page.getByRole('button', { name: 'New room' }).waitFor()
    }
  })

  test.each(languages)('whose room is deleted, and who draws there, read that it is: %s', async language => {
    const { visitors } = shared
    const text = pageTexts[language]
    const desktop = { viewport: { width: 1280, height: 820 }, locale: language }
    const mira = await openPerson(visitors.browser, 'Mira', desktop)
    await mira.page.goto(shared.site.url)
    await mira.page.getByRole('button', { name: text['start.newRoom'] }).click()
    await mira.page.getByRole('button', { name: example }).click()
    await mira.page.locator('.sheet').waitFor()
    const noah = await openPerson(visitors.browser, 'Noah', desktop)
    await keepBack(noah)
    await noah.page.goto(mira.page.url())
    await vi.waitFor(async () => expect(await mira.page.locator('.faces .face').count()).toBe(2), seen)
    await noah.draw([0.2, 0.2], [0.6, 0.5])
    // A page with ink that is not stored asks before it is left, but for where nothing can be stored any more.
    const asked: string[] = []
    noah.page.on('dialog', dialog => {
      asked.push(dialog.type())
      void dialog.accept()
    })
    await mira.page.locator('.faces').click()
    await mira.page.getByRole('button', { name: text['people.manage'] }).click()
    await mira.page.getByRole('button', { name: text['owners.delete'], exact: true }).click()
    await mira.page.getByRole('button', { name: text['owners.deleteConfirm'], exact: true }).click()
    for (const { page } of [mira, noah]) {
      await page.getByRole('heading', { name: text['room.deleted'], exact: true }).waitFor(seen)
      await page.getByRole('alert').waitFor()
      if (photographs !== '') await page.screenshot({ path: `${photographs}/deleted-${language}.png` })
      await page.getByRole('link', { name: text['room.toStart'] }).click()
      await page.getByRole('button', { name: text['start.newRoom'] }).waitFor()
    }
    expect(asked).toEqual([])
    await mira.close()
    await noah.close()
  })
})
