import { expect, test } from 'vitest'
import { settingsPages } from '../../bot/messages/settingsReplies.ts'
import { fastEdits, type TestBotOptions, english as t } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import { type Actor, buttonsOf, type Interaction, type Message } from '../support/discord/index.ts'

/** Those who manage a server: what they set, stop and read, as they do it in Discord. */

const bots = botOfEachTest(fastEdits)
async function open(options: TestBotOptions = {}) {
  const { discord } = await bots.open(options)
  const olga = discord.user('olga')
  olga.user.permissions.add('manageGuild')
  return { ...bots.current, olga, ada: discord.user('ada') }
}
const hidden = 64

const says = (interaction: Interaction, text: string) => bots.current.discord.says(interaction, text)
/** The page of the settings, opened anew. */
async function page(actor: Actor, label: string): Promise<Message> {
  const asked = await actor.slash('studio settings')
  const message = await says(asked, 'Settings of Workshop')
  await bots.current.discord.turnTo(actor, message, label)
  return message
}
const changed = (message: Message, text: string) =>
  bots.current.discord.until(() => message.content.includes(text), `“${text}” (there is: ${message.content})`)
const paint = (actor: Actor, options: Record<string, string | number> = {}) =>
  actor.slash('imagine', { prompt: 'a red house', ...options })
const refusal = async (actor: Actor, options: Record<string, string | number> = {}) =>
  (await bots.current.discord.refusal(await paint(actor, options))).content

test('settings are for those who manage the server, in at most three rows, and seen by them alone', async () => {
  const { discord, olga, ada } = await open()
  const refused = await discord.refusal(await ada.slash('studio settings'))
  expect(refused.content).toContain('Only those who manage this server')
  const asked = await olga.slash('studio settings')
  const message = await says(asked, 'Settings of Workshop')
  expect(message.flags & hidden).toBe(hidden)
  for (const label of settingsPages.map(one => t(`settings.${one}.label`))) {
    await discord.turnTo(olga, message, label)
    const [container] = message.components
    expect(container!.components!.filter(({ type }) => type === 1).length).toBeLessThanOrEqual(3)
  }
  // Forged by somebody who does not manage it.
  const forged = await discord.refusal(await ada.forge(message, 'fs1:setting:blockedWords'))
  expect(forged.content).toContain('Only those who manage this server')
})

test('it paints in the channels that were chosen, and in threads of these', async () => {
  const { discord, olga, ada } = await open()
  const gallery = discord.channel('gallery')
  const message = await page(olga, 'Where')
  await olga.select(message, t('menu.channels'), [gallery.id])
  await changed(message, `<#${gallery.id}>`)
  expect(await refusal(ada)).toContain(`Go to <#${gallery.id}>.`)
  await discord.offers(await ada.slash('imagine', { prompt: 'a pier' }, gallery), 'Reroll')
  await olga.select(message, t('menu.channels'), [])
  await changed(message, 'all channels')
  await discord.offers(await paint(ada), 'Reroll')
})

test('in age-restricted channels only, and with spoilers elsewhere', async () => {
  const { discord, olga, ada } = await open()
  const adults = discord.channel('adults', { isAgeRestricted: true })
  const words = await page(olga, 'What')
  await olga.choose(words, t('spoiler.unlessAgeRestricted'))
  await changed(words, 'Spoilers unless')
  const spoilers = (message: Message) => JSON.stringify(message.components).includes('"spoiler":true')
  expect(spoilers(await discord.offers(await paint(ada), 'Reroll'))).toBe(true)
  const shown = await discord.offers(await ada.slash('imagine', { prompt: 'a pier' }, adults), 'Reroll')
  expect(spoilers(shown)).toBe(false)
  const where = await page(olga, 'Where')
  await olga.press(where, t('button.age.off'))
  await changed(where, 'only age-restricted')
  expect(await refusal(ada)).toContain('age-restricted channels only')
  await discord.offers(await ada.slash('imagine', { prompt: 'a pier' }, adults), 'Reroll')
})

test('a role gets a budget in a form, and a cool-down holds for everybody', async () => {
  const { discord, olga, ada } = await open()
  const guests = discord.role('Guests')
  ada.user.roles.add(guests.id)
  const message = await page(olga, 'Who and how much')
  const chosen = await olga.select(message, t('menu.role'), [guests.id])
  expect(chosen.modal).toMatchObject({ title: 'Budget of Guests' })
  await olga.submit(chosen, { picturesPerHour: '2', maxSide: '64' })
  await changed(message, `<@&${guests.id}>: 2 per hour, up to 64 px`)
  expect(await refusal(ada, { size: '128x64' })).toContain('up to 64 pixels')
  await discord.offers(await paint(ada, { count: 2 }), 'Reroll')
  expect(await refusal(ada)).toContain('2 in an hour')
  await discord.offers(await paint(discord.user('bob'), { size: '128x64' }), 'Reroll')

  const wrong = await olga.submit(await olga.select(message, t('menu.role'), [guests.id]), { concurrent: 'many' })
  expect((await says(wrong, '“many”')).flags & hidden).toBe(hidden)
  await olga.submit(await olga.press(message, 'Cool-down: none'), { seconds: '60' })
  await changed(message, 'Cool-down: 60 s')
  await discord.offers(await paint(olga), 'Reroll')
  expect(await refusal(olga)).toContain('60 seconds')
})

test('words are blocked here, and defaults hold for what names neither size nor style', async () => {
  const { discord, olga, ada } = await open()
  const message = await page(olga, 'What')
  const form = await olga.press(message, 'Blocked words: 0')
  await olga.submit(form, { blockedWords: 'blood*\n\n war \nblood*' })
  await changed(message, '2 blocked entries')
  expect(await refusal(ada, { prompt: 'a bl00dy moon' })).toContain('words that are not painted here')
  const again = await olga.press(message, 'Blocked words: 2')
  expect(again.modal!.inputs[0]!.value).toBe('blood*\nwar')
  const refused = await olga.submit(again, { blockedWords: '/(a+)+$/' })
  expect((await says(refused, 'one in each line')).flags & hidden).toBe(hidden)

  const look = await page(olga, 'Defaults')
  const sizes = look.components[0]!.components!.flatMap(row => row.components ?? []).flatMap(one => one.options ?? [])
  const wide = sizes.find(({ label }) => label.startsWith('Wide'))!
  await olga.choose(look, wide.label)
  await changed(look, wide.value.replace('x', ' × '))
  const painted = await discord.offers(await paint(ada), 'Reroll')
  expect(painted.content).toContain(wide.value.replace('x', ' × '))
})

test('as an operator of a server would: invite, set a budget, block a word, read a report, stop a style and a person, with a restart in between', async () => {
  const { discord, olga, ada } = await open()
  const bob = discord.user('bob')
  expect(bots.current.bot.inviteUrl).toContain('permissions=')
  // A budget for everyone, a blocked word, and where to tell of things.
  const budgets = await page(olga, 'Who and how much')
  discord.guild.roles.push({ id: discord.guild.id, name: '@everyone' })
  await olga.submit(await olga.select(budgets, t('menu.role'), [discord.guild.id]), { picturesPerHour: '3' })
  await changed(budgets, '3 per hour')
  const words = await page(olga, 'What')
  await olga.submit(await olga.press(words, 'Blocked words: 0'), { blockedWords: 'blood' })
  await changed(words, '1 blocked entry')
  const staff = discord.channel('staff')
  const log = await page(olga, 'Log')
  await olga.select(log, t('menu.log'), [staff.id])
  const told = () => [...discord.world.messages.values()].filter(({ channelId }) => channelId === staff.id)
  await discord.until(() => told().length > 0, 'the log')

  // A picture, and somebody who reports it.
  const asked = await paint(ada)
  const message = await discord.offers(asked, 'Reroll')
  const form = await bob.menu('Report', message)
  const reported = await bob.submit(form, { reason: 'This is *my* house.' })
  expect((await says(reported, 'have been told')).flags & hidden).toBe(hidden)
  await discord.until(() => told().some(({ content }) => content.includes('Reported')), 'the report')
  const report = told().find(({ content }) => content.includes('Reported'))!
  expect(report.content).toContain('This is \\*my\\* house.')
  expect(JSON.stringify(report.components)).toContain('"spoiler":true')
  expect(buttonsOf(report).map(({ label }) => label)).toEqual(['Go to the message', 'Stop this person here'])

  await bots.restart()
  const list = await says(await olga.slash('studio reports'), 'Open reports: 1')
  expect(list.content).toContain(`/${message.id})`)
  await olga.press(report, 'Stop this person here')
  await discord.until(async () => (await refusal(ada)).includes('have stopped you'), 'the stop')
  await olga.choose(list, 'Close report 1')
  await changed(list, 'No open reports')
  expect(await refusal(bob, { prompt: 'blood' })).toContain('not painted here')

  // A style of another, stopped by name, and what stands in the log of the server.
  await says(await olga.slash('studio resume', { person: ada.user.id }), 'can paint in this server again')
  const by = (await bots.current.studio.people.findDiscord(bob.user.id))!.id
  const style = await bots.current.studio.styles.create(by, { name: 'Chalk', guild: discord.guild.id })
  await bots.current.studio.styles.share(by, style.id, `guild:${discord.guild.id}`)
  await says(await olga.slash('studio stop', { style: 'Chalk', reason: 'Not ours.' }), 'cannot be used in this server')
  await says(await olga.slash('studio stop'), 'Chalk** (Not ours.)')
  const happened = (await says(await olga.slash('studio log'), 'What happened here')).content
  for (const act of ['Bob was refused: the blocked word “blood”', 'Olga stopped a style', 'Bob reported a picture']) {
    expect(happened).toContain(act)
  }
  const stats = (await says(await olga.slash('studio stats'), 'in numbers')).content
  expect(stats).toContain('1 picture · 1 request · 1 person')
})

test('a report outside of what is ours, or of nothing, is refused in words', async () => {
  const { discord, olga, ada } = await open()
  const room = await ada.slash('canvas', { name: 'Workshop' })
  await says(room, 'is open')
  const refused = await discord.refusal(await ada.menu('Report', room.original!))
  expect(refused.content).toContain('no picture or style of mine')
  const stopped = await discord.refusal(await olga.slash('studio stop', { style: 'Nothing' }))
  expect(stopped.content).toContain('There is no style "Nothing"')
})

test('operators of the studio stop a person everywhere and a whole server; those who manage one do not', async () => {
  const { discord, olga, ada } = await open({ studio: { operators: ['1'] } })
  const everywhere = await olga.slash('studio stop', { person: ada.user.id, everywhere: true })
  expect((await discord.refusal(everywhere)).content).toContain('operator')
  expect((await discord.refusal(await olga.slash('studio stop', { server: true }))).content).toContain('operator')
  await discord.offers(await paint(ada), 'Reroll')
})

test('a log that I may not write to is said at once', async () => {
  const { discord, olga } = await open()
  const closed = discord.channel('closed')
  closed.permissions.delete('sendMessages')
  const log = await page(olga, 'Log')
  await olga.select(log, t('menu.log'), [closed.id])
  await changed(log, 'I may not write there')
})
