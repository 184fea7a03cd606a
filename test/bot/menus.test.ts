import sharp from 'sharp'
import { afterEach, expect, test } from 'vitest'
import { withTexts } from '../../studio/images/png.ts'
import { buildBot, type TestBot, type TestBotOptions } from '../support/bot.ts'
import { type Actor, buttonsOf, type Interaction, type Message, type Upload } from '../support/discord/index.ts'

/** What stands in the menus of messages and people: paint over them, learn from them, read their recipe. */

let world: TestBot | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})
async function open(options: TestBotOptions = {}) {
  world = await buildBot({ bot: { throttle: { gapMs: 20, slowGapMs: 20 } }, ...options })
  return { ...world, ada: world.discord.user('ada'), bob: world.discord.user('bob') }
}
async function says({ original, followUps }: Interaction, text: string): Promise<Message> {
  const messages = () => [...(original ? [original] : []), ...followUps]
  const found = () => messages().find(({ content }) => content.includes(text))
  await world!.discord.until(found, `“${text}” (there is: ${messages().map(({ content }) => content)})`)
  return found()!
}
async function png(background: string, texts: Record<string, string> = {}): Promise<Upload> {
  const bytes = await sharp({ create: { width: 90, height: 60, channels: 3, background } })
    .png()
    .toBuffer()
  return { name: `${background}.png`, bytes: withTexts(bytes, texts), contentType: 'image/png' }
}
async function styleNames(actor: Actor): Promise<string[]> {
  const person = await world!.studio.people.findDiscord(actor.user.id)
  if (!person) return []
  return (await world!.studio.styles.list(person.id, { own: true })).map(({ name }) => name)
}

test('paints over one of the pictures of a message', async () => {
  const { discord, engine, ada, bob } = await open()
  const message = await bob.post([await png('teal'), await png('gold')])
  const form = await ada.menu('Paint over this', message)
  expect(form.modal!.inputs.map(({ custom_id }) => custom_id)).toEqual(['picture', 'prompt', 'strength'])
  const sent = await ada.submit(form, { picture: 'Picture 2', prompt: 'a harbour', strength: '0.75' })
  expect((await discord.offers(sent, 'Reroll')).content).toContain('over an image, strength 0.75')
  const { image, width, height, strength } = engine.asks.at(-1)!
  // The shape of the picture is kept, and gold it is.
  expect(width / height).toBeCloseTo(1.5)
  expect(strength).toBe(0.75)
  expect([...image!.data.subarray(0, 3)]).toEqual([255, 215, 0])
})

test('paints over a picture of ours, after a restart too', async () => {
  const { discord, engine, ada, bob } = await open()
  const message = await discord.offers(await bob.slash('imagine', { prompt: 'a pier' }), 'Reroll')
  const form = await ada.menu('Paint over this', message)
  world = await world!.restart()
  await discord.offers(await ada.submit(form, { prompt: 'a bridge' }), 'Reroll')
  expect(world.engine.asks.at(-1)).toMatchObject({ prompt: 'a bridge', strength: 0.6 })
  expect(engine.asks).toHaveLength(1)
})

test('a message without pictures is refused in words, and nothing is stored', async () => {
  const { discord, ada, bob } = await open()
  const empty = await bob.post([])
  for (const entry of ['Paint over this', 'Learn this style', 'Recipe of this']) {
    const refused = await discord.refusal(await ada.menu(entry, empty))
    expect(refused.content).toContain('There are no pictures in this message.')
  }
})

test('one’s own pictures are learned from at once', async () => {
  const { discord, studio, ada } = await open()
  const message = await ada.post([await png('teal'), await png('navy')])
  const form = await ada.menu('Learn this style', message)
  expect(form.modal!.inputs.map(({ custom_id }) => custom_id)).toEqual(['name', 'sharing', 'when'])
  const sent = await ada.submit(form, { name: 'chalk', sharing: 'This server' })
  expect((await discord.offers(sent, 'Use for me')).content).toContain('has learned from 2 pictures')
  const by = (await studio.people.findDiscord(ada.user.id))!.id
  expect(await studio.styles.list(by, { own: true })).toMatchObject([{ sharing: `guild:${discord.guild.id}` }])
})

test('pictures of somebody else are learned from only when that person says yes', async () => {
  const { discord, studio, ada, bob } = await open()
  const message = await bob.post([await png('teal'), await png('navy'), await png('gold')])
  const sent = await ada.submit(await ada.menu('Learn this style', message), { name: 'of bob' })
  const question = await says(sent, 'would like to teach the style')
  expect(question.content).toContain(`<@${bob.user.id}>: **Ada**`)
  expect(question.content).toContain(`from your 3 pictures in https://discord.com/channels/${discord.guild.id}/`)
  expect(question.allowedMentions).toEqual({ parse: [], users: [bob.user.id] })
  expect(await styleNames(ada)).toEqual([])
  expect(await studio.statistics()).toMatchObject({ learnings: { finished: 0, running: 0 } })

  // Nobody says it for them, least of all whoever asked.
  await says(await ada.press(question, 'Allow it'), 'Only the person who was asked can answer this.')
  expect(await styleNames(ada)).toEqual([])

  world = await world!.restart()
  await bob.press(question, 'Allow it')
  await discord.until(() => buttonsOf(question).some(({ label }) => label === 'Use for me'), 'the style')
  expect(question.content).toContain('**of bob** has learned from 3 pictures')
  expect(await styleNames(ada)).toEqual(['of bob'])
  expect(await styleNames(bob)).toEqual([])
})

test('whoever says no has the last word', async () => {
  const { discord, ada, bob } = await open()
  const message = await bob.post([await png('teal')])
  const sent = await ada.submit(await ada.menu('Learn this style', message), { name: 'of bob' })
  const question = await says(sent, 'would like to teach the style')
  await bob.press(question, 'No')
  await discord.until(() => question.content.includes('does not want'), 'the answer')
  expect(buttonsOf(question)).toEqual([])
  await expect(bob.press(question, 'Allow it')).rejects.toThrow('There is no button')
  expect(await styleNames(ada)).toEqual([])
})

test('pictures that were painted here belong to whoever asked for them', async () => {
  const { discord, ada, bob } = await open()
  const message = await discord.offers(await bob.slash('imagine', { prompt: 'a pier', count: 3 }), 'Reroll')
  const asked = await says(await ada.submit(await ada.menu('Learn this style', message), { name: 'x' }), 'would like')
  expect(asked.content).toContain(`<@${bob.user.id}>`)
  await discord.offers(await bob.submit(await bob.menu('Learn this style', message), { name: 'mine' }), 'Use for me')
  expect(await styleNames(bob)).toEqual(['mine'])
})

test('reads the recipe of our pictures, of others’, and says where there is none', async () => {
  const { discord, ada, bob } = await open()
  const ours = await discord.offers(await bob.slash('imagine', { prompt: 'a *pier*', seed: 7 }), 'Reroll')
  const told = await says(await ada.menu('Recipe of this', ours), 'a \\*pier\\*')
  expect(told.flags & 64).toBe(64)
  expect(told.content).toContain('Steps 4 · Sampler LCM · CFG scale 8 · Seed 7 · Size 64x64')
  expect(told.content).toContain('Painted with Fourstroke')

  const parameters =
    'a castle, (night:1.2)\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, Seed: 5, Lora hashes: "a: b, c: d", Version: v1.9'
  const foreign = await bob.post([await png('teal', { parameters }), await png('gold')])
  const both = await says(await ada.menu('Recipe of this', foreign), 'a castle')
  expect(both.content).toContain('Keeps away: blurry')
  expect(both.content).toContain('Sampler Euler a · Seed 5 · Lora hashes a\\: b, c\\: d · Version v1.9')
  expect(both.content).toContain('Picture 2  This picture carries no recipe.')
  expect(both.content).toContain('From another program')
})

test('paints over the picture that somebody has in Discord', async () => {
  const { discord, engine, ada, bob } = await open()
  await bob.wear(await png('gold'))
  const form = await ada.menu('Paint over avatar', bob.user)
  expect(form.modal!.inputs.map(({ custom_id }) => custom_id)).toEqual(['prompt', 'strength'])
  await discord.offers(await ada.submit(form, { prompt: 'a portrait in oil' }), 'Reroll')
  const { image, prompt, strength } = engine.asks.at(-1)!
  expect([prompt, strength]).toEqual(['a portrait in oil', 0.6])
  expect([...image!.data.subarray(0, 3)]).toEqual([255, 215, 0])
})

test('learns from somebody’s own picture at once, from that of others when they allow it, and never from a bot’s', async () => {
  const { discord, ada, bob } = await open()
  await ada.wear(await png('teal'))
  await bob.wear(await png('gold'))
  const mine = await ada.submit(await ada.menu('Learn style of avatar', ada.user), { name: 'mine' })
  expect((await discord.offers(mine, 'Use for me')).content).toContain('has learned from 1 picture')
  const theirs = await ada.submit(await ada.menu('Learn style of avatar', bob.user), { name: 'of bob' })
  const question = await says(theirs, 'would like to teach the style')
  expect(question.content).toContain('from the picture that you have in Discord')
  expect(await styleNames(ada)).toEqual(['mine'])
  await bob.press(question, 'Allow it')
  await discord.until(() => buttonsOf(question).some(({ label }) => label === 'Use for me'), 'the style')
  expect((await styleNames(ada)).sort()).toEqual(['mine', 'of bob'])
  const refused = await discord.refusal(await ada.menu('Learn style of avatar', discord.world.bot))
  expect(refused.content).toContain('Nobody can be asked')
})
