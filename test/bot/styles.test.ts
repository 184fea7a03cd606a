import { readdir } from 'node:fs/promises'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { versionLine } from '../../bot/messages/styleReplies.ts'
import type { StyleId } from '../../studio/studio.ts'
import { english, type TestBot, type TestBotOptions, teach } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import { type Actor, buttonsOf, type Interaction, type Message, type Upload } from '../support/discord/index.ts'

const bots = botOfEachTest()
const quick: TestBotOptions = { bot: { throttle: { gapMs: 20, slowGapMs: 20 } } }
const open = (options: TestBotOptions = quick) => bots.open(options)

const labels = (message: Message) => buttonsOf(message).map(button => button.label)
const hidden = 64

async function attachment(color: string): Promise<Upload> {
  const bytes = await sharp({ create: { width: 90, height: 60, channels: 3, background: color } })
    .png()
    .toBuffer()
  return { name: `${color}.png`, bytes, contentType: 'image/png' }
}
const colors = ['teal', 'tan', 'navy', 'plum', 'gold', 'gray', 'coral', 'olive', 'pink', 'brown']
async function images(count = 4): Promise<Upload[]> {
  return Promise.all(colors.slice(0, count).map(attachment))
}
/** Teaches a style and waits until it is learned. */
async function taught({ discord }: TestBot, by: Actor, name: string): Promise<Message> {
  const asked = await teach(by, name, await images())
  return discord.offers(asked, 'Use for me')
}
/** What a command answers, once it does. */
async function answer({ discord }: TestBot, asked: Interaction): Promise<Message> {
  await discord.until(() => asked.original?.content, 'an answer')
  return asked.original!
}
async function says(bot: TestBot, by: Actor, command: string, options = {}): Promise<string> {
  const message = await answer(bot, await by.slash(command, options))
  expect(message.flags & hidden).toBe(hidden)
  return message.content
}
async function personOf({ studio }: TestBot, { user }: Actor) {
  return (await studio.people.fromDiscord({ discordId: user.id, name: user.globalName! })).id
}
async function painted(bot: TestBot, by: Actor, options: Record<string, string | number>) {
  const asked = await by.slash('imagine', { prompt: 'a red house', seed: 7, ...options })
  const message = await bot.discord.offers(asked, 'Reroll')
  return { message, ask: bot.engine.asks.at(-1)! }
}

test('learns from the ten files of a form, showing how far it is, and ends with pictures without and with the style', async () => {
  const { discord, engine, studio } = await open()
  engine.hold()
  const ada = discord.user('ada')
  const asked = await teach(ada, 'My chalk', await images(10))
  const message = await discord.offers(asked, 'Cancel')
  expect(message.flags & hidden).toBe(0)
  expect(message.content).toContain('Learning **My chalk** from 10 pictures.')
  expect(message.content).toContain('deleting it deletes them')
  engine.release()
  await discord.offers(asked, 'Use for me')
  expect(message.content).toMatch(/^\*\*My chalk\*\* has learned from 10 pictures\.\n/)
  expect(message.content).toContain('version 1')
  expect(labels(message)).toEqual(['Use for me', 'Learn again'])
  expect(message.attachments.map(({ filename }) => filename)).toEqual(['before.png', 'after.png', 'curve.png'])
  expect(message.allowedMentions).toEqual({ parse: [] })
  const [style] = await studio.styles.list(await personOf(bots.current, ada), { own: true })
  expect(style).toMatchObject({ name: 'My chalk', version: 1, pictures: 10, sharing: 'private', isMine: true })
  await discord.until(async () => (await studio.styles.chat.undelivered()).length === 0, 'the delivery')
})

test('shows progress at its pace, with what it paints by now', async () => {
  let goOn = (): void => undefined
  const seen = new Promise<void>(resolve => {
    goOn = resolve
  })
  const beforeLearning = async (step: number) => (step === 4 ? seen : undefined)
  const { discord } = await open({ bot: { throttle: { gapMs: 20, slowGapMs: 300 } }, engine: { beforeLearning } })
  const asked = await teach(discord.user('ada'), 'chalk', await images())
  await discord.until(() => asked.original!.attachments.length, 'a preview')
  expect(asked.original!.content).toMatch(/\nLearning: step \d of 6, about \d+ s left\n/)
  expect(asked.original!.attachments[0]!.filename).toBe('preview.jpg')
  goOn()
  const message = await discord.offers(asked, 'Use for me')
  const times = message.history.slice(1, -1).map(({ at }) => at)
  for (const [index, at] of times.slice(1).entries()) expect(at - times[index]!).toBeGreaterThanOrEqual(295)
})

test('a second form adds pictures and learns the next version, and later only keeps them', async () => {
  const { discord, studio } = await open()
  const ada = discord.user('ada')
  await taught(bots.current, ada, 'chalk')
  const kept = await teach(ada, 'CHALK', [await attachment('white')], { isLater: true })
  expect((await answer(bots.current, kept)).content).toContain('has 5 pictures now')
  await discord.offers(await teach(ada, 'chalk'), 'Use for me')
  const styles = await studio.styles.list(await personOf(bots.current, ada), { own: true })
  expect(styles.map(({ name, pictures }) => [name, pictures])).toEqual([['chalk', 5]])
  const { versions } = await studio.styles.show(await personOf(bots.current, ada), styles[0]!.id)
  expect(versions.map(({ pictures }) => pictures)).toEqual([5, 4])
})

test('asks for pictures where there are none, and refuses what is no picture', async () => {
  const { discord, studio } = await open()
  const ada = discord.user('ada')
  await expect(teach(ada, 'chalk')).rejects.toThrow('refuses 0 files')
  const text = { name: 'a.png', bytes: Buffer.from('hello'), contentType: 'image/png' }
  const refused = await discord.refusal(await teach(ada, 'chalk', [text]))
  expect(refused.content).toContain('PNG, JPEG or WebP')
  expect(await studio.styles.list(await personOf(bots.current, ada), { own: true })).toEqual([])
})

test('only the one who asked cancels a lesson, and then can begin it again', async () => {
  const { discord, engine } = await open()
  engine.hold()
  const ada = discord.user('ada')
  const asked = await teach(ada, 'chalk', await images())
  const message = await discord.offers(asked, 'Cancel')
  const other = await discord.user('bob').press(message, 'Cancel')
  await discord.until(() => other.followUps.length, 'a refusal')
  expect(other.followUps[0]!.flags & hidden).toBe(hidden)
  await ada.press(message, 'Cancel')
  await discord.offers(asked, 'Learn again')
  expect(message.content).toContain('**chalk** was not learned.\nCancelled')
  engine.release()
  await discord.offers(await ada.press(message, 'Learn again'), 'Use for me')
})

test('paints in a style, mixes several, and says so beneath the picture', async () => {
  const { discord, studio } = await open()
  const ada = discord.user('ada')
  await taught(bots.current, ada, 'chalk')
  await taught(bots.current, ada, 'My sepia')
  const one = await painted(bots.current, ada, { style: 'chalk', 'style-strength': 0.8 })
  expect(one.ask.styles?.map(({ weight }) => weight)).toEqual([0.8])
  expect(one.message.content).toContain('in chalk × 0.8')
  const mixed = await painted(bots.current, ada, { style: 'chalk:0.7, my SEPIA:.5' })
  expect(mixed.ask.styles?.map(({ weight }) => weight)).toEqual([0.7, 0.5])
  expect(mixed.message.content).toContain('in chalk × 0.7 · in My sepia × 0.5')
  const rerolled = await discord.offers(await ada.press(mixed.message, 'Reroll'), 'Reroll')
  expect(rerolled.content).toContain('in chalk × 0.7')

  const refused = await ada.slash('imagine', { prompt: 'a', style: 'chalk, *oil*' })
  expect((await discord.refusal(refused)).content).toMatch(/^There is no style "\\\*oil\\\*"/)
  expect(await studio.chat.undelivered()).toEqual([])
})

test('a default style is used when none is named, until it is taken back', async () => {
  const { discord } = await open()
  const ada = discord.user('ada')
  const message = await taught(bots.current, ada, 'chalk')
  const used = await ada.press(message, 'Use for me')
  expect((await answer(bots.current, used)).content).toContain('**chalk** is the style of your pictures now')
  expect(used.original!.flags & hidden).toBe(hidden)
  expect((await painted(bots.current, ada, {})).ask.styles).toHaveLength(1)
  expect((await painted(bots.current, ada, { style: 'none' })).ask.styles ?? []).toEqual([])
  expect(await says(bots.current, ada, 'style use', { name: 'none' })).toContain('no style now')
  expect((await painted(bots.current, ada, {})).ask.styles ?? []).toEqual([])
})

test('suggests own and shared styles while a mix is typed, never private ones of others', async () => {
  const { discord } = await open()
  const [ada, bob] = [discord.user('ada'), discord.user('bob')]
  await taught(bots.current, ada, 'chalk')
  await taught(bots.current, ada, 'charcoal')
  await taught(bots.current, bob, 'chintz')
  expect(await bob.type('imagine', 'style', 'ch')).toEqual([{ name: 'chintz', value: 'chintz' }])
  expect(await says(bots.current, ada, 'style share', { name: 'chalk', with: 'server' })).toContain(
    'shared with this server',
  )
  // The web offers that server by its name from now on.
  const { id } = await bots.current.studio.people.fromDiscord({ discordId: ada.user.id, name: 'Ada' })
  expect(await bots.current.studio.guilds.ofPerson(id)).toEqual([
    { id: discord.guild.id, name: 'Workshop', sharing: true },
  ])
  expect(await bob.type('imagine', 'style', 'chintz:0.5, ch')).toEqual([
    { name: 'chintz:0.5, chintz', value: 'chintz:0.5, chintz' },
    { name: 'chintz:0.5, chalk · by Ada', value: 'chintz:0.5, chalk' },
  ])
  expect((await painted(bots.current, bob, { style: 'chintz:0.5, chalk' })).ask.styles).toHaveLength(2)
  expect((await ada.type('style rename', 'name', '')).map(({ value }) => value).sort()).toEqual(['chalk', 'charcoal'])
  expect(await ada.type('imagine', 'style', 'no')).toEqual([{ name: 'No style', value: 'none' }])
})

test('typing writes nothing, and what is typed before the newest key is not looked up', async () => {
  const { discord, studio } = await open()
  const [ada, eve] = [discord.user('ada'), discord.user('eve')]
  await taught(bots.current, ada, 'chalk')
  await says(bots.current, ada, 'style share', { name: 'chalk', with: 'everyone' })
  expect(await eve.type('imagine', 'style', 'cha')).toEqual([{ name: 'chalk · by Ada', value: 'chalk' }])
  expect(await studio.people.findDiscord(eve.user.id)).toBe(null)

  const answered = () => discord.requests.filter(({ route }) => route === 'interaction.callback').length
  const before = answered()
  const keys = Array.from({ length: 40 }, (_, key) => eve.type('imagine', 'style', 'chalk'.slice(0, key % 6)))
  const asked = await ada.slash('imagine', { prompt: 'a pier' })
  await discord.offers(asked, 'Reroll')
  expect(asked.acknowledged!.at - asked.createdAt).toBeLessThan(3_000)
  expect(await keys.at(-1)).toHaveLength(1)
  expect(answered() - before).toBeLessThan(20)
  await Promise.allSettled(keys)
})

test('lists, shows and renames, for the one who asked alone', async () => {
  const { discord } = await open()
  const ada = discord.user('ada')
  expect(await says(bots.current, ada, 'style list')).toContain('No styles yet')
  await taught(bots.current, ada, 'chalk')
  expect(await says(bots.current, ada, 'style list')).toMatch(/^- \*\*chalk\*\* · version 1 · 4 pictures · private$/)
  expect(await says(bots.current, ada, 'style rename', { name: 'chalk', to: 'slate' })).toContain('**slate**')
  const shown = await answer(bots.current, await ada.slash('style show', { name: 'slate' }))
  expect(shown.flags & hidden).toBe(hidden)
  expect(shown.content).toMatch(/● version 1 · <t:\d+:d> · 4 pictures · \d steps · \d+\u00a0kB/)
  expect(shown.content).toContain('**Without the style**\n**With it**\n**How it was learned**')
  const wide = 4 * 160 + 3 * 4
  expect(shown.attachments).toMatchObject([
    { filename: 'before.png', width: wide, description: 'Example pictures without slate' },
    { filename: 'after.png', width: wide, description: 'The same prompts and seeds with slate' },
    { filename: 'curve.png', width: 4 * 160, description: 'The learning curve of slate' },
  ])
  // A lesson may end before its last step, when more of it would do harm.
  const { versions } = await bots.current.studio.styles.show(
    await personOf(bots.current, ada),
    (await bots.current.studio.styles.find(await personOf(bots.current, ada), 'slate')).id,
  )
  const short = { ...versions[0]!, curve: versions[0]!.curve.slice(0, 3) }
  expect(versionLine(english, short)).toContain(' · 3 of 6 steps · ')
  const other = await discord.user('bob').slash('style show', { name: 'slate' })
  expect((await answer(bots.current, other)).content).not.toContain('version')
})

test('goes back to an earlier version', async () => {
  const { discord, studio } = await open()
  const ada = discord.user('ada')
  const message = await taught(bots.current, ada, 'chalk')
  await discord.offers(await ada.press(message, 'Learn again'), 'Use for me')
  expect(await says(bots.current, ada, 'style restore', { name: 'chalk', version: 1 })).toContain('version 1 again')
  const by = await personOf(bots.current, ada)
  expect((await studio.styles.find(by, 'chalk')).version).toBe(1)
})

test('exports a file that can be imported again under another name', async () => {
  const { discord } = await open()
  const ada = discord.user('ada')
  await taught(bots.current, ada, 'chalk')
  const exported = await answer(bots.current, await ada.slash('style export', { name: 'chalk' }))
  const [file] = exported.attachments
  expect(file!.filename).toMatch(/\.safetensors$/)
  const upload = { name: 'borrowed.safetensors', bytes: file!.bytes, contentType: 'application/octet-stream' }
  expect(await says(bots.current, ada, 'style import', { file: upload })).toContain('**borrowed** · version 1')
  expect(await says(bots.current, ada, 'style import', { file: upload, name: 'chalk' })).toContain(
    '**chalk** · version 2',
  )
  const broken = { ...upload, bytes: Buffer.from('not a style') }
  expect(await says(bots.current, ada, 'style import', { file: broken })).not.toContain('version')
})

test('deletes after a confirmation, with nothing left', async () => {
  const { discord, studio, folder } = await open()
  const ada = discord.user('ada')
  const files = async () =>
    (await readdir(folder, { recursive: true })).filter(name => !/\.db|^files$|^styles$/.test(name))
  const before = await files()
  const message = await taught(bots.current, ada, 'chalk')
  const kept = await answer(bots.current, await ada.slash('style delete', { name: 'chalk' }))
  expect(kept.flags & hidden).toBe(hidden)
  expect(labels(kept)).toEqual(['Delete for good', 'Keep it'])
  await ada.press(kept, 'Keep it')
  await discord.until(() => kept.content === 'Kept.', 'the answer')
  const asked = await answer(bots.current, await ada.slash('style delete', { name: 'chalk' }))
  await ada.press(asked, 'Delete for good')
  await discord.until(() => asked.content.startsWith('Deleted'), 'the deletion')
  expect(labels(asked)).toEqual([])
  expect(await studio.styles.list(await personOf(bots.current, ada))).toEqual([])
  expect(await files()).toEqual(before)
  // Its message stays, and its buttons say so.
  const pressed = await ada.press(message, 'Learn again')
  expect((await discord.refusal(pressed)).content).toMatch(/style/i)
})

test('nobody deletes, cancels or teaches what is not theirs, by forged buttons either', async () => {
  const { discord, studio } = await open()
  const [ada, bob] = [discord.user('ada'), discord.user('bob')]
  const message = await taught(bots.current, ada, 'chalk')
  const { id } = await studio.styles.find(await personOf(bots.current, ada), 'chalk')
  for (const action of ['forget', 'stoplearn', 'learn', 'use']) {
    const forged = await bob.forge(message, `fs1:${action}:${id}`)
    const refusal = () => forged.followUps[0]?.content ?? (forged.original === message ? '' : forged.original?.content)
    await discord.until(refusal, `a refusal of ${action}`)
  }
  expect((await studio.styles.find(await personOf(bots.current, ada), 'chalk')).version).toBe(1)
})

test('those who manage a server switch learning and sharing off for it', async () => {
  const { discord } = await open()
  const [ada, bob] = [discord.user('ada'), discord.user('bob')]
  expect(await says(bots.current, ada, 'style server')).toContain('**on** and sharing them is **on**')
  expect(await says(bots.current, ada, 'style server', { learning: 'off' })).not.toContain('**off**')
  bob.user.permissions.add('manageGuild')
  expect(await says(bots.current, bob, 'style server', { learning: 'off' })).toContain('learning styles is **off**')
  const refused = await discord.refusal(await teach(ada, 'chalk', await images()))
  expect(buttonsOf(refused)).toEqual([])
  const direct = await teach(ada, 'chalk', await images(), { where: ada.direct })
  await discord.offers(direct, 'Use for me')
})

test('the owner of a room gets a link that signs them in, for themselves alone', async () => {
  const { discord, studio } = await open()
  const ada = discord.user('ada')
  const asked = await ada.slash('canvas', { name: 'Workshop' })
  await discord.until(() => asked.followUps.length, 'the link')
  expect(asked.original!.content).not.toContain('#code=')
  const [own] = asked.followUps
  expect(own!.flags & hidden).toBe(hidden)
  const [, code] = /\/r\/[\w-]+#code=([\w-]+)/.exec(buttonsOf(own!)[0]!.url!)!
  expect((await studio.people.fromCode(code!))?.id).toBe(await personOf(bots.current, ada))
  expect(await studio.people.fromCode(code!)).toBeNull()
})

test('a lesson goes on after a restart, in the same message', async () => {
  const { discord, engine } = await open()
  engine.hold()
  const ada = discord.user('ada')
  const asked = await teach(ada, 'chalk', await images())
  const message = await discord.offers(asked, 'Cancel')
  await bots.restart()
  await discord.offers(asked, 'Use for me')
  expect(asked.original).toBe(message)
  expect(message.content).toContain('**chalk** has learned from 4 pictures.')
  // And the buttons of before still know what they are about.
  await ada.press(message, 'Use for me')
  const by = await personOf(bots.current, ada)
  await discord.until(async () => (await bots.current.studio.styles.defaultOf(by))?.name === 'chalk', 'the default')
  expect(await bots.current.studio.styles.findLearning('nothing' as never)).toBeNull()
  expect((await bots.current.studio.styles.list(by)).map(({ id }): StyleId => id)).toHaveLength(1)
})
