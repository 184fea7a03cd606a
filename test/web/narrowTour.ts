/** Narrow phones: the sheet that sends a picture to Discord, and those of styles, from the empty list to a learned one. */
import type { Locator } from 'playwright-core'
import type { Language } from '../../language/languages.ts'
import type { Actor, Discord } from '../support/discord/index.ts'
import { pageTexts } from '../support/pageTexts.ts'
import type { TestStudio } from '../support/studio.ts'
import { cutOff } from './measures.ts'
import type { Person } from './person.ts'
import { drawPicture, drop } from './teaching.ts'

interface Tour {
  readonly language: Language
  /** Is called in each state. */
  readonly photograph: (state: string) => Promise<unknown>
}

/** What is cut off, by state. */
type CutOff = Record<string, readonly string[]>

/** A room of theirs that was begun in Discord: its path, by which they come in as who they are there. */
export async function roomFromDiscord(
  { studio }: TestStudio,
  { guild, general }: Discord,
  actor: Actor,
): Promise<string> {
  const account = { discordId: actor.user.id, name: 'Ada', guildId: guild.id, guildName: guild.name }
  const { id } = await studio.people.fromDiscord(account)
  const post = await actor.post([])
  const origin = { guildId: guild.id, channelId: general.id, messageId: post.id, locale: 'en-US' }
  const { links } = await studio.rooms.create(id, { name: 'Workshop', origin })
  return `/r/${links.edit}#code=${await studio.people.newCode(id)}`
}

function looker({ page }: Person, { photograph }: Tour) {
  const wrong: CutOff = {}
  return {
    wrong,
    /** Once `shown` is there, all of the sheet is looked at. */
    async look(state: string, shown: Locator): Promise<void> {
      await shown.first().waitFor()
      await page.waitForTimeout(300)
      await photograph(state)
      const found = await cutOff(page)
      if (found.length > 0) wrong[state] = found
      // What lies below is photographed as well.
      await page.locator('dialog[open]').evaluate(dialog => dialog.scrollTo(0, dialog.scrollHeight))
      await photograph(`${state}, its end`)
    },
  }
}

/** The picture of the frame is sent to where the room came from, and another channel is looked for. */
export async function tourSending(person: Person, tour: Tour): Promise<CutOff> {
  const { page } = person
  const text = pageTexts[tour.language]
  const { wrong, look } = looker(person, tour)
  await page.getByRole('button', { name: text['send.label'] }).click()
  const sheet = page.getByRole('dialog', { name: text['send.title'] })
  await look('send', sheet.getByRole('radio'))
  await sheet.getByText(text['send.elsewhere']).click()
  await look('send elsewhere', sheet.getByRole('combobox').nth(1))
  await sheet.getByRole('radio').first().click()
  await sheet.getByRole('button', { name: text['send.send'], exact: true }).click()
  await look('sent', sheet.getByRole('link', { name: text['send.open'] }))
  await sheet.getByRole('button', { name: text.close, exact: true }).click()
  return wrong
}

/** A style is taught by six pictures and learned: each page of the sheet. */
export async function tourStyles(person: Person, tour: Tour): Promise<CutOff> {
  const { page } = person
  const text = pageTexts[tour.language]
  const { wrong, look } = looker(person, tour)
  await page.locator('.faces').click()
  await page.getByRole('button', { name: text['styles.button'], exact: true }).filter({ visible: true }).click()
  const sheet = page.locator('.styles-dialog')
  await look('styles, none yet', sheet.getByRole('button', { name: text['styles.teach'] }))
  await sheet.getByRole('button', { name: text['styles.teach'] }).click()
  await look('teaching, no picture', sheet.locator('.tray-invitation'))
  const colors = ['#c0392b', '#27ae60', '#2980b9', '#8e44ad', '#f39c12', '#16a085']
  await drop(person, await Promise.all(colors.map(drawPicture)))
  await look('teaching', sheet.locator('.tray-pictures img').nth(colors.length - 1))
  await sheet.getByRole('button', { name: text['tray.made'] }).click()
  await look('teaching, from the shelf', sheet.locator('.made'))
  await sheet.getByLabel(text['teach.name']).fill('Sechs Farben')
  await sheet.getByRole('button', { name: text['teach.learn'] }).click()
  await look('learning', sheet.locator('.learning, .compare'))
  await look('learned', sheet.locator('.compare'))
  await sheet.getByRole('button', { name: text['style.delete'] }).click()
  await look('learned, deleting?', sheet.getByRole('alertdialog'))
  await sheet.getByRole('button', { name: text['style.keep'] }).click()
  await sheet.getByRole('button', { name: text['styles.all'] }).click()
  await look('styles', sheet.locator('.style-card'))
  await sheet.getByRole('button', { name: text.close, exact: true }).click()
  return wrong
}
