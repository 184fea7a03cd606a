import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type RunningBot, startBot } from '../../bot/start.ts'
import { createTranslations } from '../../bot/text/translate.ts'
import { readRecipe } from '../../studio/images/png.ts'
import { canBrowse } from '../support/chromium.ts'
import {
  type Actor,
  buttonsOf,
  flatten,
  type Interaction,
  type Message,
  type Upload,
} from '../support/discord/index.ts'
import { collectLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'
import { drawAcross, type InsideDiscord, openInsideDiscord, publicHost } from './insideDiscord.ts'

const t = createTranslations().in('ja')
const patienceMs = patient(60_000)

/** An evening of two members of a Japanese server: one studio behind the bot, the server and the canvas. */
describe.runIf(canBrowse())('members of a server', { timeout: patient(300_000) }, () => {
  let inside: InsideDiscord
  let bot: RunningBot
  beforeAll(async () => {
    inside = await openInsideDiscord({ locale: 'ja' })
    const { discord, site } = inside
    bot = await startBot({
      ...{ studio: site.world.studio, token: discord.token, api: discord.api, publicUrl: `https://${publicHost}` },
      ...{ log: collectLog().log, hasActivity: true, activityEveryMs: 100, throttle: { gapMs: 20 } },
    })
  }, patient(120_000))
  afterAll(async () => {
    await bot?.close()
    await inside?.close()
  })

  const says = (asked: Interaction, text: string) => inside.discord.says(asked, text)
  const finished = (asked: Interaction) => inside.discord.offers(asked, t('button.reroll'), patienceMs)
  const recipeOf = (message: Message) => readRecipe(message.attachments[0]!.bytes)!
  async function drawing(background: string): Promise<Upload> {
    const bytes = await sharp({ create: { width: 90, height: 60, channels: 3, background } })
      .png()
      .toBuffer()
    return { name: `${background}.png`, bytes, contentType: 'image/png' }
  }

  test('branch a picture twice, pick from nine seeds, teach from the menu and meet on the canvas, in Japanese', async () => {
    const { discord, site } = inside
    const { engine, studio } = site.world
    const [hana, ken] = ['hana', 'ken'].map(name => discord.user(name, { locale: 'ja' })) as [Actor, Actor]

    // Twice from a step of a picture: the second time from one of the first branch.
    const house = await finished(await hana.slash('imagine', { prompt: 'a red house', seed: 7 }))
    const steps = await says(await ken.press(house, t('button.steps')), t('steps.explained'))
    const asked = await ken.choose(steps, t('steps.from', { step: 2 }))
    expect(asked.modal!.title).toBe(t('branch.title', { step: 2 }))
    const castle = await finished(await ken.submit(asked, { prompt: 'a red castle', guidance: '4' }))
    const stepsOfCastle = await says(await hana.press(castle, t('button.steps')), t('steps.explained'))
    const form = await hana.choose(stepsOfCastle, t('steps.from', { step: 3 }))
    const ruin = await finished(await hana.submit(form, { prompt: 'a ruin' }))
    expect(recipeOf(ruin)).toMatchObject({
      prompt: 'a ruin',
      prefix: [
        { prompt: 'a red house', untilStep: 2 },
        { prompt: 'a red castle', guidance: 4, untilStep: 3 },
      ],
    })
    expect(ruin.content).toContain(t('recipe.branch', { step: 3 }))
    expect(engine.asks.at(-1)).toMatchObject({ reusesSteps: true })

    // Nine first steps, for Ken alone; three of them go on, for everybody.
    const nine = await says(
      await ken.slash('imagine', { prompt: 'a pier', seed: 20, seeds: true }),
      t('seeds.explained', { most: 4 }),
    )
    expect([nine.flags & 64, nine.attachments.length]).toEqual([64, 9])
    const three = await finished(await ken.select(nine, t('menu.seeds'), ['21', '24', '28']))
    expect(three.flags & 64).toBe(0)
    expect(engine.asks.slice(-3).map(({ seed, endStep, reusesSteps }) => [seed, endStep, reusesSteps])).toEqual([
      [21, undefined, true],
      [24, undefined, true],
      [28, undefined, true],
    ])

    // Hana would like to learn from what Ken has posted; Ken allows it, and she paints in that style.
    const posted = await ken.post([await drawing('teal'), await drawing('gold'), await drawing('navy')])
    const teaching = await hana.submit(await hana.menu('Learn this style', posted), { name: '切り絵' })
    const question = await says(teaching, t('consent.promise'))
    expect(await studio.styles.list(await idOf(hana), { own: true })).toEqual([])
    await ken.press(question, t('button.consent'))
    await discord.until(() => buttonsOf(question).some(({ label }) => label === t('button.use')), 'it', patienceMs)
    const styled = await finished(await hana.slash('imagine', { prompt: 'a lake', style: '切り絵' }))
    expect(recipeOf(styled).styles).toMatchObject([{ name: '切り絵', version: 1 }])

    // Both in the room that Hana opens with her ruin, inside Discord.
    const launched = await hana.press(ruin, t('button.canvas'))
    expect(launched.acknowledged!.type).toBe(12)
    await discord.until(() => launched.followUps.length, 'the message of the room')
    const message = launched.followUps[0]!
    const [instance] = [...discord.world.instances.keys()]
    const people = [await inside.join('hana', instance!), await inside.join('ken', instance!)]
    for (const { room } of people) await room.locator('.sheet').first().waitFor({ timeout: patienceMs })
    expect(people.map(({ room }) => new URL(room.url()).pathname)).toEqual(
      Array(2).fill(/\/r\/[\w-]+/.exec(message.content)![0]),
    )
    await drawAcross(people[1]!)
    await vi.waitFor(
      async () => expect((await studio.activities.result(instance!))!.painters).toContain('Ken'),
      patienceMs,
    )
    for (const { page } of people) await page.context().close()
    discord.world.instances.clear()
    const closed = t('room.painted', { name: '**a ruin**', people: 'Ken' }).slice(0, 14)
    await discord.until(() => message.content.includes(closed), `“${closed}” (${message.content})`, patienceMs)
    expect(message.content).toContain('Ken')
    expect(people.flatMap(({ complaints }) => complaints)).toEqual([])
    expect(site.world.bugs).toEqual([])
    // What they read was Japanese.
    const read = [house, steps, castle, ruin, nine, three, question, styled, message]
    for (const { content } of read) expect(content).toMatch(/[\u3040-\u30ff]/)
    const labels = read.flatMap(({ components }) => flatten(components)).flatMap(({ label = '' }) => label)
    for (const label of labels.filter(Boolean)) expect(label).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/)
  })

  async function idOf({ user }: Actor) {
    return (await inside.site.world.studio.people.findDiscord(user.id))!.id
  }
})
