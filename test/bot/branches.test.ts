import sharp from 'sharp'
import { afterEach, expect, test } from 'vitest'
import { readRecipe } from '../../studio/images/png.ts'
import type { Picture } from '../../studio/studio.ts'
import { buildBot, type TestBot, type TestBotOptions } from '../support/bot.ts'
import { flatten } from '../support/discord/check.ts'
import type { Actor, Interaction, Message } from '../support/discord/index.ts'

/** What is made from a picture: its steps and what goes on from them, other seeds, and the menu "More". */

let world: TestBot | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})
async function open(options: TestBotOptions = {}) {
  world = await buildBot({ bot: { throttle: { gapMs: 20 } }, ...options })
  return { ...world, ada: world.discord.user('ada'), bob: world.discord.user('bob') }
}
async function painted(by: Actor, options: Record<string, string | number> = {}): Promise<Message> {
  return world!.discord.offers(await by.slash('imagine', { prompt: 'a red house', seed: 7, ...options }), 'Reroll')
}
async function says(asked: Interaction, text: string): Promise<Message> {
  await world!.discord.until(() => asked.original?.content.includes(text), `“${text}” (${asked.original?.content})`)
  return asked.original!
}
async function newest(by: Actor): Promise<Picture> {
  const person = await world!.studio.people.findDiscord(by.user.id)
  return (await world!.studio.pictures.ofPerson(person!.id, 1))[0]!
}
const optionsOf = (message: Message) => flatten(message.components).flatMap(({ options = [] }) => options)

test('Steps shows what was believed after each step, to whoever pressed alone', async () => {
  const { discord, engine, ada, bob } = await open()
  const message = await painted(ada)
  const steps = await says(await bob.press(message, 'Steps'), 'after each step')
  expect(steps.flags & 64).toBe(64)
  const [shown] = steps.attachments
  expect(shown).toMatchObject({ filename: 'steps.png', width: 4 * 256 + 3 * 4, height: 256 })
  expect(shown!.description).toBe('Its 4 steps: a red house')
  // The last of them is the picture itself, and those before are fainter in this engine.
  expect(engine.asks.slice(1).map(ask => [ask.seed, ask.endStep])).toEqual([
    [7, 1],
    [7, 2],
    [7, 3],
  ])
  const light = async (index: number) => {
    const cell = sharp(shown!.bytes).extract({ left: index * 260, top: 0, width: 256, height: 256 })
    return (await sharp(await cell.png().toBuffer()).stats()).channels.reduce((sum, { mean }) => sum + mean, 0)
  }
  const lights = await Promise.all([0, 1, 2, 3].map(light))
  expect(lights).toEqual([...lights].sort((a, b) => a - b))
  expect(optionsOf(steps).map(({ label }) => label)).toEqual(['From step 1', 'From step 2', 'From step 3'])
  expect(discord.requests.filter(({ route }) => route === 'channel.send')).toEqual([])
})

test('a picture goes on from a step with other words, seed, style and guidance, and that one from a step of its own', async () => {
  const { discord, engine, ada, bob } = await open()
  const steps = await says(await bob.press(await painted(ada), 'Steps'), 'after each step')
  const form = await bob.choose(steps, 'From step 2')
  expect(form.modal!.title).toBe('Go on from step 2')
  expect(form.modal!.inputs.map(({ custom_id, value }) => [custom_id, value])).toEqual([
    ['prompt', 'a red house'],
    ['seed', '7'],
    ['guidance', '8'],
  ])
  const sent = await bob.submit(form, { prompt: 'a red castle', seed: '99', guidance: '3,5' })
  const branch = await discord.offers(sent, 'Reroll')
  expect(branch.flags & 64).toBe(0)
  expect(branch.content).toContain('**a red castle**')
  expect(branch.content).toContain('from step 2 of another')
  const { prefix, ...own } = engine.asks.at(-1)!
  expect(own).toMatchObject({ prompt: 'a red castle', seed: 99, guidance: 3.5 })
  expect(prefix).toEqual([expect.objectContaining({ prompt: 'a red house', seed: 7, guidance: 8, untilStep: 2 })])
  const twice = await says(await bob.press(branch, 'Steps'), 'after each step')
  const again = await ada.submit(await ada.choose(twice, 'From step 3'), { prompt: 'a red ruin', seed: '' })
  await discord.offers(again, 'Reroll')
  expect(engine.asks.at(-1)!.prefix).toMatchObject([
    { prompt: 'a red house', untilStep: 2 },
    { prompt: 'a red castle', untilStep: 3 },
  ])
  expect(engine.asks.at(-1)!.seed).not.toBe(99)
  expect((await newest(ada)).parent).toBe((await newest(bob)).id)
})

test('what cannot be gone on with is said in private, with nothing in the channel', async () => {
  const { discord, ada } = await open()
  const steps = await says(await ada.press(await painted(ada), 'Steps'), 'after each step')
  const form = await ada.choose(steps, 'From step 1')
  const refused = async (values: Record<string, string>) =>
    (await discord.refusal(await ada.submit(form, values))).content
  expect(await refused({ guidance: 'much' })).toContain('The guidance must be a number from 1 to 20.')
  expect(await refused({ guidance: '50' })).toContain('The guidance must be a number from 1 to 20.')
  expect(await refused({ seed: 'many' })).toContain('"many" is not a seed')
  expect(await refused({ prompt: ' ' })).toContain('The prompt is empty.')
})

test('steps of a picture of another model are refused, as those of one that is gone', async () => {
  const { discord, studio, ada } = await open()
  const message = await painted(ada)
  await studio.pictures.remove((await newest(ada)).job, (await studio.people.findDiscord(ada.user.id))!.id)
  const refused = await discord.refusal(await ada.press(message, 'Steps'))
  expect(refused.content).toContain('This picture is not here any more.')
})

test('nine first steps are for whoever asked alone, and only those that are chosen go on', async () => {
  const { discord, engine, studio, ada } = await open()
  const asked = await ada.slash('imagine', { prompt: 'a pier', seed: 20, seeds: true, guidance: 5 })
  const nine = await says(asked, 'The first step of nine seeds')
  expect(nine.flags & 64).toBe(64)
  expect(nine.attachments).toHaveLength(9)
  expect(engine.asks.map(({ seed, endStep }) => [seed, endStep])).toEqual(
    Array.from({ length: 9 }, (_, index) => [20 + index, 1]),
  )
  expect(readRecipe(nine.attachments[8]!.bytes)).toMatchObject({ prompt: 'a pier', seed: 28, endStep: 1 })
  const person = (await studio.people.findDiscord(ada.user.id))!.id
  expect(await studio.pictures.ofPerson(person, 9)).toEqual([])

  const chosen = await ada.select(nine, 'Let some of them go on', ['22', '27'])
  const message = await discord.offers(chosen, 'Reroll')
  expect(message.flags & 64).toBe(0)
  expect(message.content).toContain('seeds 22, 27')
  const gone = await studio.pictures.ofPerson(person, 9)
  expect(gone.map(({ recipe }) => [recipe.seed, recipe.steps, recipe.guidance, recipe.endStep]).sort()).toEqual([
    [22, 4, 5, undefined],
    [27, 4, 5, undefined],
  ])
  // After a restart the menu works as it did.
  world = await world!.restart()
  await discord.offers(await ada.select(nine, 'Let some of them go on', ['25']), 'Reroll')
})

test('nine other seeds of a picture are painted as the picture was', async () => {
  const { discord, engine, ada, bob } = await open()
  const message = await painted(ada, { size: '48x32', steps: 2 })
  const nine = await says(await bob.choose(message, 'Nine other seeds'), 'The first step of nine seeds')
  const seeds = engine.asks.slice(1).map(({ seed }) => seed)
  expect(seeds).toHaveLength(9)
  expect(seeds).not.toContain(7)
  await discord.offers(await bob.select(nine, 'Let some of them go on', [String(seeds[4])]), 'Reroll')
  expect(engine.asks.at(-1)).toMatchObject({ seed: seeds[4], steps: 2, width: 48, height: 32, prompt: 'a red house' })
  expect(engine.asks.at(-1)!.endStep).toBeUndefined()
})

test('Retry paints the seeds that were chosen', async () => {
  const { discord, studio, ada } = await open({ engine: { failures: { 'a pier': 'engine/stopped' } } })
  const by = (await studio.people.fromDiscord({ discordId: ada.user.id, name: 'Ada' })).id
  const { pictures } = await studio.pictures.request(by, 'chat', { prompt: 'a boat', seeds: [5, 9, 2] })
  const again = await studio.pictures.again(by, pictures[1]!.id, { sameSeed: true })
  expect(again.pictures.map(({ recipe }) => recipe.seed)).toEqual([5, 9, 2])
  expect(discord.requests.length).toBeGreaterThan(0)
})

test('the menu More varies, enlarges and extends', async () => {
  const { discord, engine, ada, bob } = await open()
  const message = await painted(ada)
  expect(optionsOf(message).map(({ label }) => label)).toEqual([
    ...['Edit prompt', 'Remix', 'Vary, subtle', 'Vary, strong', 'Vary a region', 'Nine other seeds', 'Upscale'],
    ...['Extend to the left', 'Extend to the right', 'Extend upwards', 'Extend downwards', 'Favourite'],
  ])
  const made = async (label: string) => {
    await discord.offers(await bob.choose(message, label), 'Reroll')
    return engine.asks.at(-1)!
  }
  expect((await made('Vary, subtle')).strength).toBe(0.35)
  expect((await made('Vary, strong')).strength).toBe(0.75)
  const upscaled = await made('Upscale')
  expect(upscaled).toMatchObject({ seed: 7, upscale: { strength: 0.25 }, prompt: 'a red house' })
  const left = await made('Extend to the left')
  expect(left).toMatchObject({ width: 96, height: 64 })
  const down = await made('Extend downwards')
  expect(down).toMatchObject({ width: 64, height: 96 })
  // White, where it is painted on: beyond the edge that was named.
  const white = (ask: typeof left, x: number, y: number) => ask.maskImage!.data[y * ask.width + x]
  expect([white(left, 0, 32), white(left, 95, 32)]).toEqual([255, 0])
  expect([white(down, 32, 95), white(down, 32, 0)]).toEqual([255, 0])
})

test('Remix paints over a picture with other words', async () => {
  const { discord, engine, ada } = await open()
  const form = await ada.choose(await painted(ada), 'Remix')
  expect(form.modal!.inputs.map(({ value }) => value)).toEqual(['a red house', '0.6'])
  await discord.offers(await ada.submit(form, { prompt: 'a red barn', strength: '0,5' }), 'Reroll')
  expect(engine.asks.at(-1)).toMatchObject({ prompt: 'a red barn', strength: 0.5, image: { width: 64 } })
  const refused = await discord.refusal(await ada.submit(form, { strength: '2' }))
  expect(refused.content).toContain('Write a number above 0 and up to 1')
})

test('Vary a region opens the canvas with the mask tool', async () => {
  const { ada } = await open()
  const opened = await says(await ada.choose(await painted(ada), 'Vary a region'), 'mark what may change')
  expect(opened.content).toMatch(/https:\/\/paint\.example\.org\/r\/[\w-]+\?tool=region/)
})

test('an entry that failed while everything was busy can be tried again', async () => {
  const { discord, ada } = await open()
  const message = await painted(ada)
  const { again } = world!.studio.pictures
  world!.studio.pictures.again = () => Promise.reject(new Error('a bug'))
  const failed = await discord.refusal(await ada.choose(message, 'Vary, strong'))
  world!.studio.pictures.again = again
  await discord.offers(await ada.press(failed, 'Retry'), 'Reroll')
})

test('a favourite is marked by anybody, found in /me, shown by /show, and unmarked', async () => {
  const { discord, studio, ada, bob } = await open()
  const message = await painted(ada, { prompt: 'a red barn' })
  await painted(bob, { prompt: 'a pier' })
  await says(await bob.choose(message, 'Favourite'), 'is one of your favourites')
  const me = await says(await bob.slash('me'), 'a pier')
  await bob.choose(me, 'My favourites')
  await discord.until(() => me.content.includes('a red barn'), 'the favourite')
  expect(me.content).not.toContain('a pier')

  // What they marked, and what they painted; of others nothing.
  const names = async (by: Actor, typed: string) => (await by.type('show', 'picture', typed)).map(({ name }) => name)
  expect(await names(bob, '')).toEqual(['a red barn · 7', 'a pier · 7'])
  expect(await names(bob, 'barn')).toEqual(['a red barn · 7'])
  expect(await names(discord.user('eve'), '')).toEqual([])
  const [choice] = await bob.type('show', 'picture', 'barn')
  const shown = await discord.offers(await bob.slash('show', { picture: String(choice!.value) }), 'Steps')
  expect(shown.flags & 64).toBe(0)
  expect(shown.content).toContain('**a red barn**\n-# seed 7')
  expect(optionsOf(shown).map(({ label }) => label)).toContain('Upscale')
  const foreign = await discord.refusal(await discord.user('eve').slash('show', { picture: String(choice!.value) }))
  expect(foreign.content).toContain('This picture is not here any more.')
  const [, link] = /(https:\/\/paint\.example\.org\/pictures\/[\w-]+\.png)/.exec(shown.content)!
  await discord.offers(await discord.user('eve').slash('show', { picture: link! }), 'Steps')

  await says(await bob.choose(message, 'Favourite'), 'is no favourite of yours any more')
  const by = (await studio.people.findDiscord(bob.user.id))!.id
  expect(await studio.favorites.ofPerson(by, 9)).toEqual([])
  // Deleted with the picture.
  await bob.choose(message, 'Favourite')
  await discord.until(async () => (await studio.favorites.ofPerson(by, 9)).length, 'the mark')
  await ada.press(message, 'Delete')
  await discord.until(async () => (await studio.favorites.ofPerson(by, 9)).length === 0, 'the deletion')
})
