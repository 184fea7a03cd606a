import { expect, test } from 'vitest'
import { fastEdits, type TestBot, type TestBotOptions } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import type { Interaction } from '../support/discord/index.ts'
import { patient } from '../support/patience.ts'

const bots = botOfEachTest()
const open = (options: TestBotOptions = fastEdits) => bots.open(options)
const delivered = ({ discord, studio }: TestBot) =>
  discord.until(async () => (await studio.chat.undelivered()).length === 0, 'the delivery')

test('40 jobs at 5 edits in 5 seconds: every final lands, and Discord never has to refuse', async () => {
  const { discord } = await open({ engine: { stepMs: 15 } })
  const asked: Interaction[] = []
  for (let seed = 0; seed < 40; seed += 8) {
    const together = Array.from({ length: 8 }, (_, index) =>
      discord.user(`person${seed + index}`).slash('imagine', { prompt: 'a pier', seed: seed + index }),
    )
    asked.push(...(await Promise.all(together)))
  }
  await Promise.all(asked.map(one => discord.offers(one, 'Reroll', patient(25_000))))
  for (const [seed, { original }] of asked.entries()) {
    expect(original!.attachments.map(file => file.filename)).toEqual([`fourstroke-${seed}.png`])
    const times = original!.history.map(({ at }) => at)
    // The final may follow a preview at once: its slot was kept.
    for (const [index, at] of times.slice(1, -1).entries()) expect(at - times[index]!).toBeGreaterThanOrEqual(1_000)
  }
  expect(discord.limits.refusals).toEqual([])
})

test('when a preview is limited for long, the final comes through the channel', async () => {
  const { discord, engine } = await open()
  engine.hold()
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
  await discord.offers(asked, 'Cancel')
  discord.block(asked, 60_000)
  engine.release()
  const message = await discord.offers(asked, 'Reroll')
  expect(message.history.at(-1)!.via).toBe('channel')
  expect(message.attachments).toHaveLength(1)
  // One preview found out; after that nobody knocked again.
  expect(discord.limits.refusals.length).toBeLessThanOrEqual(1)
})

test('where the bot is no member, the final waits until the limit is over', async () => {
  const { discord, engine } = await open()
  engine.hold()
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' }, discord.elsewhere)
  await discord.offers(asked, 'Cancel')
  const limitedUntil = discord.clock.now() + 6_500
  discord.block(asked, 6_500)
  engine.release()
  const message = await discord.offers(asked, 'Reroll')
  expect(message.history.at(-1)!.via).toBe('webhook')
  expect(message.history.at(-1)!.at).toBeGreaterThanOrEqual(limitedUntil)
})

test('when the token ran out in the queue, the final comes through the channel', async () => {
  const { discord, engine } = await open()
  engine.hold()
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
  await discord.offers(asked, 'Cancel')
  discord.clock.advance(16 * 60_000)
  engine.release()
  const message = await discord.offers(asked, 'Reroll')
  expect(message.history.at(-1)!.via).toBe('channel')
})

test('when no way is left, the picture stays, and the log says why', async () => {
  const { discord, engine, lines, studio } = await open()
  engine.hold()
  const ada = discord.user('ada')
  const asked = await ada.slash('imagine', { prompt: 'a pier' }, discord.elsewhere)
  await discord.offers(asked, 'Cancel')
  discord.clock.advance(16 * 60_000)
  engine.release()
  await delivered(bots.current)
  expect(lines.join('\n')).toMatch(/Invalid Webhook Token.*Missing Access.*cannot be finished/)
  const person = await studio.people.fromDiscord({ discordId: ada.user.id, name: 'Ada' })
  expect((await studio.pictures.ofPerson(person.id, 1))[0]!.state).toBe('finished')
})

test('a permission lost on the way is a reason, not a crash', async () => {
  const { discord, engine, lines } = await open()
  engine.hold()
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
  await discord.offers(asked, 'Cancel')
  discord.clock.advance(16 * 60_000)
  discord.general.permissions.delete('attachFiles')
  engine.release()
  await delivered(bots.current)
  expect(lines.join('\n')).toMatch(/Missing Permissions.*cannot be finished/)
})

test('says which permission is missing before it paints', async () => {
  const { discord, engine } = await open()
  discord.general.permissions.delete('attachFiles')
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
  await discord.until(() => asked.original!.content, 'an answer')
  expect(asked.original!.content).toContain('"Attach Files"')
  expect(engine.asks).toEqual([])
})

test('a message deleted meanwhile is let go, and the picture stays', async () => {
  const { discord, engine, lines, studio } = await open()
  engine.hold()
  const ada = discord.user('ada')
  const asked = await ada.slash('imagine', { prompt: 'a pier' })
  await discord.offers(asked, 'Cancel')
  asked.original!.deleted = true
  engine.release()
  await delivered(bots.current)
  expect(lines.filter(line => !line.includes('"level":"info"'))).toEqual([])
  const person = await studio.people.fromDiscord({ discordId: ada.user.id, name: 'Ada' })
  expect((await studio.pictures.ofPerson(person.id, 1))[0]!.state).toBe('finished')
})

test('a Discord that fails for a while gets the final later', async () => {
  const { discord, engine } = await open()
  engine.hold()
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
  await discord.offers(asked, 'Cancel')
  discord.fail('webhook.edit', 502, 2)
  engine.release()
  await discord.offers(asked, 'Reroll')
})

test('pictures that cannot be shown end in an apology with a Retry button', async () => {
  const { discord, lines, studio } = await open()
  const { read } = studio.pictures.files
  studio.pictures.files.read = () => Promise.reject(new Error('the disk is gone'))
  const ada = discord.user('ada')
  const asked = await ada.slash('imagine', { prompt: 'a pier' })
  const message = await discord.offers(asked, 'Retry')
  expect(message.content).toMatch(/^\*\*a pier\*\*\nSomething went wrong/)
  expect(lines.join('\n')).toContain('the disk is gone')
  studio.pictures.files.read = read
  await discord.offers(await ada.press(message, 'Retry'), 'Reroll')
})

test('a closed bot leaves its messages to the next start', async () => {
  const { discord, engine } = await open()
  engine.hold()
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier', seed: 4 })
  await discord.offers(asked, 'Cancel')
  await bots.restart()
  const message = await discord.offers(asked, 'Reroll')
  expect(message.content).toContain('seed 4')
  expect(message.attachments).toHaveLength(1)
})
