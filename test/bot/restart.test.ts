import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, expect, test } from 'vitest'
import { english, teach } from '../support/bot.ts'
import { type Discord, openDiscord } from '../support/discord/index.ts'
import { patient } from '../support/patience.ts'
import { buildStudio, temporaryFolder } from '../support/studio.ts'

const program = join(import.meta.dirname, '..', 'support', 'botProcess.ts')
const running = new Set<ChildProcess>()
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts the bot in a process of its own; resolves once it is connected. */
async function start(
  discord: Discord,
  folder: string,
  stepMs: number | 'spellbound',
): Promise<{ kill(): Promise<void> }> {
  const args = ['--import', 'tsx', program, discord.api, discord.token, folder, String(stepMs)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  // Read to the end: a program that writes to a closed pipe dies of it.
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', chunk => {
      said += String(chunk)
      if (said.includes('ready')) resolve()
    })
    child.once('exit', () => reject(new Error(`The bot did not start: ${said}`)))
  })
  return {
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
      running.delete(child)
    },
  }
}

test(
  'killed in the middle of a job, the next start finishes its message, once',
  async () => {
    const discord = await openDiscord()
    const { folder, remove } = temporaryFolder()
    const first = await start(discord, folder, 60_000)
    const ada = discord.user('ada')
    const asked = await ada.slash('imagine', { prompt: 'a lighthouse', seed: 21 })
    const late = await ada.slash('imagine', { prompt: 'a late lighthouse', seed: 22 })
    await discord.offers(asked, 'Cancel')
    await discord.offers(late, 'Cancel')
    await first.kill()
    // One of the two tokens runs out while nobody is there.
    discord.world.interactions.set(late.id, Object.assign(late, { createdAt: late.createdAt - 16 * 60_000 }))

    const second = await start(discord, folder, 20)
    const message = await discord.offers(asked, 'Reroll')
    expect(message.id).toBe(asked.original!.id)
    expect(message.content).toContain('seed 21')
    expect(message.attachments.map(({ filename }) => filename)).toEqual(['fourstroke-21.png'])
    expect(message.history.at(-1)!.via).toBe('webhook')
    const other = await discord.offers(late, 'Reroll')
    expect(other.history.at(-1)!.via).toBe('channel')
    expect(discord.world.messages.size).toBe(2)

    const again = await ada.press(message, 'Reroll')
    await discord.offers(again, 'Reroll')
    await second.kill()

    const { studio, close } = await buildStudio({ dataFolder: folder })
    // The last one may have been killed between landing and saying so; the next start writes the same once more.
    expect((await studio.chat.undelivered()).length).toBeLessThanOrEqual(1)
    const person = await studio.people.fromDiscord({ discordId: ada.user.id, name: 'Ada' })
    const pictures = await studio.pictures.ofPerson(person.id, 9)
    expect(pictures.map(({ state }) => state)).toEqual(['finished', 'finished', 'finished'])
    await close()
    await discord.close()
    remove()
  },
  patient(120_000),
)

test(
  'killed after an acknowledgement and before anything was written, the next start says so and offers to go on',
  async () => {
    const discord = await openDiscord()
    const { folder, remove } = temporaryFolder()
    const before = await start(discord, folder, 1)
    const ada = discord.user('ada')
    const earlier = await discord.offers(await ada.slash('imagine', { prompt: 'a mill', seed: 3 }), 'Reroll')
    await before.kill()

    const first = await start(discord, folder, 'spellbound')
    const image = { name: 'teal.png', bytes: await teal(), contentType: 'image/png' }
    const asked = await ada.slash('imagine', { prompt: 'a lighthouse', seed: 21, image, count: 2 })
    const pressed = await ada.press(earlier, 'Reroll')
    const old = await ada.slash('imagine', { prompt: 'a late lighthouse' })
    expect([asked, pressed, old].map(({ original }) => original!.content)).toEqual(['', '', ''])
    await first.kill()
    // One of the tokens runs out while nobody is there, and Discord itself says then that nothing came.
    discord.world.interactions.set(old.id, Object.assign(old, { createdAt: old.createdAt - 16 * 60_000 }))

    const second = await start(discord, folder, 1)
    const lost = await discord.offers(asked, 'Retry')
    expect(lost.content).toBe(`**a lighthouse**\n${english('failure.lostRetry', { retry: 'Retry' })}`)
    expect((await discord.offers(pressed, 'Retry')).content).toBe(english('failure.lostRetry', { retry: 'Retry' }))
    const again = await discord.offers(await ada.press(lost, 'Retry'), 'Reroll')
    expect(again.content).toContain('**a lighthouse**\n-# seeds 21 to 22')
    expect(again.content).toContain('over an image')
    const rerolled = await discord.offers(await ada.press(pressed.original!, 'Retry'), 'Reroll')
    expect(rerolled.content).toContain('a mill')

    const { studio, close } = await buildStudio({ dataFolder: folder, resume: 'none' })
    await discord.until(async () => (await studio.chat.pendingReplies()).length === 0, 'the end of all promises')
    expect(await studio.chat.payloadOf(asked.id)).toMatchObject({ prompt: 'a lighthouse' })
    expect(await studio.chat.payloadOf(pressed.id)).toBeNull()
    await second.kill()
    await close()
    await discord.close()
    remove()
  },
  patient(120_000),
)

test(
  'killed in the middle of a lesson, the next start goes on with it in the same message',
  async () => {
    const discord = await openDiscord()
    const { folder, remove } = temporaryFolder()
    const first = await start(discord, folder, 60_000)
    const ada = discord.user('ada')
    const picture = { name: 'teal.png', bytes: await teal(), contentType: 'image/png' }
    const asked = await teach(ada, 'chalk', [picture])
    const message = await discord.offers(asked, 'Cancel')
    await first.kill()

    const second = await start(discord, folder, 1)
    await discord.offers(asked, 'Use for me')
    expect(message.content).toContain('**chalk** has learned from 1 picture.')
    expect(discord.world.messages.size).toBe(1)
    await second.kill()
    await discord.close()
    remove()
  },
  patient(120_000),
)

function teal(): Promise<Buffer> {
  return sharp({ create: { width: 64, height: 64, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
}
