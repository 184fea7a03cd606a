import { describe, expect, test } from 'vitest'
import { patient } from '../support/patience.ts'
import { openPerson } from './person.ts'
import { createLooks } from './seriousFaults.ts'
import { example, shareSite } from './site.ts'

const desktop = { viewport: { width: 1280, height: 820 } }

describe('the page speaks the language of the browser', { timeout: patient(90_000) }, () => {
  const shared = shareSite({}, { isQuiet: true })

  test('loads no other, tells errors in it, and changes it where the person wants another', async () => {
    const person = await openPerson(shared.visitors.browser, 'Mira', { ...desktop, locale: 'de-AT' })
    const { page } = person
    const loaded: string[] = []
    page.on('request', request => loaded.push(request.url()))
    await page.goto(`${shared.site.url}/r/AAAAAAAAAAAAAAAAAAAAAA`)
    await page.getByRole('alert').getByText('Diesen Raum gibt es nicht, oder der Link ist falsch.').waitFor()
    await page.getByRole('link', { name: 'Zur Startseite' }).click()
    await page.getByRole('button', { name: 'Neuer Raum' }).click()
    await page.getByRole('heading', { name: 'Was wollen wir malen?' }).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('de')
    const languages = await page.evaluate(() =>
      JSON.parse(document.querySelector<HTMLElement>('[data-languages]')!.dataset['languages']!),
    )
    const others = [...languages.en, ...languages.fr, ...languages.ja].filter(file =>
      loaded.some(url => url.endsWith(file)),
    )
    expect(others).toEqual([])

    // In the room's help, at once and without another load; the room is still as it was.
    await page.keyboard.press('?')
    await page.getByRole('dialog').getByRole('combobox', { name: 'Sprache' }).selectOption('日本語')
    await page.getByRole('dialog', { name: '描き方' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('heading', { name: '何を描きましょうか？' }).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('ja')

    // It is remembered, and the start page speaks it too.
    await page.goto(shared.site.url)
    await page.getByRole('button', { name: '新しいルーム' }).waitFor()
    await page.getByRole('combobox', { name: '言語' }).selectOption('English')
    await page.getByRole('button', { name: 'New room' }).waitFor()
    await person.close()
  })

  test('is English for those whose languages it does not know', async () => {
    const person = await openPerson(shared.visitors.browser, 'Mira', { ...desktop, locale: 'fi-FI' })
    await person.page.goto(shared.site.url)
    await person.page.getByRole('button', { name: 'New room' }).waitFor()
    expect(await person.page.locator('html').getAttribute('lang')).toBe('en')
    await person.close()
  })
})

describe('axe finds no serious fault', { timeout: patient(120_000) }, () => {
  const shared = shareSite({ operators: [] })

  test.each(['light', 'dark'] as const)('in any state of the page, %s', async colorScheme => {
    const person = await openPerson(shared.visitors.browser, 'Mira', { ...desktop, colorScheme })
    const { page } = person
    const { faults, look: lookAt } = createLooks()
    const look = (state: string) => lookAt(page, state)
    await page.goto(`${shared.site.url}/r/AAAAAAAAAAAAAAAAAAAAAA`)
    await page.getByText('This room cannot be opened').waitFor()
    await look('a room that is not there')
    await page.goto(shared.site.url)
    await page.getByRole('button', { name: 'New room' }).waitFor()
    await look('the start page')
    await page.getByRole('button', { name: 'New room' }).click()
    await page.getByRole('button', { name: example }).waitFor()
    await look('an empty room')
    await page.getByRole('button', { name: example }).click()
    await page.locator('.frame-panel').waitFor()
    await page.locator('.film').first().waitFor({ state: 'attached' })
    await look('a frame')
    await page.getByRole('button', { name: 'Strength, seed and more' }).click()
    await page.locator('.tuning').waitFor()
    await look('the settings of a frame')
    await page.keyboard.press('p')
    await page.getByRole('button', { name: 'Brush settings' }).click()
    await look('the settings of a brush')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Palette' }).click()
    await look('the palette')
    await page.getByRole('button', { name: 'Share', exact: true }).click()
    await page.locator('.share-panel svg.qr').waitFor()
    await look('sharing')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /here$/ }).click()
    await look('who is here')
    await page.keyboard.press('Escape')
    await page.keyboard.press('m')
    await page.locator('.region-bar').waitFor()
    await look('a region')
    await page.keyboard.press('v')
    await page.keyboard.press('Control+a')
    await page.locator('.selection').waitFor()
    await look('a selection')
    for (const [state, open] of [
      ['help', () => page.keyboard.press('?')],
      ['export and import', () => page.keyboard.press('Control+Shift+e')],
      ['styles', () => page.getByRole('button', { name: 'Styles' }).first().click()],
    ] as const) {
      await open()
      await page.getByRole('dialog').waitFor()
      await look(state)
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    expect(faults).toEqual({})
    await person.close()
  })
})
