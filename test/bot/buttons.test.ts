import { expect, test } from 'vitest'
import { forms } from '../../bot/buttons/forms.ts'
import { buttons } from '../../bot/buttons/index.ts'
import { menus } from '../../bot/buttons/menus.ts'
import { actions, readButtonId, writeButtonId } from '../../bot/messages/buttonId.ts'
import { errors } from '../../protocol/errors.ts'
import { fastEdits, type TestBot } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import type { Actor, Message } from '../support/discord/index.ts'
import { componentsV2 } from '../support/discord/world.ts'

const bots = botOfEachTest(fastEdits)
const { open } = bots
async function painted(
  { discord }: TestBot,
  by: Actor,
  options: Record<string, string | number> = {},
): Promise<Message> {
  const asked = await by.slash('imagine', { prompt: 'a red house', seed: 7, ...options })
  return discord.offers(asked, 'Reroll')
}

test('every action has a button, a menu or a form, and the longest id fits', () => {
  expect(Object.keys({ ...buttons, ...menus, ...forms }).sort()).toEqual([...actions].sort())
  for (const action of actions) {
    const id = { action, of: 'x'.repeat(64) }
    expect(writeButtonId(id).length).toBeLessThanOrEqual(100)
    expect(readButtonId(writeButtonId(id))).toEqual(id)
  }
})

test.each([
  '',
  'fs1:vary',
  'fs2:vary:abc',
  'fs1:hack:abc',
  'fs1:__proto__:abc',
  'fs1:vary:a b',
  `fs1:vary:${'x'.repeat(65)}`,
])('knows nothing of the id %j', customId => {
  expect(readButtonId(customId)).toBeNull()
})

test('Vary paints over the picture, for anybody, as a new message', async () => {
  const { discord, engine, studio } = await open()
  const message = await painted(bots.current, discord.user('ada'))
  const varied = await discord.user('bob').press(message, 'Vary')
  const second = await discord.offers(varied, 'Reroll')
  expect(second.id).not.toBe(message.id)
  expect(second.content).toContain('over an image, strength 0.6')
  expect(engine.asks[1]).toMatchObject({ prompt: 'a red house', strength: 0.6 })
  const bob = await studio.people.fromDiscord({ discordId: discord.user('bob').user.id, name: 'Bob' })
  const [picture] = await studio.pictures.ofPerson(bob.id, 1)
  expect(picture!.parent).not.toBeNull()
})

test('Vary of one in a grid varies that one', async () => {
  const { discord, engine, studio } = await open()
  const ada = discord.user('ada')
  const message = await painted(bots.current, ada, { count: 2 })
  const alone = await discord.offers(await ada.choose(message, 'Picture 2'), 'Vary')
  await discord.offers(await ada.press(alone, 'Vary'), 'Reroll')
  const person = await studio.people.fromDiscord({ discordId: ada.user.id, name: 'Ada' })
  const pictures = await studio.pictures.ofPerson(person.id, 9)
  const second = pictures.find(({ parent, index }) => parent === null && index === 1)!
  expect(pictures.filter(({ parent }) => parent === second.id)).toHaveLength(2)
  expect(engine.asks).toHaveLength(4)
})

test('Reroll asks the same with a new seed', async () => {
  const { discord, engine } = await open()
  const message = await painted(bots.current, discord.user('ada'), { steps: 2, guidance: 3, size: '48x32' })
  await discord.offers(await discord.user('ada').press(message, 'Reroll'), 'Reroll')
  const { seed, ...rest } = engine.asks[1]!
  expect(seed).not.toBe(7)
  expect(rest).toMatchObject({ prompt: 'a red house', steps: 2, guidance: 3, width: 48, height: 32 })
})

test('Edit prompt opens a form with the prompt and the seed, and paints what it says', async () => {
  const { discord, engine } = await open()
  const ada = discord.user('ada')
  const message = await painted(bots.current, ada)
  const opened = await ada.choose(message, 'Edit prompt')
  expect(opened.modal!.inputs.map(({ custom_id, value }) => [custom_id, value])).toEqual([
    ['prompt', 'a red house'],
    ['seed', '7'],
  ])
  await discord.offers(await ada.submit(opened, { prompt: 'a blue house' }), 'Reroll')
  expect(engine.asks[1]).toMatchObject({ prompt: 'a blue house', seed: 7 })
  await discord.offers(await ada.submit(opened, { prompt: 'a green house', seed: '' }), 'Reroll')
  expect(engine.asks[2]!.seed).not.toBe(7)
  const refused = await ada.submit(opened, { seed: 'many' })
  expect((await discord.refusal(refused)).content).toContain('"many" is not a seed')
})

test('Edit prompt opens an empty form when the studio is slow', async () => {
  const { discord, studio } = await open()
  const ada = discord.user('ada')
  const message = await painted(bots.current, ada)
  const { find } = studio.pictures
  studio.pictures.find = id => new Promise(resolve => setTimeout(() => resolve(find(id)), 2_000))
  const opened = await ada.choose(message, 'Edit prompt')
  expect(opened.modal!.inputs[0]!.value).toBeUndefined()
  await discord.offers(await ada.submit(opened, { prompt: 'a late house' }), 'Reroll')
})

test('Open on canvas makes a room that opens with the picture', async () => {
  const { discord, studio } = await open()
  const message = await painted(bots.current, discord.user('ada'))
  const bob = discord.user('bob')
  const opened = await bob.press(message, 'Open on canvas')
  await discord.until(() => opened.original!.content, 'the link')
  const [, secret] = /https:\/\/paint\.example\.org\/r\/([\w-]+)/.exec(opened.original!.content)!
  const person = await studio.people.fromDiscord({ discordId: bob.user.id, name: 'Bob' })
  const entered = await studio.rooms.enter(secret!, person.id)
  expect(entered).toMatchObject({ role: 'owner', room: { name: 'a red house' } })
  expect((await studio.pictures.find(entered!.room.opening!))!.recipe.prompt).toBe('a red house')
})

test('Delete removes message and pictures, for their owner only', async () => {
  const { discord, studio } = await open()
  const ada = discord.user('ada')
  const message = await painted(bots.current, ada)
  const other = await discord.user('bob').press(message, 'Delete')
  await discord.until(() => other.followUps.length, 'a refusal')
  expect(other.followUps[0]).toMatchObject({
    content: 'Only the person who asked for this picture can do that.',
    flags: 64 | componentsV2,
  })
  expect(message.deleted).toBe(false)
  await ada.press(message, 'Delete')
  await discord.until(() => message.deleted, 'the deletion')
  const person = await studio.people.fromDiscord({ discordId: ada.user.id, name: 'Ada' })
  expect(await studio.pictures.ofPerson(person.id, 1)).toEqual([])
})

test('Delete removes a message whose pictures are gone already, for the one who had asked', async () => {
  const { discord, studio } = await open()
  const ada = discord.user('ada')
  const message = await painted(bots.current, ada)
  const person = await studio.people.fromDiscord({ discordId: ada.user.id, name: 'Ada' })
  const [picture] = await studio.pictures.ofPerson(person.id, 1)
  await studio.pictures.remove(picture!.job, person.id)
  const other = await discord.user('bob').press(message, 'Delete')
  await discord.until(() => other.followUps[0]?.content === 'This picture is not here any more.', 'a refusal')
  await ada.press(message, 'Delete')
  await discord.until(() => message.deleted, 'the deletion')
})

test('nobody cancels for somebody else', async () => {
  const { discord, engine } = await open()
  engine.hold()
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a tower' })
  const message = await discord.offers(asked, 'Cancel')
  const other = await discord.user('bob').press(message, 'Cancel')
  await discord.until(() => other.followUps.length, 'a refusal')
  expect(other.followUps[0]!.flags & 64).toBe(64)
  engine.release()
  await discord.offers(asked, 'Reroll')
})

test('answers unknown and forged ids with words that only the presser sees', async () => {
  const { discord, lines } = await open()
  const ada = discord.user('ada')
  const message = await painted(bots.current, ada)
  const unknown = await ada.forge(message, 'fs0:vary:abc')
  expect((await discord.refusal(unknown)).content).toContain(errors['chat/button'].message)
  const forged = await ada.forge(message, writeButtonId({ action: 'reroll', of: 'nothing-of-ours' }))
  expect((await discord.refusal(forged)).content).toBe('This picture is not here any more.')
  const cancelled = await ada.forge(message, writeButtonId({ action: 'cancel', of: 'nothing-of-ours' }))
  await discord.until(() => cancelled.followUps[0]?.content === 'This picture is not here any more.', 'a refusal')
  expect(lines.filter(line => line.includes('"level":"error"'))).toEqual([])
})

test('buttons work after a restart', async () => {
  const { discord } = await open()
  const ada = discord.user('ada')
  const message = await painted(bots.current, ada)
  await bots.restart()
  const { engine } = bots.current
  await discord.offers(await ada.press(message, 'Reroll'), 'Reroll')
  expect(engine.asks[0]!.prompt).toBe('a red house')
  const opened = await ada.choose(message, 'Edit prompt')
  expect(opened.modal!.inputs[0]!.value).toBe('a red house')
  await ada.press(message, 'Delete')
  await discord.until(() => message.deleted, 'the deletion')
})

test('an answer whose promise was not settled any more is left as it is', async () => {
  const { discord, studio } = await open()
  studio.chat.resolvePendingReply = () => Promise.reject(new Error('killed'))
  const asked = await discord.user('ada').slash('canvas', { name: 'Workshop' })
  await discord.until(() => bots.current.lines.some(line => line.includes('killed')), 'the end of the command')
  expect(await studio.chat.pendingReplies()).toHaveLength(1)
  await bots.restart()
  await discord.until(
    async () => (await bots.current.studio.chat.pendingReplies()).length === 0,
    'the end of the promise',
  )
  expect(asked.original!.content).toContain('**Workshop** is open')
})
