import sharp from 'sharp'
import { expect, test } from 'vitest'
import { errors } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { readRecipe } from '../../studio/images/png.ts'
import { fastEdits, type TestBotOptions } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import { buttonsOf, type Interaction, type Message } from '../support/discord/index.ts'
import { withQueue } from '../support/studio.ts'

const bots = botOfEachTest()
const open = (options: TestBotOptions = fastEdits) => bots.open(options)
const labels = (message: Message) => buttonsOf(message).map(button => button.label)

test('acknowledges, previews, and ends with the picture, its recipe and its buttons', async () => {
  const { discord, studio, engine } = await open({ engine: { stepMs: 350 } })
  engine.hold()
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a red house by a lake', seed: 7 })
  const message = asked.original!
  await discord.offers(asked, 'Cancel')
  engine.release()
  await discord.offers(asked, 'Reroll')

  expect(message.content).toMatch(
    /^\*\*a red house by a lake\*\*\n-# seed 7 · 4 steps · guidance 8 · \[64 × 64\]\(https:\/\/paint\.example\.org\/pictures\/[\w-]+\.png\) · \d\.\d\u00a0s · stripes$/,
  )
  expect(labels(message)).toEqual(['Vary', 'Reroll', 'Steps', 'Open on canvas', 'Delete'])
  expect(message.allowedMentions).toEqual({ parse: [] })
  expect(message.attachments).toHaveLength(1)
  const [picture] = message.attachments
  expect(picture).toMatchObject({ filename: 'fourstroke-7.png', contentType: 'image/png', width: 512, height: 512 })
  expect(picture!.description).toBe('Painted: a red house by a lake')
  const previews = message.history.filter(({ files }) => files[0] === 'preview.jpg')
  expect(previews.length).toBeGreaterThan(0)
  for (const { content, buttons } of previews) {
    expect(content).toMatch(/\nPainting: step \d of 4$/)
    expect(buttons).toEqual(['Cancel'])
  }
  await discord.until(async () => (await studio.chat.undelivered()).length === 0, 'the delivery')
})

test('sends the picture large enough to look at, with its recipe inside, and the original one click away', async () => {
  const { discord, studio } = await open()
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a boat', seed: 3 })
  const message = await discord.offers(asked, 'Reroll')
  const person = await studio.people.fromDiscord({ discordId: discord.user('ada').user.id, name: 'Ada' })
  const [picture] = await studio.pictures.ofPerson(person.id, 1)
  expect(picture).toMatchObject({ origin: 'chat', state: 'finished', recipe: { seed: 3, prompt: 'a boat' } })
  const original = (await studio.pictures.files.read(picture!.file!))!
  const [shown] = message.attachments
  expect(readRecipe(shown!.bytes)).toEqual(readRecipe(original))
  const back = await sharp(shown!.bytes).resize(64, 64, { kernel: 'nearest' }).raw().toBuffer()
  expect(Math.abs(back[0]! - (await sharp(original).raw().toBuffer())[0]!)).toBeLessThan(32)
  const [, secret] = /\]\(https:\/\/paint\.example\.org\/pictures\/([\w-]+)\.png\)/.exec(message.content)!
  expect((await studio.pictures.fromLink(secret!))?.id).toBe(picture!.id)
})

test('shows four pictures each alone, with a menu for one of them and few buttons', async () => {
  const { discord } = await open()
  const ada = discord.user('ada')
  const asked = await ada.slash('imagine', { prompt: 'four boats', seed: 10, count: 4, size: '64x48' })
  const message = await discord.offers(asked, 'Reroll')
  expect(message.attachments.map(({ filename, width, height }) => [filename, width, height])).toEqual(
    [10, 11, 12, 13].map(seed => [`fourstroke-${seed}.png`, 512, 384]),
  )
  expect(message.attachments.map(({ description }) => description)).toContain('Painted: four boats (2)')
  expect(message.attachments.map(({ bytes }) => readRecipe(bytes)!.seed)).toEqual([10, 11, 12, 13])
  expect(message.content).toContain('seeds 10 to 13')
  expect(labels(message)).toEqual(['Reroll', 'Edit prompt', 'Delete'])

  const bob = discord.user('bob')
  const chosen = await bob.choose(message, 'Picture 3')
  const alone = await discord.offers(chosen, 'Vary')
  expect(alone.flags & 64).toBe(64)
  expect(alone.content).toContain('**four boats** · Picture 3\n-# seed 12')
  expect(labels(alone)).toEqual(['Vary', 'Steps', 'Open on canvas'])
  expect(alone.attachments.map(({ filename }) => filename)).toEqual(['fourstroke-12.png'])
  expect((await discord.offers(await bob.press(alone, 'Vary'), 'Reroll')).content).toContain('over an image')
})

test('paints over an attached image', async () => {
  const { discord, engine } = await open()
  const bytes = await sharp({ create: { width: 90, height: 60, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  const image = { name: 'sketch.png', bytes, contentType: 'image/png' }
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a harbour', image, strength: 0.5, size: '96x64' })
  const message = await discord.offers(asked, 'Reroll')
  expect(message.content).toContain('over an image, strength 0.5')
  expect(engine.asks[0]).toMatchObject({ strength: 0.5, image: { width: 96, height: 64 } })
})

test('takes a negative prompt, a variation and a second pass, and what is made from it keeps them', async () => {
  const { discord, engine } = await open({ ...fastEdits, engine: { guidanceEmbedding: false } })
  const ada = discord.user('ada')
  const said = { negative: 'a cat', guidance: 4, variation: 0.3, upscale: 0.2, seed: 7 }
  const message = await discord.offers(await ada.slash('imagine', { prompt: 'a harbour', ...said }), 'Reroll')
  const kept = { negativePrompt: 'a cat', guidance: 4, upscale: { strength: 0.2 }, seed: 7 }
  expect(engine.asks[0]).toMatchObject({ ...kept, variation: { strength: 0.3 } })
  // The size that comes of it.
  expect(message.content).toContain('[128 × 128]')
  for (const button of ['Reroll', 'Vary']) {
    await discord.offers(await ada.press(message, button), 'Reroll')
    expect(engine.asks.at(-1)).toMatchObject({ ...kept, variation: { strength: 0.3 } })
    // Another variation of the same picture.
    expect(engine.asks.at(-1)!.variation!.seed).not.toBe(engine.asks[0]!.variation!.seed)
  }
})

const fileOf = async (name: string, background: string, width = 64, height = 64) => ({
  ...{ name: `${name}.png`, contentType: 'image/png' },
  bytes: await sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer(),
})

test('takes masks, margins, regions, and what single steps do', async () => {
  const { discord, engine } = await open()
  const ada = discord.user('ada')
  const [image, white] = [await fileOf('sketch', 'teal'), await fileOf('mask', 'white')]
  const say = async (options: Record<string, unknown>) => {
    await discord.offers(await ada.slash('imagine', { prompt: 'a harbour', seed: 7, ...options }), 'Reroll')
    return engine.asks.at(-1)!
  }
  expect(await say({ image, mask: white })).toMatchObject({ strength: 1, maskImage: { width: 64, height: 64 } })
  expect(await say({ image, outpaint: '0, 0,32,0' })).toMatchObject({ width: 96, height: 64, maskImage: { width: 96 } })
  expect(await say({ region: 'a boat', 'region-mask': white })).toMatchObject({ regions: [{ prompt: 'a boat' }] })
  expect(await say({ 'guidance-by-step': '6,4,2,1' })).toMatchObject({ guidanceByStep: [6, 4, 2, 1] })
  expect(await say({ timesteps: '999,700,300', 'end-step': 2 })).toMatchObject({
    timesteps: [999, 700, 300],
    endStep: 2,
  })
  for (const [options, words] of [
    [{ region: 'a boat' }, /`region-mask`: a picture that is white where it applies/],
    [{ 'region-mask': white }, /`region`: its prompt/],
    [{ mask: white }, /send an image with it/],
    [{ 'guidance-by-step': '6,x,2,1' }, /The guidance must be a number/],
    [{ image, outpaint: '32' }, /cannot be used|cannot paint|can paint/],
  ] as const) {
    const refused = await discord.refusal(await ada.slash('imagine', { prompt: 'a harbour', ...options }))
    expect(refused.content).toMatch(words)
  }
})

test('goes on from a step of a picture that a link leads to', async () => {
  const { discord, engine } = await open()
  const ada = discord.user('ada')
  const first = await discord.offers(await ada.slash('imagine', { prompt: 'a lake', seed: 7, size: '96x64' }), 'Reroll')
  const [link] = /https:[^)]+\.png/.exec(first.content)!
  await discord.offers(await ada.slash('imagine', { prompt: 'a boat', from: link, 'from-step': 2 }), 'Reroll')
  expect(engine.asks.at(-1)).toMatchObject({
    ...{ prompt: 'a boat', seed: 7, width: 96, height: 64 },
    prefix: [{ prompt: 'a lake', seed: 7, untilStep: 2 }],
  })
  await discord.offers(await ada.slash('imagine', { prompt: 'a lake', from: link, 'end-step': 1 }), 'Reroll')
  expect(engine.asks.at(-1)).toMatchObject({ seed: 7, endStep: 1, width: 96 })
  const nowhere = await ada.slash('imagine', { prompt: 'a boat', from: 'https://paint.example.org/pictures/x.png' })
  expect((await discord.refusal(nowhere)).content).toContain('link of its size, which stands below each picture')
})

test('says that a model with a guidance embedding takes no negative prompt', async () => {
  const { discord, engine } = await open()
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a harbour', negative: 'a cat' })
  expect((await discord.refusal(asked)).content).toContain('The negative prompt cannot be used. Leave it out')
  expect(engine.asks).toEqual([])
})

test('an attached image keeps its shape when no size is said', async () => {
  const { discord, engine } = await open()
  const bytes = await sharp({ create: { width: 90, height: 30, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  const image = { name: 'strip.png', bytes, contentType: 'image/png' }
  await discord.offers(await discord.user('ada').slash('imagine', { prompt: 'a harbour', image }), 'Reroll')
  const { width, height } = engine.asks[0]!
  expect(width / height).toBe(3)
})

test('with a busy engine it acknowledges within 3 s and says the place in the queue', async () => {
  const { discord, engine } = await open()
  engine.hold()
  const first = await discord.user('ada').slash('imagine', { prompt: 'first', count: 4 })
  const second = await discord.user('bob').slash('imagine', { prompt: 'second' })
  expect(second.acknowledged!.at - second.createdAt).toBeLessThan(3_000)
  await discord.until(() => second.original!.content.includes('In the queue: 4 ahead'), 'the place in the queue')
  engine.release()
  await discord.offers(first, 'Reroll')
  await discord.offers(second, 'Reroll')
})

test('says on a slow device how long a picture takes, and how long is left', async () => {
  const { discord } = await open({ ...fastEdits, engine: { stepMs: 600, pictureMs: 120_000 } })
  /** What it says on the way is there for half a second, which a busy machine may sleep through. */
  const said = async (asked: Interaction, text: string) => {
    await discord.until(() => asked.original!.history.some(({ content }) => content.includes(text)), text)
  }
  const first = await discord.user('ada').slash('imagine', { prompt: 'a mill' })
  await said(first, 'Painting…, about 2 min here')
  const second = await discord.user('ben').slash('imagine', { prompt: 'a pier' })
  await said(second, '1 ahead, about 4 min')
  await said(second, 'step 1 of 4, about 2 min left')
})

test('cancels for its owner while it waits, and offers to try again', async () => {
  const { discord, engine } = await open()
  engine.hold()
  const ada = discord.user('ada')
  const asked = await ada.slash('imagine', { prompt: 'a tower', seed: 5 })
  const cancel = await discord.offers(asked, 'Cancel')
  await ada.press(cancel, 'Cancel')
  const message = await discord.offers(asked, 'Retry')
  expect(message.content).toBe('**a tower**\nCancelled.')
  engine.release()
  const again = await ada.press(message, 'Retry')
  expect((await discord.offers(again, 'Reroll')).content).toContain('seed 5')
})

test('shows a failure in words with a Retry button', async () => {
  const { discord } = await open({ ...fastEdits, engine: { failures: { 'a black hole': 'engine/not-finite' } } })
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a black hole' })
  const message = await discord.offers(asked, 'Retry')
  expect(message.content).toBe('**a black hole**\nThe engine says: engine/not-finite.')
  expect(message.attachments).toHaveLength(0)
  expect(labels(message)).toEqual(['Retry', 'Edit prompt', 'Delete'])
})

test('apologises for a bug without telling what it was, and notes it whole', async () => {
  const { discord, lines, studio } = await open()
  const broken = new Error('the disk is full at /secret/place')
  studio.pictures.request = () => Promise.reject(broken)
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
  const apology = await discord.refusal(asked)
  expect(apology.content).toContain('Something went wrong')
  expect(labels(apology)).toEqual(['Retry'])
  expect(apology.content).not.toContain('disk')
  expect(lines.join('\n')).toContain('the disk is full at /secret/place')
})

test.each([
  ['an empty prompt', { prompt: ' \n ' }, 'Say what to paint'],
  ['a prompt of 2000 characters', { prompt: 'x'.repeat(2000) }, 'at most 1000 characters'],
  ['control characters', { prompt: 'a\u0007b' }, 'control characters'],
  ['a size that is none', { prompt: 'a', size: 'big <@1>' }, '"big \\<\\@1\\>" is not a size'],
  ['a size of zero', { prompt: 'a', size: '0x0' }, 'cannot paint 0 × 0. Width and height go from'],
  ['a size that is no multiple of 8', { prompt: 'a', size: '65x64' }, 'in steps of 8'],
  ['a huge size', { prompt: 'a', size: '99999x64' }, '512'],
  ['a strength without an image', { prompt: 'a', strength: 0.5 }, 'send an image with it'],
  ['too many styles', { prompt: 'a', style: 'a, b, c, d' }, 'At most 3 styles'],
] as const)('refuses %s in words that only the one who asked sees', async (_what, options, words) => {
  const { discord, studio } = await open()
  // As a client would send that knows no limit.
  for (const option of discord.world.commands[0]!['options'] as { max_length?: number }[]) delete option.max_length
  const asked = await discord.user('ada').slash('imagine', options)
  const { content } = await discord.refusal(asked)
  expect(content).toContain(words)
  expect(content).not.toMatch(/Expected|got/)
  expect(await studio.chat.undelivered()).toEqual([])
})

test.each([
  ['text', Buffer.from('hello'), 'PNG, JPEG or WebP'],
  ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'PNG, JPEG or WebP'],
  ['more than 10 MB', Buffer.alloc(limits.maxUploadBytes + 1), 'too large'],
  ['a truncated PNG', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'damaged'],
])('refuses an attachment of %s in words', async (_what, bytes, words) => {
  const { discord } = await open()
  const image = { name: 'x.png', bytes, contentType: 'image/png' }
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a', image })
  const { content } = await discord.refusal(asked)
  expect(content).toContain(words)
  expect(content).not.toMatch(/Expected|got/)
})

test('refuses politely when one person asks for too much', async () => {
  const { discord, engine } = await open({ ...fastEdits, studio: { budgets: withQueue(2, 9) } })
  engine.hold()
  const ada = discord.user('ada')
  await ada.slash('imagine', { prompt: 'one', count: 2 })
  const refused = await ada.slash('imagine', { prompt: 'two' })
  expect((await discord.refusal(refused)).content).toMatch(/^\*\*two\*\*\nYou already have as many pictures waiting/)
  engine.release()
})

test('what was refused for the time being can be retried, even after a restart', async () => {
  const { discord, engine } = await open({ ...fastEdits, studio: { budgets: withQueue(1, 0.5) } })
  engine.hold()
  const [ada, bob] = [discord.user('ada'), discord.user('bob')]
  const first = await ada.slash('imagine', { prompt: 'one' })
  await discord.offers(first, 'Cancel')
  const refused = await bob.slash('imagine', { prompt: 'two', seed: 22, size: '48x32', guidance: 3 })
  const message = await discord.refusal(refused)
  expect(message.content).toMatch(/^\*\*two\*\*\nThe studio is busy/)
  const tooEarly = await discord.refusal(await bob.press(message, 'Retry'))
  expect(tooEarly.content).toContain('The studio is busy')
  engine.release()
  await discord.offers(first, 'Reroll')

  await bots.restart()
  const painted = await discord.offers(await bob.press(tooEarly, 'Retry'), 'Reroll')
  expect(painted.content).toContain('**two**\n-# seed 22')
  expect(bots.current.engine.asks.at(-1)).toMatchObject({ prompt: 'two', seed: 22, width: 48, height: 32, guidance: 3 })
  const forged = await bob.forge(message, 'fs1:again:123')
  expect((await discord.refusal(forged)).content).toContain(errors['chat/button'].message)
})

test('what trying again cannot mend offers no Retry, and nothing of it is kept', async () => {
  const { discord, studio } = await open()
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a', size: '0x0' })
  expect(labels(await discord.refusal(asked))).toEqual([])
  await discord.until(async () => (await studio.chat.payloadOf(asked.id)) === null, 'the promise to be forgotten')
})

test('shows markdown, links and mentions of a prompt as they were typed, and pings nobody', async () => {
  const { discord } = await open()
  const prompt = '@everyone **bold** `code` ||spoiler|| <@123> # title [a](https://evil.example) \\ \u{1f3a8}'
  const asked = await discord.user('mallory').slash('imagine', { prompt: `${prompt}\n> quote` })
  const message = await discord.offers(asked, 'Reroll')
  expect(message.content.split('\n')[0]).toBe(
    '**\\@everyone \\*\\*bold\\*\\* \\`code\\` \\|\\|spoiler\\|\\| \\<\\@123\\> \\# title \\[a\\]\\(https\\://evil.example\\) \\\\ \u{1f3a8} \\> quote**',
  )
  expect(message.allowedMentions).toEqual({ parse: [] })
  const second = await discord.user('mallory').slash('imagine', { prompt: '*'.repeat(1000) })
  await discord.offers(second, 'Reroll')
})

test('suggests sizes that the model can paint', async () => {
  const { discord } = await open()
  expect(await discord.user('ada').type('imagine', 'size', '')).toEqual([
    { name: 'Square 64 × 64', value: '64x64' },
    { name: 'Wide 80 × 48', value: '80x48' },
    { name: 'Tall 48 × 80', value: '48x80' },
  ])
  expect(await discord.user('ada').type('imagine', 'size', '48x')).toHaveLength(1)
})
