import { expect, test } from 'vitest'
import type { RoomOrigin } from '../../studio/studio.ts'
import type { TestBot } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import type { Actor, Message } from '../support/discord/index.ts'

/** Where in chat a room came from: what is sent from it goes there. */

const bots = botOfEachTest()
const open = (isInside: boolean) =>
  bots.open({ bot: { throttle: { gapMs: 20 }, hasActivity: isInside, activityEveryMs: 50 } })

/** Of the room whose link stands in a message. */
async function originOf({ studio }: TestBot, { content }: Message, actor: Actor): Promise<RoomOrigin | null> {
  const [, secret = ''] = /\/r\/([\w-]+)/.exec(content) ?? []
  const { id } = await studio.people.fromDiscord({ discordId: actor.user.id, name: 'Ada' })
  const { room } = (await studio.rooms.enter(secret, id))!
  return studio.rooms.origin(room.id)
}

test('a room of /canvas comes from the message with its link', async () => {
  const world = await open(false)
  const { discord } = world
  const ada = discord.user('ada')
  const { id: guildId } = discord.guild
  const message = await discord.says(await ada.slash('canvas'), 'is open')
  const here = { guildId, channelId: discord.general.id, messageId: message.id, locale: 'en-US' }
  expect(await originOf(world, message, ada)).toEqual(here)
  const alone = await discord.says(await ada.slash('canvas', {}, ada.direct), 'is open')
  expect(await originOf(world, alone, ada)).toMatchObject({ guildId: null, channelId: ada.direct.id })
})

test('a room that opens with a picture comes from its message, or from the one with its link where nobody sees that', async () => {
  const world = await open(false)
  const { discord } = world
  const ada = discord.user('ada')
  const picture = await discord.offers(await ada.slash('imagine', { prompt: 'a pier' }), 'Reroll')
  const opened = await discord.says(await ada.press(picture, 'Open on canvas'), 'is on a canvas now')
  expect(await originOf(world, opened, ada)).toMatchObject({ messageId: picture.id })
  const four = await discord.offers(await ada.slash('imagine', { prompt: 'a pier', count: 2 }), 'Reroll')
  const alone = await discord.offers(await ada.choose(four, 'Picture 2'), 'Open on canvas')
  expect(alone.flags & 64).toBe(64)
  const other = await discord.says(await ada.press(alone, 'Open on canvas'), 'is on a canvas now')
  expect(await originOf(world, other, ada)).toMatchObject({ messageId: other.id })
})

test('a room inside Discord comes from the message that says it is open, or from the picture in it', async () => {
  const world = await open(true)
  const { discord, studio } = world
  const ada = discord.user('ada')
  const picture = await discord.offers(await ada.slash('imagine', { prompt: 'a pier' }), 'Reroll')
  for (const [asked, from] of [
    [await ada.slash('canvas'), null],
    [await ada.press(picture, 'Open on canvas'), picture],
  ] as const) {
    await discord.until(() => asked.followUps.length, 'the message of the room')
    const message = asked.followUps[0]!
    const isKnown = async () => (await studio.activities.open()).some(one => one.messageId === message.id)
    await discord.until(isKnown, 'the message to be known')
    expect(await originOf(world, message, ada)).toMatchObject({ messageId: (from ?? message).id })
  }
})

test('a room that Discord has opened by itself comes from that channel', async () => {
  const { discord, studio } = await open(true)
  const { id } = await studio.people.fromDiscord({ discordId: discord.user('ada').user.id, name: 'Ada' })
  const place = { instance: 'i-1', channelId: discord.general.id, guildId: discord.guild.id }
  discord.world.instances.set('i-1', { channel: discord.general, users: new Set() })
  const { room } = (await studio.rooms.enter(await studio.activities.enter(id, place, 'Ada'), id))!
  const { instance: _, ...where } = place
  expect(await studio.rooms.origin(room.id)).toEqual({ ...where, messageId: null, locale: null })
})

test('a room that was made on the page comes from nowhere', async () => {
  const { studio } = await open(false)
  const { person } = await studio.people.newGuest('Mira')
  const { room } = await studio.rooms.create(person.id, { name: 'Mine' })
  expect(await studio.rooms.origin(room.id)).toBeNull()
})
