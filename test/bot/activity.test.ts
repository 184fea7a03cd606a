import { afterEach, expect, test } from 'vitest'
import { buildBot, type TestBot } from '../support/bot.ts'
import { buttonsOf, type Interaction, type Message } from '../support/discord/index.ts'

/** Rooms that open inside Discord: who launches them, and what is posted when everybody has left. */

let world: TestBot | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})
async function open() {
  world = await buildBot({ bot: { throttle: { gapMs: 20 }, hasActivity: true, activityEveryMs: 50 } })
  return { ...world, ada: world.discord.user('ada'), bob: world.discord.user('bob') }
}
/** The message of a room that was launched. */
async function announced({ followUps }: Interaction): Promise<Message> {
  await world!.discord.until(() => followUps.length, 'the message of the room')
  return followUps[0]!
}
function instanceOf(): string {
  const id = [...world!.discord.world.instances.keys()].at(-1)
  if (!id) throw new Error('Discord opened nothing')
  return id
}

test('/canvas opens a room inside Discord, and the channel has its link besides', async () => {
  const { discord, studio, ada, bob } = await open()
  const asked = await ada.slash('canvas', { name: 'Sunday club' })
  expect(asked.acknowledged!.type).toBe(12)
  const message = await announced(asked)
  expect(message.flags & 64).toBe(0)
  expect(message.content).toContain('**Sunday club** is open.')
  const [, secret] = /https:\/\/paint\.example\.org\/r\/([\w-]+)/.exec(message.content)!
  // Whoever joins is in that room.
  const person = (await studio.people.fromDiscord({ discordId: bob.user.id, name: 'Bob' })).id
  const place = { instance: instanceOf(), channelId: discord.general.id, guildId: discord.guild.id }
  expect(await studio.activities.enter(person, place, 'Bob')).toBe(secret)
  await discord.until(async () => (await studio.activities.open())[0]?.messageId === message.id, 'the message')
  expect(await studio.activities.open()).toMatchObject([place])
})

test('Open on canvas opens the picture inside Discord', async () => {
  const { discord, studio, ada, bob } = await open()
  const picture = await discord.offers(await ada.slash('imagine', { prompt: 'a pier' }), 'Reroll')
  const pressed = await bob.press(picture, 'Open on canvas')
  expect(pressed.acknowledged!.type).toBe(12)
  const message = await announced(pressed)
  expect(message.content).toContain('**a pier** is on a canvas now.')
  const [, secret] = /\/r\/([\w-]+)/.exec(message.content)!
  const person = (await studio.people.fromDiscord({ discordId: bob.user.id, name: 'Bob' })).id
  const entered = await studio.rooms.enter(secret!, person)
  expect((await studio.pictures.find(entered!.room.opening!))!.recipe.prompt).toBe('a pier')
})

test('the launcher of Discord opens a room, and is answered by us', async () => {
  const { discord, ada } = await open()
  expect(discord.world.commands.find(({ type }) => type === 4)).toMatchObject({ name: 'launch', handler: 1 })
  const launched = await ada.launch()
  expect(launched.acknowledged!.type).toBe(12)
  expect((await announced(launched)).content).toContain('Ada’s room')
  const writes = () => discord.requests.filter(({ route }) => route === 'commands.put').length
  world = await world!.restart()
  expect(writes()).toBe(1)
})

test('when everybody has left, what was painted and by whom stands in the message, after a restart too', async () => {
  const { discord, studio, ada, bob } = await open()
  const message = await announced(await ada.slash('canvas', { name: 'Sunday club' }))
  const place = { instance: instanceOf(), channelId: discord.general.id, guildId: discord.guild.id }
  const [adasId, bobsId] = await Promise.all(
    [ada, bob].map(
      async ({ user }) => (await studio.people.fromDiscord({ discordId: user.id, name: user.globalName! })).id,
    ),
  )
  const secret = await studio.activities.enter(bobsId!, place, 'Bob')
  const { room } = (await studio.rooms.enter(secret, bobsId!))!
  const frame = { room: room.id, frameId: 'f1' }
  for (const prompt of ['a boat', 'a bigger boat']) {
    const { job } = await studio.pictures.request(bobsId!, 'canvas', { prompt, frame })
    await discord.until(async () => (await studio.pictures.ofJob(job))[0]!.state === 'finished', prompt)
  }
  await studio.pictures.request(adasId!, 'canvas', { prompt: 'a lake', frame: { ...frame, frameId: 'f2' }, seed: 9 })
  // Discord still has it, so nothing is said.
  await new Promise(resolve => setTimeout(resolve, 300))
  expect(message.content).toContain('is open.')

  world = await world!.restart()
  discord.world.instances.clear()
  await discord.until(() => message.content.includes('is closed'), 'the result')
  expect(message.content).toContain('**Sunday club** is closed. Drawn by Ada and Bob.')
  expect(message.attachments.map(({ description }) => description)).toEqual([
    'Painted: a lake (1)',
    'Painted: a bigger boat (1)',
  ])
  expect(buttonsOf(message).map(({ label }) => label)).toEqual(['Draw together'])
  expect(await world.studio.activities.open()).toEqual([])
})

test('an instance that nobody launched through us gets a room, and its end a message of its own', async () => {
  const { discord, studio, ada, bob } = await open()
  const place = { instance: 'i-77-gc-1', channelId: discord.general.id, guildId: discord.guild.id }
  discord.world.instances.set(place.instance, { channel: discord.general, users: new Set() })
  const [adasId, bobsId] = await Promise.all(
    [ada, bob].map(
      async ({ user }) => (await studio.people.fromDiscord({ discordId: user.id, name: user.globalName! })).id,
    ),
  )
  // Both at once are in one room.
  const secrets = await Promise.all([adasId!, bobsId!].map(by => studio.activities.enter(by, place, 'Ada')))
  expect(secrets[0]).toBe(secrets[1])
  expect(await studio.rooms.ofPerson(bobsId!)).toHaveLength(secrets[0] === secrets[1] ? 0 : 1)
  discord.world.instances.clear()
  const told = () => [...discord.world.messages.values()].find(({ content }) => content.includes('is closed'))
  await discord.until(told, 'the result')
  expect(told()!.content).toContain('Nothing was drawn in it.')
})

test('somebody who may not open a room is told so, and Discord opens nothing', async () => {
  const { discord, studio, ada } = await open()
  const { create } = studio.rooms
  studio.rooms.create = () => Promise.reject(new Error('a bug'))
  const before = discord.world.instances.size
  studio.activities.launch = () => Promise.reject(new Error('a bug'))
  const refused = await discord.refusal(await ada.slash('canvas'))
  studio.rooms.create = create
  expect(refused.content).toContain('Something went wrong on our side')
  expect(discord.world.instances.size).toBe(before)
})
