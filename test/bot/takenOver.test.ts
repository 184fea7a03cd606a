import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../prisma/database.ts'
import { fastEdits } from '../support/bot.ts'
import { botOfEachTest } from '../support/botOfTest.ts'

const bots = botOfEachTest(fastEdits)
let database: Database | undefined
afterEach(() => database?.close())

test('what another program has taken over is not written any more, neither previews nor the end', async () => {
  const { discord, engine, folder, lines } = await bots.open()
  engine.hold()
  const asked = await discord.user('ada').slash('imagine', { prompt: 'a pier' })
  const message = await discord.offers(asked, 'Cancel')
  database = await openDatabase(`file:${join(folder, 'fourstroke.db')}`)
  await database.client.chatReply.updateMany({ data: { workerId: 'another program' } })
  const edits = message.history.length
  engine.release()
  await discord.until(() => lines.some(line => line.includes('Another program writes this message now')), 'a line')
  expect(message.history).toHaveLength(edits)
  // Nor is it said to be delivered: that is for whoever writes it.
  expect(await database.client.chatReply.count({ where: { deliveredAt: null } })).toBe(1)
})
