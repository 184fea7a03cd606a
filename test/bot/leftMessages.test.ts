import { afterEach, expect, test, vi } from 'vitest'
import type { Bot } from '../../bot/interactions/bot.ts'
import { watchLeft } from '../../bot/leftMessages.ts'
import { openTestEngine } from '../support/engine.ts'
import { collectLog } from '../support/log.ts'
import { buildStudio, type TestStudio, temporaryFolder } from '../support/studio.ts'

const place = temporaryFolder()
const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.reverse()) await one.close()
  place.remove()
})

async function program(engine = openTestEngine()): Promise<TestStudio> {
  const world = await buildStudio({ dataFolder: place.folder, leaseMs: 300, engine })
  open.push(world)
  return world
}

test('a message that was taken over while the database went away is taken up again', async () => {
  const engine = openTestEngine()
  engine.hold()
  const gone = await program(engine)
  const { person } = await gone.studio.people.newGuest('Ada')
  const target = {
    ...{ applicationId: '1', channelId: '3', guildId: null, messageId: null, locale: null, interactionToken: 'secret' },
    interactionId: 'interaction',
  }
  const wanted = { prompt: 'a pier', width: 64, height: 64 }
  const { job } = await gone.studio.pictures.request(person.id, 'chat', wanted, target)
  const closed = gone.studio.close()
  engine.release()
  await closed

  const { studio } = await program()
  const followed = new Set<string>()
  // Right after it has taken the message over, and once.
  vi.spyOn(studio.pictures, 'ofJob').mockRejectedValueOnce(new Error('The server has closed the connection.'))
  const { log } = collectLog()
  const bot = {
    studio,
    follow: ({ name }: { readonly name: string }) => void followed.add(name),
    follows: (name: string) => followed.has(name),
  } as unknown as Bot // what is asked of it here
  const stop = watchLeft({ bot, applicationId: '1', rest: {} as never, log, track: () => undefined }, 50)
  open.push({ close: stop })
  await expect.poll(() => [...followed]).toEqual([`job ${job}`])
})
