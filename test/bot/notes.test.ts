import sharp from 'sharp'
import { expect, test } from 'vitest'
import { createRoomLinks } from '../../bot/interactions/roomLinks.ts'
import { writeButtonId } from '../../bot/messages/buttonId.ts'
import { fastEdits, type TestBotOptions, teach } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import { buttonsOf, type Message } from '../support/discord/index.ts'

/** What is said beside the picture: what the model does not know, what was left out, and where a link would lead nowhere. */

const bots = botOfEachTest()
const open = (options: TestBotOptions = {}) => bots.open({ ...options, bot: { ...fastEdits.bot, ...options.bot } })
/** Commands are mentioned by ids of Discord. */
const withoutIds = (text: string) => text.replace(/:\d+>/g, '>')
const labels = (message: Message) => buttonsOf(message).map(({ label }) => label)

test('words that the model does not know are said beneath the picture, as on the page', async () => {
  const vocabulary = { words: ['a', 'red', 'house', 'by', 'the', 'lake'], examples: [] }
  const { discord } = await open({ engine: { vocabulary } })
  const asked = await discord.user('ada').slash('imagine', { prompt: 'Albert *Einstein* by the lake' })
  const message = await discord.offers(asked, 'Reroll')
  expect(message.content.split('\n').at(-1)).toBe(
    '-# This model does not know “Albert” or “Einstein”. It paints the rest.',
  )
  const known = await discord.offers(await discord.user('ada').slash('imagine', { prompt: 'a red house' }), 'Reroll')
  expect(known.content).not.toContain('does not know')
})

test('what the model is told in place of the prompt is said, in the language of the server, and stands in the recipe', async () => {
  const vocabulary = {
    words: ['a', 'red', 'house', 'by', 'lake'],
    examples: [],
    otherWords: { en: { house: 'cabin' }, de: { a: 'ein', red: 'rot~', house: 'haus', 'by a lake': 'am see' }, ja: {} },
  }
  const { discord, studio, engine } = await open({ engine: { vocabulary } })
  const asked = await discord.user('ada').slash('imagine', { prompt: 'ein rotes Haus am See, gotisch' })
  const message = await discord.offers(asked, 'Reroll')
  expect(message.content.split('\n').slice(-2)).toEqual([
    '-# Understood as “a red house by a lake”.',
    '-# This model does not know “gotisch”. It paints the rest.',
  ])
  expect(message.content).toContain('ein rotes Haus am See')
  const by = (await studio.people.fromDiscord({ discordId: discord.user('ada').user.id, name: 'Ada' })).id
  const [picture] = await studio.pictures.ofPerson(by, 1)
  expect(picture!.recipe).toMatchObject({
    prompt: 'ein rotes Haus am See, gotisch',
    understoodAs: 'a red house by a lake',
  })
  expect(engine.asks.map(({ prompt }) => prompt)).toEqual(['a red house by a lake'])
})

test('a default style that is not learned yet is said, to its person alone, and so is one that is not shared any more', async () => {
  const { discord, studio } = await open()
  const [ada, bob] = [discord.user('ada'), discord.user('bob')]
  const bytes = await sharp({ create: { width: 90, height: 60, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  const picture = { name: 'teal.png', bytes, contentType: 'image/png' }
  await discord.until(async () => {
    const asked = await teach(ada, 'chalk', [picture], { isLater: true })
    return asked.acknowledged
  }, 'the style')
  const by = (await studio.people.fromDiscord({ discordId: ada.user.id, name: 'Ada' })).id
  await discord.until(async () => (await studio.styles.list(by, { own: true })).length, 'the style')
  const used = await ada.slash('style use', { name: 'chalk' })
  await discord.until(() => used.original!.content, 'an answer')
  expect(used.original!.content).toContain('as soon as it is learned')

  const asked = await ada.slash('imagine', { prompt: 'a pier' })
  const message = await discord.offers(asked, 'Reroll')
  expect(message.flags & 64).toBe(0)
  expect(message.content).not.toContain('chalk')
  expect(asked.followUps.map(({ flags, content }) => [flags & 64, withoutIds(content)])).toEqual([
    [
      64,
      'This is painted without your usual style **chalk**: This style has not been learned yet. </style use> chooses another.',
    ],
  ])
  const plain = await ada.slash('imagine', { prompt: 'a pier', style: 'none' })
  await discord.offers(plain, 'Reroll')
  expect(plain.followUps).toEqual([])

  const { id } = await studio.styles.find(by, 'chalk')
  await studio.styles.share(by, id, 'everyone')
  const other = (await studio.people.fromDiscord({ discordId: bob.user.id, name: 'Bob' })).id
  await studio.styles.setDefault(other, id)
  await studio.styles.share(by, id, 'private')
  const lost = await bob.slash('imagine', { prompt: 'a pier' })
  await discord.offers(lost, 'Reroll')
  expect(lost.followUps[0]!.content).toContain('not shared with you')

  await studio.styles.share(by, id, 'everyone')
  await studio.styles.remove(by, id)
  const deleted = await bob.slash('imagine', { prompt: 'a pier' })
  await discord.offers(deleted, 'Reroll')
  expect(deleted.followUps.map(({ content }) => withoutIds(content))).toEqual([
    'This is painted without your usual style **chalk**: Its owner has deleted this style. </style use> chooses another.',
  ])
  // Whoever deleted it knows, and whoever has chosen again is not told any more.
  const own = await ada.slash('imagine', { prompt: 'a pier' })
  await discord.offers(own, 'Reroll')
  expect(own.followUps).toEqual([])
  await studio.styles.setDefault(other, null)
  const chosen = await bob.slash('imagine', { prompt: 'a pier' })
  await discord.offers(chosen, 'Reroll')
  expect(chosen.followUps).toEqual([])
})

test('without an address that others can open there is neither /canvas nor a button to it', async () => {
  const { discord } = await open({ bot: { publicUrl: null } })
  expect(discord.world.commands.map(({ name }) => name)).toEqual([
    ...['imagine', 'show', 'style', 'me', 'info', 'studio'],
    ...['Paint over this', 'Learn this style', 'Recipe of this', 'Report'],
    ...['Paint over avatar', 'Learn style of avatar'],
  ])
  const ada = discord.user('ada')
  const message = await discord.offers(await ada.slash('imagine', { prompt: 'a pier' }), 'Reroll')
  expect(labels(message)).toEqual(['Vary', 'Reroll', 'Steps', 'Original', 'Delete'])
  const alone = await ada.press(message, 'Original')
  await discord.until(() => alone.original!.attachments.length, 'the original')
  expect(alone.original!.attachments[0]).toMatchObject({ width: 64, height: 64 })
  expect(alone.original!.flags & 64).toBe(64)
  const old = await ada.forge(message, writeButtonId({ action: 'canvas', of: 'whatever' }))
  expect((await discord.refusal(old)).content).toContain('PUBLIC_URL')
  for (const { content } of discord.world.messages.values()) expect(content).not.toContain('localhost')
})

test.each([
  [null, false],
  ['http://localhost:3000', false],
  ['http://127.0.0.1', false],
  ['http://[::1]:80', false],
  ['http://0.0.0.0:1', false],
  ['https://paint.example.org', true],
  ['http://192.168.1.7:3000', true],
])('knows whether others can open %s', (publicUrl, hasCanvas) => {
  expect(createRoomLinks(publicUrl).hasCanvas).toBe(hasCanvas)
})

test.each(['\u200b\u200b', 'Work\u200bshop', 'a\u2066b\u2069\u200d'])('a room called %j is refused', async name => {
  const { discord } = await open()
  const asked = await discord.user('ada').slash('canvas', { name })
  expect((await discord.refusal(asked)).content).toContain('characters that can be seen')
})

test('whoever has an invisible name gets one that can be seen', async () => {
  const { discord, studio } = await open()
  const ada = discord.user('\u200b\u2800')
  const asked = await ada.slash('canvas')
  await discord.until(() => asked.original!.content, 'the link')
  expect(asked.original!.content).toContain('**A room** is open')
  expect((await studio.people.findDiscord(ada.user.id))!.name).toBe('Someone')
})
