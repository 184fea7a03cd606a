import { describe, expect, test } from 'vitest'
import { gatewayProblem, nextGatewayState, notConnected } from '../../bot/gateway/gatewayState.ts'
import type { TestBot, TestBotOptions } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import { openDiscord } from '../support/discord/index.ts'

/** Several connections to Discord, and those that Discord ends for good. */

const bots = botOfEachTest()
const ends: string[] = []
async function open(options: TestBotOptions = {}): Promise<TestBot> {
  ends.length = 0
  const bot = { throttle: { gapMs: 20 }, reconnectMs: 50, onEnd: (reason: string) => void ends.push(reason) }
  return bots.open({ bot, ...options })
}
async function paints({ discord }: TestBot): Promise<void> {
  for (const where of [discord.general, discord.next, discord.user('ada').direct]) {
    await discord.offers(await discord.user('ada').slash('imagine', { prompt: 'a pier' }, where), 'Reroll')
  }
}

test('opens as many connections as Discord recommends, and answers on each', async () => {
  const { discord, bot } = await open({ discord: { shards: 2 } })
  expect(discord.gateway.identifies.map(({ shard }) => shard)).toEqual([
    [0, 2],
    [1, 2],
  ])
  expect(bot.problem()).toBeNull()
  await paints(bots.current)
})

test('says that one of two connections is lost, until it is resumed', async () => {
  const { discord, bot } = await open({ discord: { shards: 2 } })
  discord.gateway.drop(4000, 1)
  await discord.until(() => bot.problem() !== null, 'the loss to be said')
  expect(bot.problem()).toBe('The bot has lost 1 of 2 connections to Discord, and connects again.')
  expect(bot.shards()).toEqual({ 0: true, 1: false })
  await discord.until(() => bot.problem() === null, 'the connection')
  expect(discord.gateway.resumes).toHaveLength(1)
  await paints(bots.current)
})

test('connects anew with more shards when Discord wants more', async () => {
  const { discord, bot, lines } = await open()
  discord.gateway.shards = 2
  discord.gateway.drop(4011)
  await discord.until(() => bot.problem() !== null, 'the end to be said')
  expect(bot.problem()).toBe('Discord wants more connections (shards) for so many servers.')
  await discord.until(() => bot.problem() === null, 'new connections')
  expect(discord.gateway.identifies.at(-1)!.shard).toEqual([1, 2])
  expect(lines.join('\n')).toContain('"code":4011')
  expect(ends).toEqual([])
  await paints(bots.current)
})

test('tries again until Discord can be reached', async () => {
  const { discord, bot } = await open()
  discord.fail('gateway', 400, 2)
  discord.gateway.drop(4011)
  await discord.until(() => discord.faults.every(({ times }) => times === 0), 'two attempts in vain')
  await discord.until(() => bot.problem() === null, 'the connection')
  await paints(bots.current)
})

test.each([
  [4004, /^Discord refused the token in DISCORD_TOKEN: make a new one/],
  [4013, /intents .* update Fourstroke/],
  [4014, /Privileged Gateway Intents/],
])('what only a person can mend (%i) is said, and ends the program', async (code, sentence) => {
  const { discord, bot } = await open({ discord: { shards: 2 } })
  discord.gateway.drop(code, 0)
  discord.gateway.drop(code, 1)
  await discord.until(() => ends.length > 0, 'the end')
  expect(ends).toEqual([expect.stringMatching(sentence)])
  expect(bot.problem()).toMatch(sentence)
})

test('a token that was reset while it had to connect anew ends the program too', async () => {
  const { discord } = await open()
  discord.gateway.shards = 2
  discord.gateway.refuseTokens()
  discord.gateway.drop(4011)
  await discord.until(() => ends.length > 0, 'the end')
  expect(ends).toEqual([expect.stringContaining('DISCORD_TOKEN')])
})

test('intents that are not allowed stop the start with a sentence', async () => {
  const discord = await openDiscord()
  discord.gateway.refuseTokens(4014)
  await expect(open({ discord })).rejects.toMatchObject({ message: expect.stringContaining('Privileged Gateway') })
  await discord.close()
})

describe('the state', () => {
  const ready = (shard: number) => ({ type: 'ready', shard }) as const
  test('is well only when every shard is', () => {
    let state = nextGatewayState(notConnected, { type: 'opening' })
    expect(gatewayProblem(state)).toContain('not connected')
    state = [ready(0), ready(1)].reduce(nextGatewayState, state)
    expect(gatewayProblem(state)).toBeNull()
    state = nextGatewayState(state, { type: 'lost', shard: 1 })
    expect(gatewayProblem(state)).toContain('1 of 2')
  })
  test('remembers why it was ended, until it is ready again', () => {
    let state = nextGatewayState(nextGatewayState(notConnected, ready(0)), { type: 'closed', code: 4011 })
    state = nextGatewayState(state, { type: 'opening' })
    expect(state.closure).toMatchObject({ code: 4011, next: 'reconnect' })
    expect(nextGatewayState(state, ready(0)).closure).toBeNull()
  })
  test('knows what to do about a code that is new', () => {
    expect(nextGatewayState(notConnected, { type: 'closed', code: 4999 }).closure).toMatchObject({ next: 'reconnect' })
  })
})
