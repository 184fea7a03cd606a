import { MessageFlags } from 'discord.js'
import { expect, test } from 'vitest'
import { startBot } from '../../bot/start.ts'
import { fastEdits, type TestBot } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import { openDiscord } from '../support/discord/index.ts'
import { collectLog, silentLog } from '../support/log.ts'
import { buildStudio } from '../support/studio.ts'

const bots = botOfEachTest(fastEdits)
const { open } = bots

test('asks Discord for the Guilds intent alone', async () => {
  const { discord, bot } = await open()
  expect(discord.gateway.identifies).toEqual([{ intents: 1, shard: [0, 1] }])
  expect(bot.inviteUrl).toContain(`client_id=${discord.world.application.id}&scope=bot+applications.commands`)
})

test('an interaction sent while the connection is down is answered after RESUME', async () => {
  const { discord } = await open()
  discord.gateway.drop(1006)
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
  await discord.offers(asked, 'Reroll')
  expect(discord.gateway.resumes).toHaveLength(1)
  expect(discord.gateway.resumes[0]!.replayed).toBeGreaterThanOrEqual(1)
  expect(discord.gateway.identifies).toHaveLength(1)
})

test.each([
  ['is dropped', ({ discord }: TestBot) => discord.gateway.drop(4000)],
  ['is asked to reconnect', ({ discord }: TestBot) => discord.gateway.askToReconnect()],
  [
    'is told that its session is invalid but resumable',
    ({ discord }: TestBot) => discord.gateway.invalidate({ resumable: true }),
  ],
])('a job goes on while the connection %s', async (_what, disturb) => {
  const { discord, engine } = await open()
  engine.hold()
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
  await discord.offers(asked, 'Cancel')
  disturb(bots.current)
  engine.release()
  await discord.offers(asked, 'Reroll')
  await discord.until(() => discord.gateway.resumes.length === 1, 'a RESUME')
  await discord.offers(await discord.user('bob').slash('imagine', { prompt: 'after' }), 'Reroll')
})

test('a connection that answers no heartbeat is left for a new one', async () => {
  const { discord } = await open({ discord: { heartbeatMs: 150 } })
  discord.gateway.stopAcknowledging()
  await discord.until(() => discord.gateway.resumes.length > 0, 'a RESUME')
  await discord.offers(await discord.user('ada').slash('imagine', { prompt: 'a pier' }), 'Reroll')
})

test('what another program with the same token has answered is left to it', async () => {
  const { discord, engine, lines } = await open()
  const asking = discord.user('ada').slash('imagine', { prompt: 'a pier' })
  const interaction = [...discord.world.interactions.values()].at(-1)!
  interaction.acknowledged = { type: 5, at: discord.clock.now() }
  await asking
  await discord.until(() => lines.some(line => line.includes('could not be acknowledged')), 'a line in the log')
  expect(engine.asks).toEqual([])
})

test('what comes too late is not painted', async () => {
  const { discord, engine, lines } = await open()
  const asking = discord.user('ada').slash('imagine', { prompt: 'a pier' })
  const [id, interaction] = [...discord.world.interactions].at(-1)!
  discord.world.interactions.set(id, { ...interaction, createdAt: interaction.createdAt - 4_000 })
  await expect(asking).rejects.toThrow('did not respond')
  expect(lines.join('\n')).toContain('"code":10062')
  expect(engine.asks).toEqual([])
})

test('commands are written once, and again only when they differ', async () => {
  const { discord } = await open()
  const writes = () => discord.requests.filter(({ route }) => route === 'commands.put').length
  expect(writes()).toBe(1)
  expect(discord.world.commands.map(({ name }) => name)).toEqual([
    'imagine',
    'show',
    'canvas',
    'style',
    'me',
    'info',
    'studio',
    ...['Paint over this', 'Learn this style', 'Recipe of this'],
    ...['Report', 'Paint over avatar', 'Learn style of avatar'],
  ])
  await bots.restart()
  expect(writes()).toBe(1)
  discord.world.commands[0]!['description'] = 'Something older'
  await bots.restart()
  expect(writes()).toBe(2)
})

test('an Entry Point command of the application is kept', async () => {
  const discord = await openDiscord()
  discord.world.commands = [
    { ...{ id: discord.world.id(), name: 'launch', type: 4, handler: 2, integration_types: [0], contexts: [0] } },
  ]
  await open({ discord })
  expect(discord.world.commands.map(({ name }) => name)).toEqual([
    'imagine',
    'show',
    'canvas',
    'style',
    'me',
    'info',
    'studio',
    ...['Paint over this', 'Learn this style', 'Recipe of this'],
    ...['Report', 'Paint over avatar', 'Learn style of avatar'],
    'launch',
  ])
})

test('starts with old commands when Discord does not take the new ones', async () => {
  const discord = await openDiscord()
  discord.world.commands = []
  discord.fail('commands.put', 400, 1)
  const { lines } = await open({ discord })
  expect(lines.join('\n')).toContain('Discord did not take the commands')
})

test('works in direct messages, in groups, and where only a person brought it along', async () => {
  const { discord } = await open()
  const ada = discord.user('ada')
  const group = { ...ada.direct, id: discord.world.id(), type: 3 as const }
  discord.world.channels.set(group.id, group)
  for (const where of [ada.direct, group, discord.elsewhere]) {
    const asked = await ada.slash('imagine', { prompt: 'a pier' }, where)
    const message = await discord.offers(asked, 'Reroll')
    expect(message.attachments).toHaveLength(1)
    await discord.offers(await ada.press(message, 'Reroll'), 'Reroll')
  }
})

test('paints in a thread, and lets a message go whose thread was archived meanwhile', async () => {
  const { discord, engine, studio, lines } = await open()
  const ada = discord.user('ada')
  const thread = discord.thread('sketches')
  await discord.offers(await ada.slash('imagine', { prompt: 'a pier' }, thread), 'Reroll')
  engine.hold()
  const asked = await ada.slash('imagine', { prompt: 'a quay' }, thread)
  await discord.offers(asked, 'Cancel')
  thread.isArchived = true
  engine.release()
  await discord.until(() => lines.some(line => line.includes('The message cannot be finished')), 'a line in the log')
  const by = (await studio.people.findDiscord(ada.user.id))!.id
  expect((await studio.pictures.ofPerson(by, 2)).map(({ state }) => state)).toEqual(['finished', 'finished'])
})

test('an entry of a context menu that is none of ours is answered in private', async () => {
  const { discord } = await open()
  const ada = discord.user('ada')
  const message = await discord.offers(await ada.slash('imagine', { prompt: 'a pier' }), 'Reroll')
  for (const target of [message, discord.user('bob').user]) {
    expect((await discord.refusal(await ada.menu('Upscale', target))).content).toContain('not one that I know')
  }
})

test('answers people whose Discord speaks another language', async () => {
  const { discord } = await open()
  const asked = await discord.user('hanako', { locale: 'ja' }).slash('imagine', { prompt: '湖のほとりの赤い家' })
  expect((await discord.offers(asked, 'Reroll')).content).toContain('湖のほとりの赤い家')
})

test('/canvas makes a room and gives the whole channel the link to draw', async () => {
  const { discord, studio } = await open()
  const ada = discord.user('ada')
  const named = await ada.slash('canvas', { name: 'Sunday *club*' })
  await discord.until(() => named.original!.content, 'the link')
  expect(named.original!.flags & MessageFlags.Ephemeral).toBe(0)
  expect(named.original!.content).toContain('**Sunday \\*club\\***')
  const [, secret] = /\/r\/([\w-]+)/.exec(named.original!.content)!
  const bob = await studio.people.newGuest('Bob')
  expect(await studio.rooms.enter(secret!, bob.person.id)).toMatchObject({ role: 'editor' })
  const unnamed = await ada.slash('canvas')
  await discord.until(() => unnamed.original!.content, 'the link')
  expect(unnamed.original!.content).toContain('Ada’s room')
  const blank = await ada.slash('canvas', { name: '  ' })
  expect((await discord.refusal(blank)).content).toBe('A room name has 1 to 80 characters that can be seen.')
})

test.each([
  ['wrong', 'a'.repeat(60)],
  ['not a token at all', 'two words\nand a line'],
])('a token that is %s ends in one sentence with the cure', async (_what, token) => {
  const discord = await openDiscord()
  const { studio, close } = await buildStudio()
  const { log, lines } = collectLog()
  const started = startBot({ studio, token, api: discord.api, publicUrl: 'http://localhost', log })
  await expect(started).rejects.toThrow(
    /^Discord refused the token in DISCORD_TOKEN: make a new one at .* without the bot\.$/,
  )
  expect(lines.join()).not.toContain(token)
  await close()
  await discord.close()
})

test('a token that the gateway refuses ends in the same sentence', async () => {
  const discord = await openDiscord()
  const { studio, close } = await buildStudio()
  discord.gateway.refuseTokens()
  const started = startBot({
    studio,
    token: discord.token,
    api: discord.api,
    publicUrl: 'http://localhost',
    log: silentLog,
  })
  await expect(started).rejects.toMatchObject({
    code: 'start/discord',
    message: expect.stringMatching(/^Discord refused the token in DISCORD_TOKEN/),
  })
  await close()
  await discord.close()
})

test('a Discord that cannot be reached ends in one sentence with the cure', async () => {
  const { studio, close } = await buildStudio()
  const started = startBot({
    studio,
    token: 'a'.repeat(60),
    api: 'http://127.0.0.1:9',
    publicUrl: 'http://localhost',
    log: silentLog,
  })
  await expect(started).rejects.toThrow(
    /^Discord could not be reached at http:\/\/127\.0\.0\.1:9 .*DISCORD_TOKEN empty/,
  )
  await close()
})
