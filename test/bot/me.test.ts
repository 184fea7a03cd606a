import { unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { fastEdits, type TestBotOptions, english as t } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import { buttonsOf, type Interaction, type Message } from '../support/discord/index.ts'

/** What is a person's own, and what they are told about the studio. */

const bots = botOfEachTest()
async function open(options: TestBotOptions = {}) {
  const bot = await bots.open({ ...options, bot: { ...fastEdits.bot, ...options.bot } })
  return { ...bot, ada: bot.discord.user('ada') }
}
const labels = (message: Message) => buttonsOf(message).map(({ label }) => label)
const says = (interaction: Interaction, text: string) => bots.current.discord.says(interaction, text)
async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}
const changed = (message: Message, text: string) =>
  bots.current.discord.until(() => message.content.includes(text), `“${text}” (there is: ${message.content})`)

test('/me shows my pictures, newest first, a page at a time, to me alone', async () => {
  const { discord, ada } = await open()
  const none = await says(await ada.slash('me'), 'No pictures yet')
  expect(none.flags & 64).toBe(64)
  for (const prompt of ['one', 'two']) {
    await discord.offers(await ada.slash('imagine', { prompt, count: 4, size: '64x64' }), 'Reroll')
  }
  await discord.offers(await discord.user('bob').slash('imagine', { prompt: 'of another' }), 'Reroll')
  const message = await says(await ada.slash('me'), t('me.shown', { first: 1, last: 6, total: 8 }))
  expect(message.content).toContain('1. two')
  expect(message.content).toContain('6. one')
  expect(message.content).not.toContain('of another')
  expect(message.attachments).toHaveLength(6)
  expect(labels(message)).toEqual([t('button.older')])
  await ada.press(message, t('button.older'))
  await changed(message, t('me.shown', { first: 7, last: 8, total: 8 }))
  expect(labels(message)).toEqual([t('button.newer')])
  await ada.choose(message, t('me.styles.label'))
  await changed(message, 'No styles yet')
})

test('my defaults hold when I name nothing, before those of the server', async () => {
  const { discord, studio, ada } = await open()
  const message = await says(await ada.slash('me'), 'No pictures yet')
  await ada.choose(message, t('me.defaults.label'))
  await changed(message, t('settings.modelSize'))
  const sizes = message.components[0]!.components!.flatMap(row => row.components ?? []).flatMap(
    one => one.options ?? [],
  )
  const wide = sizes.find(({ label }) => label.startsWith('Wide'))!
  await ada.choose(message, wide.label)
  const shown = wide.value.replace('x', ' × ')
  await changed(message, shown)
  const guild = { id: discord.guild.id, isManager: true }
  const by = (await studio.people.findDiscord(ada.user.id))!.id
  const other = sizes.find(({ label }) => label.startsWith('Tall'))!
  await studio.guildOffice.settings.change(by, guild, () => ({ defaultSize: other.value }))
  expect((await discord.offers(await ada.slash('imagine', { prompt: 'a pier' }), 'Reroll')).content).toContain(shown)
  const bob = await discord.offers(await discord.user('bob').slash('imagine', { prompt: 'a pier' }), 'Reroll')
  expect(bob.content).toContain(other.value.replace('x', ' × '))
})

test('everything of mine comes along as a zip by link, for a day', async () => {
  const { discord, studio, ada } = await open()
  await discord.offers(await ada.slash('imagine', { prompt: 'a red house', count: 2 }), 'Reroll')
  const message = await says(await ada.slash('me'), 'a red house')
  await ada.choose(message, t('me.data.label'))
  await changed(message, '2 pictures, 0 styles')
  const answered = await says(await ada.press(message, t('button.export')), 'as a zip')
  const { url } = buttonsOf(answered)[0]!
  const [, secret] = /^https:\/\/paint\.example\.org\/exports\/([\w-]{20,})\.zip$/.exec(url!)!
  const zip = await studio.ownData.openExport(secret!)
  await expect(studio.ownData.openExport(secret!)).rejects.toMatchObject({ code: 'export/running' })
  const files = unzipSync(await collect(zip!))
  const names = Object.keys(files)
  expect(names.filter(name => /^pictures\/[\w-]+\.png$/.test(name))).toHaveLength(2)
  expect(JSON.parse(Buffer.from(files['index.json']!).toString())).toMatchObject({
    person: { name: 'Ada' },
    jobs: [{ pictures: [{ recipe: { prompt: 'a red house' } }, {}] }],
  })
  expect(await studio.ownData.openExport('x'.repeat(22))).toBeNull()
})

test('where there is no address, the zip is a file', async () => {
  const { discord, ada } = await open({ bot: { publicUrl: null } })
  await discord.offers(await ada.slash('imagine', { prompt: 'a red house' }), 'Reroll')
  const message = await says(await ada.slash('me'), 'a red house')
  await ada.choose(message, t('me.data.label'))
  await changed(message, '1 picture,')
  const answered = await says(await ada.press(message, t('button.export')), t('me.exportedFile'))
  expect(Object.keys(unzipSync(answered.attachments[0]!.bytes))).toContain('index.json')
})

test('deleting everything asks once more, ends what is under way, and leaves nothing', async () => {
  const { discord, studio, engine, ada } = await open()
  await discord.offers(await ada.slash('imagine', { prompt: 'a red house' }), 'Reroll')
  engine.hold()
  const running = await ada.slash('imagine', { prompt: 'a pier' })
  await discord.offers(running, 'Cancel')
  const by = (await studio.people.findDiscord(ada.user.id))!.id
  const message = await says(await ada.slash('me'), 'a red house')
  await ada.choose(message, t('me.data.label'))
  await changed(message, '2 pictures')
  await ada.press(message, t('button.eraseme'))
  await changed(message, 'for good?')
  expect(labels(message)).toEqual([t('button.forget'), t('button.keep')])
  await ada.press(message, t('button.forget'))
  await changed(message, 'Deleted: 2 pictures')
  expect(await studio.people.findDiscord(ada.user.id)).toBeNull()
  expect(await studio.pictures.ofPerson(by, 9)).toEqual([])
  engine.release()
  await says(await ada.slash('me'), 'No pictures yet')
})

test('/info says what paints, how long the queue is, and what I may have here', async () => {
  const { discord, studio, engine, ada } = await open()
  engine.hold()
  await discord.offers(await ada.slash('imagine', { prompt: 'a pier', count: 2 }), 'Cancel')
  const by = (await studio.people.findDiscord(ada.user.id))!.id
  await studio.guildOffice.settings.change(by, { id: discord.guild.id, isManager: true }, () => ({
    coolDownSeconds: 9,
    roles: [{ role: discord.guild.id, picturesPerHour: 5, concurrent: null, maxSide: 128 }],
  }))
  const { content, flags } = await says(await ada.slash('info'), '**Queue**')
  expect(flags & 64).toBe(64)
  expect(content).toMatch(/\*\*Queue\*\* {2}\d being painted, \d waiting/)
  expect(content).toContain('5 pictures per hour, up to 128 pixels on a side, 9 s between requests')
  expect(content).toContain('I read no messages')
  engine.release()
})
