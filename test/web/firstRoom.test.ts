import { describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { pageTexts } from '../support/pageTexts.ts'
import { patient } from '../support/patience.ts'
import { underPanels } from './measures.ts'
import { openPerson, type Person } from './person.ts'
import { example, shareSite } from './site.ts'
import { openTablet } from './tablet.ts'

const until = (check: () => Promise<unknown>) => vi.waitFor(check, patient(60_000))
const isNewcomer = true

/** Somebody who has never been here, and has read nothing. */
describe.runIf(canBrowse())('a newcomer’s first room', { timeout: patient(240_000) }, () => {
  const web = shareSite({}, { isQuiet: true })

  const hintOf = async ({ page }: Person) => page.locator('.first-steps').getAttribute('data-step')
  const untilHint = (person: Person, step: string) => until(async () => expect(await hintOf(person)).toBe(step))
  const untilNoHint = (person: Person) => person.page.locator('.first-steps').waitFor({ state: 'detached' })

  test('leads through drawing, painting over, erasing, undo and sharing, and no other room does', async () => {
    const mira = await openPerson(web.visitors.browser, 'Mira', undefined, { isNewcomer })
    const { page } = mira
    await page.goto(web.site.url)
    await page.getByRole('button', { name: 'New room' }).click()
    await page.getByRole('button', { name: example }).click()
    await until(async () => expect(await mira.painting()).not.toEqual([]))

    // The example has its words and has been painted already: there is one thing to do, and screen readers say it.
    await untilHint(mira, 'draw')
    await page.getByRole('status').getByText(pageTexts.en['firstSteps.draw']).waitFor()
    await mira.draw([0.2, 0.4], [0.8, 0.4])
    await untilHint(mira, 'drawOver')
    await mira.draw([0.2, 0.6], [0.8, 0.6])
    await untilHint(mira, 'erase')
    await page.getByRole('button', { name: 'Eraser', exact: true }).click()
    await mira.draw([0.5, 0.3], [0.5, 0.7])
    await untilHint(mira, 'undo')
    await page.getByRole('button', { name: 'Undo' }).filter({ visible: true }).click()
    await untilHint(mira, 'invite')

    // Whoever joins is led nowhere, also if they are new themselves.
    const noah = await openPerson(web.visitors.browser, 'Noah', undefined, { isNewcomer })
    await page.getByRole('button', { name: 'Share', exact: true }).click()
    await page.getByText(pageTexts.en['firstSteps.done']).waitFor()
    await untilNoHint(mira)
    await noah.page.goto(page.url())
    await noah.page.locator('.sheet').waitFor()
    await noah.page.getByRole('button', { name: '2 people here' }).waitFor()
    expect(await noah.page.locator('.first-steps').count()).toBe(0)

    // Nor in this room again, nor in the next one.
    await page.reload()
    await page.locator('.sheet').waitFor()
    await page.goto(web.site.url)
    await page.getByRole('button', { name: 'New room' }).click()
    await page.getByRole('button', { name: example }).click()
    await page.locator('.frame-panel').waitFor()
    expect(await page.locator('.first-steps').count()).toBe(0)
    await noah.close()
    await mira.close()
  })

  test('says on a tablet what to do with a finger, in the person’s language, until they want no more of it', async () => {
    const jo = await openTablet(web.visitors.browser, 'Jo', { isNewcomer }, { locale: 'de' })
    const { page } = jo
    const said = pageTexts.de
    await page.goto(web.site.url)
    await page.getByRole('button', { name: said['start.newRoom'] }).tap()
    await page.getByRole('button', { name: said['empty.frame'] }).tap()
    await page.getByText(said['firstSteps.draw']).waitFor()
    await jo.finger([0.2, 0.5], [0.8, 0.5])
    await page.getByText(said['firstSteps.words']).waitFor()
    await page.getByLabel(said['prompt.label']).fill('a red house')
    await page.getByLabel(said['prompt.label']).blur()
    await page.getByText(said['firstSteps.drawOver']).waitFor()

    // A page that is opened again goes on where it was.
    await page.reload()
    await page.getByText(said['firstSteps.drawOver']).waitFor()
    await jo.finger([0.2, 0.7], [0.8, 0.7])
    await page.getByText(said['firstSteps.erase']).waitFor()
    await page.getByRole('button', { name: said['firstSteps.skip'], exact: true }).tap()
    await page.getByText(said['firstSteps.undo']).waitFor()
    await page.getByRole('button', { name: said['firstSteps.close'] }).tap()
    await untilNoHint(jo)
    await page.reload()
    await page.locator('.frame-chrome').waitFor()
    await page.getByRole('button', { name: said['top.help'] }).waitFor()
    expect(await page.locator('.first-steps').count()).toBe(0)
    await jo.close()
  })

  test.each(['de', 'fr', 'ja'] as const)(
    'keeps its hints off the frame and its caption on a tablet: %s',
    async language => {
      const jo = await openTablet(web.visitors.browser, 'Jo', { isNewcomer }, { locale: language })
      const { page } = jo
      const said = pageTexts[language]
      await page.goto(web.site.url)
      await page.getByRole('button', { name: said['start.newRoom'] }).tap()
      await page.getByRole('button', { name: said['empty.frame'] }).tap()
      await page.locator('.frame-panel').waitFor()
      for (const step of ['draw', 'words', 'paint', 'drawOver', 'erase', 'undo', 'invite']) {
        await untilHint(jo, step)
        expect(await underPanels(page, '.sheet, .caption'), step).toEqual([])
        await page.getByRole('button', { name: said['firstSteps.skip'] }).tap()
      }
      await untilNoHint(jo)
      await jo.close()
    },
  )

  test('is left hint by hint from the keyboard', async () => {
    const mira = await openPerson(web.visitors.browser, 'Mira', undefined, { isNewcomer })
    const { page } = mira
    await page.goto(web.site.url)
    await page.getByRole('button', { name: 'New room' }).press('Enter')
    await page.getByRole('button', { name: example }).press('Enter')
    const skip = page.getByRole('button', { name: 'Skip', exact: true })
    await skip.waitFor()
    await untilHint(mira, 'draw')
    for (const step of ['drawOver', 'erase', 'undo', 'invite']) {
      await skip.press('Enter')
      await untilHint(mira, step)
      expect(await skip.evaluate(button => button === document.activeElement)).toBe(true)
    }
    await page.keyboard.press('Enter')
    await untilNoHint(mira)
    await mira.close()
  })
})
