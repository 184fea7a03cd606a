import type { Page } from 'playwright-core'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createFramePosts } from '../../bot/posts/framePosts.ts'
import { canBrowse } from '../support/chromium.ts'
import { type Actor, buttonsOf, type Discord, type Message, openDiscord } from '../support/discord/index.ts'
import { collectLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'
import { example, shareSite } from './site.ts'

const patienceMs = patient(60_000)
const publicUrl = 'https://paint.example.org'

/** A picture goes from a frame on the page into a channel in Discord, and leads back. */
describe.runIf(canBrowse())('sending a picture to Discord', { timeout: patient(300_000) }, () => {
  let discord: Discord
  const web = shareSite(async () => {
    // What it leaves unanswered is tried often.
    discord = await openDiscord({ channelEdits: { requests: 100, windowMs: 1_000 } })
    const { token, api } = discord
    return {
      framePosts: studio =>
        createFramePosts({ studio, token, api, publicUrl, log: collectLog().log, patienceMs: 2_000 }),
    }
  })
  afterAll(async () => {
    await discord?.close()
  })
  let actor: Actor
  let people = 0
  beforeEach(() => {
    actor = discord.user(`ada${people++}`)
  })

  const sent = (): Message[] =>
    [...discord.world.messages.values()].filter(({ author, deleted }) => !author && !deleted)
  const lastSent = () => sent().at(-1)!

  /** Somebody of the loopback's server in a room that was opened there, with a frame that has been painted. */
  async function openRoom(screen: { isGuest?: boolean } = {}): Promise<Page> {
    const { studio } = web.site.world
    const { guild, general } = discord
    const account = { discordId: actor.user.id, name: 'Ada', guildId: guild.id, guildName: guild.name }
    const { id } = await studio.people.fromDiscord(account)
    const picture = await actor.post([])
    const origin = { guildId: guild.id, channelId: general.id, messageId: picture.id, locale: 'en-US' }
    const { links } = await studio.rooms.create(id, { name: 'Workshop', origin })
    const code = screen.isGuest ? '' : `#code=${await studio.people.newCode(id)}`
    const { page } = await web.visitors.arrive('Ada', `${web.site.url}/r/${links.edit}${code}`)
    await page.getByRole('button', { name: example }).click({ timeout: patienceMs })
    await page.locator('.painting:not([data-empty])').waitFor({ timeout: patienceMs })
    return page
  }
  async function openSheet(page: Page) {
    await page.getByRole('button', { name: 'Send to Discord…' }).click()
    const sheet = page.getByRole('dialog', { name: 'Send to Discord' })
    await sheet.getByRole('img').waitFor({ timeout: patienceMs })
    return sheet
  }

  test('answers the message that the room came from, with the picture that stands in the sheet, and leads back', async () => {
    const page = await openRoom()
    const sheet = await openSheet(page)
    const origin = sheet.getByRole('radio', { name: /#general in Workshop, as an answer/ })
    await origin.waitFor({ timeout: patienceMs })
    expect(await origin.isChecked()).toBe(true)
    const shown = await sheet.getByRole('img').getAttribute('src')
    await sheet.getByRole('button', { name: 'Send' }).dblclick()
    const open = sheet.getByRole('link', { name: 'Open in Discord' })
    await open.waitFor({ timeout: patienceMs })
    const message = lastSent()
    expect(sent()).toHaveLength(1)
    expect(await open.getAttribute('href')).toContain(message.id)
    expect(message.replyTo).toBeDefined()
    expect(message.content).toContain(`**${example}**`)

    // The picture is the one of the sheet.
    const { studio } = web.site.world
    const file = shown!.split('/').at(-1)
    const [menu] = [...message.components]
      .flatMap(one => one.components ?? [])
      .filter(one => one.components?.[0]?.options)
    const id = menu!.components![0]!.custom_id!.split(':').at(-1)
    expect((await studio.pictures.find(id as never))!.file).toBe(file)

    // Its button leads back, to the frame.
    const way = buttonsOf(message).find(({ label }) => label === 'Draw together')!.url!
    const back = await web.visitors.arrive('Bob', way.replace(publicUrl, web.site.url))
    await back.page.locator('.frame-panel').waitFor({ timeout: patienceMs })
    expect(await back.page.locator('.frame-panel').getByText(example).count()).toBeGreaterThan(0)
  })

  test('to a channel of one of the person’s servers, by the keyboard alone, where people may look', async () => {
    const gallery = discord.channel('gallery')
    const page = await openRoom()
    const before = sent().length
    const sheet = await openSheet(page)
    await sheet.getByRole('radio', { name: /#general in Workshop/ }).focus()
    await page.keyboard.press('ArrowDown')
    const channel = sheet.getByRole('combobox', { name: 'Channel' })
    await channel.waitFor({ timeout: patienceMs })
    expect(await sheet.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
    await channel.selectOption({ label: '#gallery' })
    expect(await sheet.getByRole('switch').isChecked()).toBe(false)
    await sheet.getByRole('button', { name: 'Send' }).focus()
    await page.keyboard.press('Enter')
    await sheet.getByRole('link', { name: 'Open in Discord' }).waitFor({ timeout: patienceMs })
    expect(sent()).toHaveLength(before + 1)
    expect(lastSent().channelId).toBe(gallery.id)
    expect(buttonsOf(lastSent())[0]!.label).toBe('Look at the canvas')
  })

  test('says in words what Discord refuses and what it leaves unanswered, and sends that once', async () => {
    const page = await openRoom()
    const before = sent().length
    const sheet = await openSheet(page)
    const press = sheet.getByRole('button', { name: 'Send' })
    discord.fail('channel.send', 403, 1, { code: 50013 })
    await press.click()
    await sheet.getByText('I may not write and attach files in that channel.').waitFor({ timeout: patienceMs })
    discord.fail('channel.send', 'reset', 99, { afterEffect: true })
    await press.click()
    await sheet.getByText('the picture may be there already').waitFor({ timeout: patienceMs })
    discord.faults.length = 0
    await press.click()
    await sheet.getByRole('link', { name: 'Open in Discord' }).waitFor({ timeout: patienceMs })
    expect(sent()).toHaveLength(before + 1)
  })

  test('tells why a person cannot send to where the room came from', async () => {
    discord.general.denied!.set(actor.user.id, ['attachFiles'])
    const page = await openRoom()
    const sheet = await openSheet(page)
    await sheet.getByText('You may not write and attach files in that channel').waitFor({ timeout: patienceMs })
    expect(await sheet.getByRole('radio', { name: /#general in Workshop/ }).isDisabled()).toBe(true)
  })

  test('asks a guest to be somebody first', async () => {
    const page = await openRoom({ isGuest: true })
    const sheet = await openSheet(page)
    await sheet.getByText('Discord does not know who you are.').waitFor({ timeout: patienceMs })
    expect(await sheet.getByRole('button', { name: 'Send' }).count()).toBe(0)
  })
})
