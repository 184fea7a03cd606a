import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../../support/chromium.ts'
import { patient } from '../../support/patience.ts'
import { shareSite } from '../site.ts'

const seen = { timeout: patient(60_000), interval: 50 }

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
    await sheet.getByRole('button', { name: 'Let in to watch' }).click()
    await noah.page.reload()
    await isShown('You are watching.')

    await sheet.getByRole('button', { name: 'Delete this room' }).click()
    await sheet.getByRole('button', { name: 'Delete for ever' }).click()
    await isShown('An owner of this room has deleted it.')
    await mira.page.getByText('An owner of this room has deleted it.').waitFor({ timeout: seen.timeout })
  })
})
