import { describe, expect, test } from 'vitest'
import { fastEdits, type TestBotOptions } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import { patient } from '../support/patience.ts'

/** A Discord, or something between it and us, that loses answers. */

const bots = botOfEachTest()
const open = (options: TestBotOptions = fastEdits) => bots.open(options)

describe('an acknowledgement', () => {
  test.each([
    ['took effect before a 502', 502, { afterEffect: true }],
    ['took effect before the connection was cut', 'reset', { afterEffect: true }],
    ['never arrived: a 502', 502, {}],
    ['never arrived: the connection was cut', 'reset', {}],
    ['met an HTML 403 of a proxy', 403, { html: true }],
  ] as const)('that %s is not taken for a no', async (_what, status, how) => {
    const { discord } = await open()
    discord.fail('interaction.callback', status, 1, how)
    const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
    const message = await discord.offers(asked, 'Reroll')
    expect(message.attachments).toHaveLength(1)
    const buttons = message.history.filter(edit => edit.buttons.includes('Reroll'))
    expect(buttons).toHaveLength(1)
  })

  test.each([502, 'reset'] as const)('of a button survives %s after its effect', async status => {
    const { discord } = await open()
    const ada = discord.user('ada')
    const first = await discord.offers(await ada.slash('imagine', { prompt: 'a pier' }), 'Reroll')
    discord.fail('interaction.callback', status, 1, { afterEffect: true })
    const message = await discord.offers(await ada.press(first, 'Reroll'), 'Reroll')
    expect(message.id).not.toBe(first.id)
    discord.fail('interaction.callback', status, 1, { afterEffect: true })
    await ada.press(message, 'Delete')
    await discord.until(() => message.deleted, 'the message to be deleted')
  })

  test('that another program with our token has made is left alone', async () => {
    const { discord, lines } = await open()
    discord.fail('interaction.callback', 400, 1, { code: 40060 })
    await expect(discord.user('ada').slash('imagine', { prompt: 'a pier' })).rejects.toThrow('did not respond')
    await discord.until(() => lines.some(line => line.includes('could not be acknowledged')), 'a line in the log')
    expect(discord.requests.filter(({ route }) => route === 'interaction.callback')).toHaveLength(1)
  })
})

test('a clock that moves does not make the bot deaf', async () => {
  const { discord } = await open()
  const ada = discord.user('ada')
  await discord.offers(await ada.slash('imagine', { prompt: 'a pier' }), 'Reroll')
  discord.clock.advance(-10_000)
  await discord.offers(await ada.slash('imagine', { prompt: 'a quay' }), 'Reroll')
  discord.clock.advance(20_000)
  await discord.offers(await ada.slash('imagine', { prompt: 'a jetty' }), 'Reroll')
})

describe('a final message', () => {
  test.each([
    ['an HTML 403 of a proxy', 403, { html: true }],
    ['a cut connection', 'reset', {}],
    ['an HTML 503', 503, { html: true }],
  ] as const)('is written again after %s', async (_what, status, how) => {
    const { discord, engine } = await open({ bot: { throttle: { firstMs: 60_000 } } })
    engine.hold()
    const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' }, discord.elsewhere)
    discord.fail('webhook.edit', status, 1, how)
    engine.release()
    const message = await discord.offers(asked, 'Reroll')
    expect(message.attachments.map(file => file.contentType)).toEqual(['image/png'])
  })

  test('comes through the channel when its old message takes no more edits, which Discord may say as a 400', async () => {
    const { discord } = await open({ bot: { throttle: { firstMs: 60_000 } } })
    discord.fail('webhook.edit', 400, 1, { code: 30046 })
    const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
    await discord.offers(asked, 'Reroll')
    expect(discord.requests.filter(({ route }) => route === 'channel.edit')).toHaveLength(1)
  })

  test('becomes smaller when a proxy finds it too large, in HTML', async () => {
    const { discord } = await open({ bot: { throttle: { firstMs: 60_000 } } })
    discord.fail('webhook.edit', 413, 1, { html: true })
    const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' }, discord.elsewhere)
    const message = await discord.offers(asked, 'Reroll')
    expect(message.attachments.map(file => file.contentType)).toEqual(['image/jpeg'])
  })

  test('does not wait for a preview that hangs, and is not overtaken by it', async () => {
    const { discord, engine, studio } = await open({
      bot: { throttle: { firstMs: 0, gapMs: 20, previewTimeoutMs: 300 } },
      // Long enough that a preview goes out before the picture is there.
      engine: { stepMs: 400 },
    })
    engine.hold()
    const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
    discord.fail('webhook.edit', 502, 1, { delayMs: patient(6_000), afterEffect: true })
    const edits = () => discord.requests.filter(({ route }) => route === 'webhook.edit').length
    engine.release()
    const message = await discord.offers(asked, 'Reroll', patient(5_800))
    const before = edits()
    await discord.until(async () => (await studio.chat.undelivered()).length === 0, 'the delivery')
    expect(edits()).toBeGreaterThan(before)
    expect(message.history.at(-1)!.buttons).toContain('Reroll')
  })
})
