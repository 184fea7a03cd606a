import sharp from 'sharp'
import { expect, test } from 'vitest'
import { type TestBotOptions, english as t, teach } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import type { Actor, Channel, Interaction, Message } from '../support/discord/index.ts'

/** What a server has set holds for pictures there: seen from the messages, not from the rules. */

const bots = botOfEachTest({ bot: { throttle: { gapMs: 20, slowGapMs: 20 } } })
async function open(options: TestBotOptions = {}) {
  const { discord } = await bots.open(options)
  const olga = discord.user('olga')
  olga.user.permissions.add('manageGuild')
  return { ...bots.current, olga, ada: discord.user('ada'), bob: discord.user('bob') }
}
const says = (interaction: Interaction, text: string) => bots.current.discord.says(interaction, text)
/** A page of the settings, opened anew. */
async function page(olga: Actor, name: 'where' | 'content' | 'look'): Promise<Message> {
  const message = await says(await olga.slash('studio settings'), 'Settings of')
  await bots.current.discord.turnTo(olga, message, t(`settings.${name}.label`))
  return message
}
const changed = (message: Message, text: string) =>
  bots.current.discord.until(() => message.content.includes(text), `“${text}” (there is: ${message.content})`)
const paint = (actor: Actor, options: Record<string, string> = {}, where: Channel = bots.current.discord.general) =>
  actor.slash('imagine', { prompt: 'a pier', ...options }, where)
const painted = async (
  actor: Actor,
  options: Record<string, string> = {},
  where: Channel = bots.current.discord.general,
) => bots.current.discord.offers(await paint(actor, options, where), 'Reroll')
const refused = async (asked: Interaction) => (await bots.current.discord.refusal(asked)).content
async function learn(actor: Actor, name: string): Promise<Message> {
  const bytes = await sharp({ create: { width: 90, height: 60, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  const picture = { name: 'teal.png', bytes, contentType: 'image/png' }
  return bots.current.discord.offers(await teach(actor, name, [picture]), 'Use for me')
}

test('a picture that names no style has that of its person, or else that of the server', async () => {
  const { discord, olga, ada, bob } = await open()
  await learn(ada, 'chalk')
  await learn(bob, 'ink')
  const nothing = await page(olga, 'look')
  expect(JSON.stringify(nothing.components)).not.toContain('chalk')
  await says(await ada.slash('style share', { name: 'chalk', with: 'server' }), 'is shared with this server')
  const look = await page(olga, 'look')
  await olga.choose(look, 'chalk')
  await changed(look, '**Defaults**  the model’s size · **chalk**')

  expect((await painted(bob)).content).toContain('in chalk')
  expect((await painted(bob, { style: 'none' })).content).not.toContain('in chalk')
  expect((await painted(bob, { style: 'ink' })).content).toContain('in ink')
  expect((await painted(bob, {}, bob.direct)).content).not.toContain('in chalk')
  await says(await bob.slash('style use', { name: 'ink' }), 'is the style of your pictures now')
  expect((await painted(bob)).content).toContain('in ink')
  await says(await bob.slash('style use', { name: 'none' }), 'have no style now')

  await bots.restart()
  expect((await painted(bob)).content).toContain('in chalk')
  // Taken back by its owner: painted without, and the settings say so.
  await says(await ada.slash('style share', { name: 'chalk', with: 'private' }), 'is private now')
  expect((await painted(bob)).content).not.toContain('in chalk')
  await changed(await page(olga, 'look'), 'a style that is not here any more')
  expect(discord).toBeDefined()
})

test('a picture that names no size has that of its person, or else that of the server', async () => {
  const { olga, ada, bob } = await open()
  const look = await page(olga, 'look')
  const sizes = look.components[0]!.components!.flatMap(row => row.components ?? []).flatMap(one => one.options ?? [])
  const option = (shape: string) => sizes.find(({ label }) => label.startsWith(shape))!
  const shown = (shape: string) => option(shape).value.replace('x', ' × ')
  await olga.choose(look, option('Tall').label)
  await changed(look, `**Defaults**  ${shown('Tall')}`)
  expect((await painted(ada)).content).toContain(shown('Tall'))
  expect((await painted(ada, { size: option('Wide').value })).content).toContain(shown('Wide'))
  expect((await painted(ada, {}, ada.direct)).content).not.toContain(shown('Tall'))

  const me = await says(await bob.slash('me'), 'in this studio')
  await bob.choose(me, t('me.defaults.label'))
  await changed(me, '**Size**')
  await bob.choose(me, option('Wide').label)
  await changed(me, shown('Wide'))
  expect((await painted(bob)).content).toContain(shown('Wide'))
  await bob.choose(me, t('menu.modelSize'))
  await changed(me, t('settings.modelSize'))
  expect((await painted(bob)).content).toContain(shown('Tall'))

  await olga.choose(look, t('menu.modelSize'))
  await changed(look, 'the model’s size')
  expect((await painted(ada)).content).not.toContain(shown('Tall'))
})

test('a thread is like the channel that it belongs to, old or new', async () => {
  const { discord, olga, ada } = await open()
  const gallery = discord.channel('gallery')
  const adults = discord.channel('adults', { isAgeRestricted: true })
  const old = discord.thread('old', gallery)
  // Made while the bot listens, and one that it has never heard of: long archived, or private.
  const fresh = discord.thread('fresh', gallery, { isTold: true })
  const where = await page(olga, 'where')
  await olga.select(where, t('menu.channels'), [gallery.id])
  await changed(where, `<#${gallery.id}>`)
  await painted(ada, {}, gallery)
  await painted(ada, {}, old)
  await painted(ada, {}, fresh)
  const elsewhere = discord.thread('elsewhere', discord.general)
  expect(await refused(await paint(ada, {}, elsewhere))).toContain(`Go to <#${gallery.id}>.`)

  await olga.select(where, t('menu.channels'), [])
  await changed(where, 'all channels')
  await olga.press(where, t('button.age.off'))
  await changed(where, 'only age-restricted')
  await painted(ada, {}, discord.thread('late', adults))
  expect(await refused(await paint(ada, {}, old))).toContain('age-restricted channels only')
})

test('where pictures must be checked and nobody checks them, nothing is painted', async () => {
  const { olga, ada } = await open()
  const words = await page(olga, 'content')
  expect(words.content).toContain('This studio does not check finished pictures')
  await olga.press(words, t('button.check.off'))
  await changed(words, 'Image check: on')
  expect(await refused(await paint(ada))).toBe(
    'This server paints only where pictures are checked before anybody sees them, and this studio does not check any. ' +
      `Those who manage this server can change that in ${mention('studio settings')}.`,
  )
  await painted(ada, {}, ada.direct)
  const log = await says(await olga.slash('studio log'), 'was refused')
  expect(log.content).toContain('Ada was refused: without an image check')
  await olga.press(words, t('button.check.on'))
  await changed(words, 'Image check: off')
  await painted(ada)
})

test('where the studio checks pictures, no step is shown before, and what it refuses is said in words', async () => {
  const checkPicture = async (_picture: unknown, prompt: string) =>
    prompt === 'a secret' ? 'It shows a secret.' : null
  const { olga, ada } = await open({ studio: { checkPicture }, engine: { stepMs: 40 } })
  const words = await page(olga, 'content')
  expect(words.content).toContain('This studio checks finished pictures')
  await olga.press(words, t('button.check.off'))
  await changed(words, 'Image check: on')
  const shown = await painted(ada)
  expect(shown.history.flatMap(({ files }) => files).filter(name => name.startsWith('preview'))).toEqual([])
  const withheld = await bots.current.discord.offers(await paint(ada, { prompt: 'a secret' }), 'Retry')
  expect(withheld.content).toContain('This picture is not shown here: it may not be fit for everybody.')
  expect(withheld.content).not.toContain('It shows a secret.')
  expect(withheld.history.flatMap(({ files }) => files)).toEqual([])
})

function mention(path: string): string {
  const [name] = path.split(' ')
  return `</${path}:${bots.current.discord.world.commands.find(one => one['name'] === name)!['id']}>`
}
