import { afterEach, expect, test } from 'vitest'
import { startBot } from '../../bot/start.ts'
import type { LoadingProgress, Studio } from '../../studio/studio.ts'
import { openDiscord } from '../support/discord/index.ts'
import { ephemeral } from '../support/discord/world.ts'
import { collectLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'
import { buildStudio } from '../support/studio.ts'

const timeout = patient(30_000)

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A bot that is connected while its studio is still to come. */
async function openEarly() {
  const discord = await openDiscord()
  const { studio, close } = await buildStudio()
  const { log } = collectLog({ secrets: [discord.token] })
  let open: (studio: Studio) => void = () => undefined
  const opening = new Promise<Studio>(resolve => {
    open = resolve
  })
  let progress: LoadingProgress = { type: 'part', part: 1, parts: 4, secondsLeft: 120 }
  const aborting = new AbortController()
  const starting = startBot({
    studio: opening,
    loading: { chat: Promise.resolve(studio.chat), progress: () => progress },
    ...{ token: discord.token, api: discord.api, publicUrl: 'https://paint.example.org', log, signal: aborting.signal },
    throttle: { gapMs: 20 },
  })
  starting.catch(() => undefined)
  closers.push(
    () => discord.close(),
    () => close(),
    async () => (await starting.catch(() => null))?.close(),
  )
  await discord.until(async () => discord.world.commands.length > 0, 'the commands')
  const setState = (now: LoadingProgress) => {
    progress = now
  }
  return { discord, studio, starting, setState, open: () => open(studio), aborting }
}

test(
  'says how far the model is to whoever paints meanwhile, and finishes the picture once it is loaded',
  async () => {
    const { discord, studio, starting, setState, open } = await openEarly()
    const ada = discord.user('ada')
    const asked = await ada.slash('imagine', { prompt: 'a red house', seed: 7 })
    const shown = () => asked.original!.content
    await discord.until(async () => shown().includes('part 1 of 4'), 'the first words')
    expect(shown()).toBe(
      '**a red house**\nI am loading the model, part 1 of 4, about 2 min. Your answer comes as soon as I can.',
    )
    setState({ type: 'part', part: 3, parts: 4, secondsLeft: 40 })
    await discord.until(async () => shown().includes('part 3 of 4, about 40 s'), 'the newer words')
    // Killed now, the next start would say so.
    expect(await studio.chat.pendingReplies()).toMatchObject([{ interactionId: asked.id }])
    open()
    await discord.offers(asked, 'Reroll')
    expect(shown()).toContain('seed 7')
    await starting
    await discord.until(async () => (await studio.chat.pendingReplies()).length === 0, 'the end of the promise')
    await discord.offers(await ada.slash('imagine', { prompt: 'a boat', seed: 8 }), 'Reroll')
  },
  timeout,
)

test(
  'answers in private what is private, and refuses with words what cannot wait',
  async () => {
    const { discord, studio, starting, open } = await openEarly()
    const ada = discord.user('ada')
    const info = await ada.slash('info', {})
    await discord.until(async () => info.original!.content.includes('part 1 of 4'), 'the words')
    expect(info.original!.flags & ephemeral).toBe(ephemeral)
    const bad = await ada.slash('imagine', { prompt: 'a boat', size: '7x7' })
    await discord.until(async () => bad.original!.content.includes('part 1 of 4'), 'the words')
    open()
    await starting
    await discord.until(async () => !info.original!.content.includes('part 1 of 4'), 'the answer')
    // What could only be refused once the model was known is refused then, to whoever asked alone.
    expect((await discord.refusal(bad)).flags & ephemeral).toBe(ephemeral)
    expect(bad.original!.deleted).toBe(true)
    await discord.until(async () => (await studio.chat.pendingReplies()).length === 0, 'the end of the promises')
  },
  timeout,
)

test(
  'ends at once where the program ends before the model is loaded',
  async () => {
    const { discord, starting, aborting, studio } = await openEarly()
    const asked = await discord.user('ada').slash('imagine', { prompt: 'a red house', seed: 7 })
    await discord.until(async () => asked.original!.content.includes('part 1 of 4'), 'the words')
    aborting.abort(new Error('The program ends'))
    await expect(starting).rejects.toThrow('The program ends')
    expect(await studio.chat.pendingReplies()).toHaveLength(1)
  },
  timeout,
)
