import sharp from 'sharp'
import { expect, test } from 'vitest'
import { english as t, teach } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import { type Actor, type Interaction, openDiscord } from '../support/discord/index.ts'
import { untilEnded } from '../support/studio.ts'

/** What operators and those who manage a server stop: refused in words wherever it is tried, until they lift it. */

const bots = botOfEachTest()
/** Olga runs the studio and manages the server. */
async function open() {
  const discord = await openDiscord()
  const [olga, ada, bob] = [discord.user('olga'), discord.user('ada'), discord.user('bob')]
  olga.user.permissions.add('manageGuild')
  await bots.open({
    discord,
    bot: { throttle: { gapMs: 20, slowGapMs: 20 } },
    studio: { operators: [olga.user.id] },
  })
  return { ...bots.current, olga, ada, bob }
}
const says = (interaction: Interaction, text: string) => bots.current.discord.says(interaction, text)
const refused = async (asked: Interaction) => (await bots.current.discord.refusal(asked)).content
const paint = (actor: Actor, options: Record<string, string> = {}, where = bots.current.discord.general) =>
  actor.slash('imagine', { prompt: 'a pier', ...options }, where)
const painted = async (actor: Actor, options: Record<string, string> = {}, where = bots.current.discord.general) =>
  bots.current.discord.offers(await paint(actor, options, where), 'Reroll')
async function pictures() {
  const bytes = await sharp({ create: { width: 90, height: 60, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  return [{ name: 'teal.png', bytes, contentType: 'image/png' }]
}

test('a person stopped everywhere is refused in words by every command and button, in every server and on the canvas', async () => {
  const { discord, studio, olga, ada, bob } = await open()
  const message = await painted(ada)
  const canvas = await says(await bob.slash('canvas', { name: 'Workshop' }), 'is open')
  const [, secret = ''] = /\/r\/([\w-]+)/.exec(canvas.content) ?? []
  await olga.slash('studio stop', { person: ada.user.id, everywhere: true, reason: 'Too *loud*.' })
  const words = /An operator of this studio has stopped you from painting here\. The reason: Too \*?loud/
  await discord.until(async () => words.test(await refused(await paint(ada))), 'the stop')

  expect(await refused(await paint(ada, {}, discord.next))).toMatch(words)
  expect(await refused(await paint(ada, {}, ada.direct))).toMatch(words)
  expect(await refused(await ada.press(message, 'Vary'))).toMatch(words)
  expect(await refused(await ada.press(message, 'Reroll'))).toMatch(words)
  expect(await refused(await ada.submit(await ada.choose(message, 'Edit prompt')))).toMatch(words)
  expect(await refused(await ada.press(message, 'Open on canvas'))).toMatch(words)
  expect(await refused(await ada.slash('canvas'))).toMatch(words)
  expect(await refused(await teach(ada, 'chalk', await pictures()))).toMatch(words)
  const by = (await studio.people.findDiscord(ada.user.id))!.id
  await expect(studio.rooms.enter(secret, by)).rejects.toMatchObject({ code: 'person/stopped' })
  // Others paint on, and what is theirs they may still see, take along and delete.
  await painted(bob)
  await says(await ada.slash('me'), 'a pier')

  await bots.restart()
  expect(await refused(await paint(ada))).toMatch(words)
  await says(await olga.slash('studio resume', { person: ada.user.id, everywhere: true }), 'can paint again')
  await painted(ada)
  expect(await bots.current.studio.rooms.enter(secret, by)).not.toBeNull()
})

test('a server that is stopped paints nothing more for anybody, and others go on', async () => {
  const { discord, studio, olga, ada } = await open()
  const message = await painted(ada)
  await says(await olga.slash('studio stop', { server: true, reason: 'Spam.' }), 'Nothing is painted in this server')
  const words = 'An operator of this studio has stopped painting in this server. The reason: Spam.'
  expect(await refused(await paint(ada))).toBe(words)
  expect(await refused(await paint(olga))).toBe(words)
  expect(await refused(await ada.press(message, 'Reroll'))).toBe(words)
  expect(await refused(await ada.slash('canvas'))).toBe(words)
  expect(await refused(await teach(ada, 'chalk', await pictures()))).toBe(words)
  await painted(ada, {}, discord.next)
  await painted(ada, {}, ada.direct)
  const by = (await studio.people.findDiscord(olga.user.id))!.id
  expect(await studio.moderation.stops(by)).toMatchObject([{ kind: 'guild', subject: discord.guild.id }])

  await bots.restart()
  expect(await refused(await paint(ada))).toBe(words)
  await says(await olga.slash('studio resume', { server: true }), 'This server can paint again')
  await painted(ada)
})

test('a style stopped everywhere is refused wherever it is used, and comes back', async () => {
  const { discord, studio, olga, ada, bob } = await open()
  await discord.offers(await teach(ada, 'chalk', await pictures()), 'Use for me')
  await says(await ada.slash('style share', { name: 'chalk', with: 'everyone' }), 'is shared with everyone')
  const inStyle = await painted(bob, { style: 'chalk' })
  await says(
    await olga.slash('studio stop', { style: 'chalk', everywhere: true, reason: 'Stolen.' }),
    'disabled everywhere',
  )
  const words = 'This style was disabled by an operator of this studio. The reason: Stolen.'
  expect(await refused(await paint(bob, { style: 'chalk' }))).toBe(words)
  expect(await refused(await paint(bob, { style: 'chalk' }, discord.next))).toBe(words)
  expect(await refused(await paint(ada, { style: 'chalk' }, ada.direct))).toBe(words)
  expect(await refused(await bob.press(inStyle, 'Reroll'))).toBe(words)
  const by = (await studio.people.findDiscord(bob.user.id))!.id
  const { id } = await studio.styles.find(by, 'chalk')
  const live = studio.pictures.request(by, 'canvas', { prompt: 'a pier', styles: [{ style: id, weight: 1 }] })
  await expect(live).rejects.toMatchObject({ code: 'style/disabled' })
  await says(await ada.slash('style show', { name: 'chalk' }), words)

  await bots.restart()
  expect(await refused(await paint(bob, { style: 'chalk' }))).toBe(words)
  await says(await olga.slash('studio resume', { style: 'chalk', everywhere: true }), 'can be used again')
  expect((await painted(bob, { style: 'chalk' })).content).toContain('in chalk')
})

test('a style is reported in the menu of its message, told in the log, and stopped there', async () => {
  const { discord, studio, olga, ada, bob } = await open()
  const staff = discord.channel('staff')
  const learned = await discord.offers(await teach(ada, 'chalk', await pictures()), 'Use for me')
  await says(await ada.slash('style share', { name: 'chalk', with: 'server' }), 'is shared with this server')
  const settings = await says(await olga.slash('studio settings'), 'Settings of')
  await discord.turnTo(olga, settings, t('settings.log.label'))
  await olga.select(settings, t('menu.log'), [staff.id])
  const told = () => [...discord.world.messages.values()].filter(({ channelId }) => channelId === staff.id)
  await discord.until(() => told().length > 0, 'the log')

  await says(
    await bob.submit(await bob.menu('Report', learned), { reason: 'These are *my* pictures.' }),
    'have been told',
  )
  await discord.until(() => told().some(({ content }) => content.includes('Reported')), 'the report')
  const report = told().find(({ content }) => content.includes('Reported'))!
  expect(report.content).toBe(
    `**Reported**: the style **chalk**, by <@${bob.user.id}>\n> These are \\*my\\* pictures.\n-# Taught by Ada`,
  )
  // Pressed by somebody who does not manage the server.
  const tried = await says(await bob.press(report, 'Stop this style here'), 'Only those who manage this server')
  expect(tried.flags & 64).toBe(64)

  await bots.restart()
  await says(await olga.slash('studio reports'), 'style](https://discord.com/channels/')
  await says(await olga.press(report, 'Stop this style here'), 'cannot be used in this server')
  expect(await refused(await paint(ada, { style: 'chalk' }))).toContain('do not want this style here')
  await painted(ada, { style: 'chalk' }, ada.direct)
  const stops = await says(await olga.slash('studio stop'), 'Stopped here')
  expect(stops.content).toContain('- **chalk**')
  await says(await olga.slash('studio resume', { style: 'chalk' }), 'can be used in this server again')
  await painted(ada, { style: 'chalk' })
  expect(studio).toBeDefined()
})

test('what was being painted when its person is stopped ends as it was asked', async () => {
  const { studio, engine, olga, ada } = await open()
  engine.hold()
  const asked = await paint(ada)
  await bots.current.discord.offers(asked, 'Cancel')
  await says(await olga.slash('studio stop', { person: ada.user.id, everywhere: true }), 'cannot paint anywhere')
  engine.release()
  await bots.current.discord.offers(asked, 'Reroll')
  const by = (await studio.people.findDiscord(ada.user.id))!.id
  const [picture] = await studio.pictures.ofPerson(by, 1)
  await untilEnded(studio, picture!.job)
})
