import { expect, test } from 'vitest'
import { type ErrorCode, errors, UserError } from '../../protocol/errors.ts'
import { fastEdits, type TestBot } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'
import { buttonsOf } from '../support/discord/index.ts'
import { withQueue } from '../support/studio.ts'

/** Who is told no, and where. */

const bots = botOfEachTest(fastEdits)
const { open } = bots
const routesOf = ({ discord }: TestBot) =>
  discord.requests.map(({ route }) => route).filter(route => route !== 'gateway')
const publicDefer = 5

test('what needs no database is refused before anything is promised to the channel', async () => {
  const { discord } = await open()
  discord.general.permissions.delete('attachFiles')
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
  expect((await discord.refusal(asked)).content).toContain('I may not attach files in this channel')
  expect(asked.acknowledged!.type).not.toBe(publicDefer)
  expect(routesOf(bots.current)).not.toContain('webhook.delete')
})

test('what the studio refuses takes the promise back, and tells only the one who asked', async () => {
  const { discord, engine, studio } = await open({ studio: { budgets: withQueue(1, 9) } })
  engine.hold()
  const ada = discord.user('ada')
  await discord.offers(await ada.slash('imagine', { prompt: 'one' }), 'Cancel')
  const asked = await ada.slash('imagine', { prompt: 'two' })
  const refusal = await discord.refusal(asked)
  expect(asked.acknowledged!.type).toBe(publicDefer)
  expect(asked.original).toMatchObject({ deleted: true, flags: 128 })
  expect(refusal.content).toContain(errors['queue/yours'].message)
  expect(buttonsOf(refusal).map(({ label }) => label)).toEqual(['Retry'])
  engine.release()
  await discord.until(async () => (await studio.chat.pendingReplies()).length === 0, 'the end of the promise')
})

test.each(['queue/yours', 'picture/bug'] satisfies ErrorCode[])('the table decides who sees %s', async code => {
  const { discord, studio } = await open()
  studio.pictures.request = () => Promise.reject(new UserError(code))
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
  const message = errors[code].message
  if (errors[code].visibility === 'private') {
    expect((await discord.refusal(asked)).content).toContain(message)
    return
  }
  await discord.until(() => asked.original!.content.includes(message), 'a failure for everybody')
  expect(asked.original!.deleted).toBe(false)
  expect(asked.followUps).toEqual([])
})

test.each([
  ['lost before its effect', {}],
  ['lost after its effect', { afterEffect: true }],
] as const)('a deletion whose answer is %s does not keep the refusal back', async (_what, how) => {
  const { discord, studio } = await open()
  studio.pictures.request = () => Promise.reject(new UserError('queue/full'))
  discord.fail('webhook.delete', 502, 1, how)
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
  expect((await discord.refusal(asked)).content).toContain('The studio is busy')
})

test('a refusal whose answer is lost is not said twice', async () => {
  const { discord } = await open()
  discord.fail('interaction.callback', 502, 1, { afterEffect: true })
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a', size: 'big' })
  expect((await discord.refusal(asked)).content).toContain('"big" is not a size')
  expect(bots.current.lines.filter(line => line.startsWith('warn'))).toEqual([])
})
