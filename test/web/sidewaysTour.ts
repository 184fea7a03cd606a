/** A phone held sideways, through all that a room has: what cannot be reached there, or lies over something else. */
import type { Page } from 'playwright-core'
import type { Language } from '../../language/languages.ts'
import { pageTexts } from '../support/pageTexts.ts'
import { cutOff, hiddenTargets, panelsInTheWay, smallTargets, underPanels } from './measures.ts'
import type { Person } from './person.ts'

/** What is wrong in a state, by what is wrong; nothing: an empty record. */
type Faults = Record<string, readonly string[]>

async function faultsOf(page: Page): Promise<Faults> {
  const { overlaps, outside } = await panelsInTheWay(page)
  const faults: Faults = {
    overlaps,
    outside: outside === 0 ? [] : [`${outside} panels`],
    small: await smallTargets(page),
  }
  return Object.fromEntries(Object.entries(faults).filter(([, found]) => found.length > 0))
}

/**
 * Begins a room with `example` and opens everything in it, one after another; returns what is wrong, by state.
 * `photograph`: is called in each state.
 */
export async function tourSideways(
  mira: Person,
  {
    url,
    example,
    language,
    photograph,
  }: {
    readonly url: string
    readonly example: string
    readonly language: Language
    readonly photograph: (state: string) => Promise<unknown>
  },
): Promise<Record<string, Faults | readonly string[]>> {
  const text = pageTexts[language]
  const { page } = mira
  const wrong: Record<string, Faults | readonly string[]> = {}
  const press = (name: string) =>
    page.getByRole('button', { name, exact: true }).filter({ visible: true }).first().click()
  const note = (state: string, faults: Faults | readonly string[]) => {
    if (Object.keys(faults).length > 0) wrong[state] = faults
  }
  async function settle(state: string): Promise<void> {
    await page.waitForTimeout(300)
    await photograph(state)
  }
  /** `targets` can be pressed, and no panel lies over another. */
  async function look(state: string, targets: string): Promise<void> {
    await settle(state)
    note(state, await faultsOf(page))
    note(`${state}: pressed`, await hiddenTargets(page, targets, { scrolls: true }))
  }
  /** A sheet or a popover: all of it can be scrolled to, and nothing is cut off. */
  async function lookAtSheet(state: string): Promise<void> {
    await page.locator('[role=dialog], dialog[open]').first().waitFor()
    await settle(state)
    note(`${state}: cut off`, await cutOff(page))
    const controls = 'button, input:not([type=file], [role=switch]), .switch, select, textarea, a[href]'
    note(
      `${state}: pressed`,
      await hiddenTargets(page, `:is([role=dialog], dialog[open]) :is(${controls})`, { scrolls: true }),
    )
  }
  const close = async () => {
    await page.keyboard.press('Escape')
    await page.locator('[role=dialog], dialog[open]').first().waitFor({ state: 'detached' })
  }

  await page.goto(url)
  await press(text['start.newRoom'])
  await page.getByRole('button', { name: example }).waitFor()
  await look('empty', '.empty-sheet button, .toolbar button, .top-bar :is(button, a, input)')
  await press(example)
  await page.locator('.painting:not([data-empty])').waitFor()
  await page.locator('.film').first().waitFor({ state: 'attached' })
  const bars = '.toolbar button, .top-bar :is(button, a, input), .brush-bar :is(button, label, input)'
  const words = '.frame-panel :is(textarea, button, .switch)'
  await look('painted', `${bars}, ${words}`)
  note('painted: the frame', await underPanels(page, '.sheet, .caption'))
  // Words and the button that paints them are there without scrolling.
  await page.locator('.frame-panel').evaluate(panel => panel.scrollTo(0, 0))
  note('painted: at once', await hiddenTargets(page, '.frame-panel textarea, .paint-row .button, .paint-row .switch'))

  await mira.draw([0.2, 0.3], [0.7, 0.6])
  await page.locator('.undo-buttons button:not(:disabled)').first().waitFor({ state: 'attached' })
  await press(text['panel.more'])
  await look('tuning', `${words}, .tuning :is(input:not([role=switch]), button, .switch)`)
  await press(text['panel.fewer'])
  await press(text['colors.palette'])
  await settle('palette')
  note('palette', await hiddenTargets(page, '.palette button', { scrolls: true }))
  await press(text['colors.palette'])
  await press(text['brush.settings'])
  await lookAtSheet('brush')
  await close()
  for (const tool of ['eraser', 'rectangle', 'fill'] as const) {
    await press(text[`tool.${tool}`])
    await look(tool, `${bars}, ${words}`)
  }

  await press(text['tool.select'])
  await page.locator('.caption-title').click()
  await page.getByRole('button', { name: text['selection.paintPart'] }).waitFor()
  await look('selected', `.selection-bar button, .toolbar button, ${words}`)
  await press(text['selection.paintPart'])
  await page.locator('.region-ways').getByRole('button', { name: text['region.box'] }).click()
  await look('region', '.region-bar button, .toolbar button')
  await mira.draw([0.4, 0.4], [0.9, 0.9])
  const wanted = page.getByLabel(text['region.prompt'], { exact: true })
  await wanted.fill('a house')
  await look('region words', `.region-bar :is(button, input), .toolbar button, ${words}`)
  await press(text['region.settings'])
  await lookAtSheet('region settings')
  await close()
  await press(text['region.keep'])
  await page.getByLabel(text['region.wordsPrompt'], { exact: true }).waitFor()
  await look('region kept', `.region-bar :is(button, input), .toolbar button, ${words}`)
  await press(text['region.tuning'])
  await lookAtSheet('region tuning')
  await close()
  await press(text['region.done'])

  const openPeople = () => page.locator('.faces').click()
  for (const [state, open] of [
    ['people', openPeople],
    ['share', () => press(text['share.button'])],
    ['replay', () => press(text['share.button']).then(() => press(text['share.replay']))],
    ['manage', () => openPeople().then(() => press(text['people.manage']))],
    ['stream', () => press(text['stream.label'])],
    ['export', () => page.keyboard.press('Control+Shift+e')],
    ['help', () => openPeople().then(() => press(text['top.help']))],
  ] as const) {
    await open()
    await lookAtSheet(state)
    await close()
  }
  return wrong
}
