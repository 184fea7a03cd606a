import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { personalPages } from '../bot/messages/personalReplies.ts'
import { settingsPages } from '../bot/messages/settingsReplies.ts'
import { createTranslations } from '../bot/text/translate.ts'
import { languageFor } from '../language/languages.ts'
import { buildBot, teach } from '../test/support/bot.ts'
import { openChromium } from '../test/support/chromium.ts'
import { type Actor, flatten, type Interaction, type Message } from '../test/support/discord/index.ts'
import { formPage, menuPage, messagePage } from '../test/support/discord/render.ts'

/**
 * Every kind of message of the bot as Discord shows it, as PNGs of a desktop's and a phone's width: for looking at them.
 * Ends with an error when buttons and menus take more than three rows on a phone.
 *
 *     npx tsx tools/discordMessages.ts --out /somewhere --locale de
 */
const { values } = parseArgs({
  options: { out: { type: 'string', default: 'discord-messages' }, locale: { type: 'string', default: 'en-US' } },
})
const { locale } = values
const t = createTranslations().in(languageFor(locale) ?? 'en')
const widths = { desktop: 900, phone: 390 } as const
const maxRowsOnPhone = 3

const browser = await openChromium()
let goOn = (): void => undefined
const isSeen = new Promise<void>(resolve => {
  goOn = resolve
})
const beforeLearning = async (step: number) => (step === 4 ? isSeen : undefined)
const world = await buildBot({
  discord: { locale },
  engine: { stepMs: 150, beforeLearning },
  bot: { throttle: { gapMs: 20 }, hasActivity: true, activityEveryMs: 100 },
})
const { discord, engine } = world
const [ada, bob, olga] = [
  discord.user('ada', { locale }),
  discord.user('bob', { locale }),
  discord.user('olga', { locale }),
]
olga.user.permissions.add('manageGuild')
await mkdir(values.out, { recursive: true })
let tooMany = 0
try {
  await showAll(browser)
} finally {
  await browser.close()
  await world.close()
}
process.exitCode = tooMany ? 1 : 0

async function showAll(within: Browser): Promise<void> {
  const show = (name: string, message: Message) => shoot(within, name, message)
  const showForm = async (name: string, { modal }: Interaction) => photograph(within, name, formPage(modal!))
  const showMenu = async (name: string, message: Message) => {
    const options = flatten(message.components).flatMap(one => one.options ?? [])
    await photograph(within, name, menuPage(options))
  }
  const settled = async (asked: Interaction, text: string) => {
    const messages = () => [...(asked.original ? [asked.original] : []), ...asked.followUps]
    const found = () => messages().find(({ content }) => content.includes(text))
    await discord.until(found, `“${text}” (there is: ${messages().map(({ content }) => content)})`)
    return found()!
  }
  const turnTo = async (actor: Actor, message: Message, label: string) => {
    await discord.turnTo(actor, message, label)
    return message
  }
  const prompt = 'a red house by a lake, in the evening, with a boat and a long shadow'
  engine.hold()
  const one = await ada.slash('imagine', { prompt, seed: 7 })
  await show('queued', await discord.offers(one, t('button.cancel')))
  engine.release()
  await discord.until(() => one.original!.attachments[0]?.filename === 'preview.jpg', 'a preview')
  await show('painting', structuredClone(one.original!))
  const painted = await discord.offers(one, t('button.reroll'))
  await show('picture', painted)
  await showMenu('picture-menu', painted)
  const steps = await settled(await ada.press(painted, t('button.steps')), t('steps.explained'))
  await show('steps', steps)
  await showMenu('steps-menu', steps)
  const branching = await ada.choose(steps, t('steps.from', { step: 2 }))
  await showForm('branch-form', branching)
  await show('branch', await discord.offers(await ada.submit(branching, { guidance: '3' }), t('button.reroll')))
  await showForm('remix-form', await ada.choose(painted, t('more.remix.label')))
  await showForm('teach-form', await ada.slash('style learn', { name: 'chalk' }))
  await showForm('paintover-form', await ada.menu('Paint over avatar', bob.user))
  const [own] = await ada.type('show', 'picture', '')
  await show('shown', await discord.offers(await ada.slash('show', { picture: String(own!.value) }), t('button.steps')))
  const nine = await ada.slash('imagine', { prompt, seed: 7, seeds: true })
  await show('seeds', await settled(nine, t('seeds.explained', { most: 4 })))
  await show('favourite', await settled(await ada.choose(painted, t('more.star.label')), '/me'))
  await show('recipe', await settled(await ada.menu('Recipe of this', painted), t('recipe.ours')))
  const four = await discord.offers(await ada.slash('imagine', { prompt, seed: 7, count: 4 }), t('button.reroll'))
  await show('four', four)
  await show('picked', await settled(await ada.choose(four, t('picture.number', { number: 2 })), ' · '))
  const room = await settled(await ada.slash('canvas', { name: 'Sunday club' }), 'Sunday club')
  await show('room', structuredClone(room))
  await draw(room)
  discord.world.instances.clear()
  await discord.until(() => room.attachments.length > 0, 'what was drawn')
  await show('room-closed', room)
  await show('refusal', await discord.refusal(await ada.slash('imagine', { prompt, size: '100x100' })))

  const files = await Promise.all([0, 1, 2, 3].map(picture))
  const learning = await teach(ada, 'chalk', files)
  await discord.until(() => learning.original!.attachments.length > 0, 'what it paints by now')
  await show('learning', structuredClone(learning.original!))
  goOn()
  const learned = await discord.offers(learning, t('button.use'))
  await show('learned', learned)
  const theirs = await bob.post(files)
  const asking = await ada.submit(await ada.menu('Learn this style', theirs), { name: 'of Bob' })
  await show('consent', await settled(asking, t('consent.promise')))
  await show('styles', await settled(await ada.slash('style list'), 'chalk'))
  await show('style', await settled(await ada.slash('style show', { name: 'chalk' }), '●'))
  await show('style-delete', await settled(await ada.slash('style delete', { name: 'chalk' }), 'chalk'))
  await settled(await ada.slash('style share', { name: 'chalk', with: 'server' }), 'chalk')

  const members = discord.role('Members')
  const settings = await settled(await olga.slash('studio settings'), 'Workshop')
  await turnTo(olga, settings, t('settings.budgets.label'))
  const form = await olga.select(settings, t('menu.role'), [members.id])
  const edits = settings.history.length
  await olga.submit(form, { picturesPerHour: '1000', concurrent: '40', maxSide: '512' })
  await discord.until(() => settings.history.length > edits, 'the budget')
  for (const page of settingsPages) {
    await show(`settings-${page}`, await turnTo(olga, settings, t(`settings.${page}.label`)))
  }
  const staff = discord.channel('staff')
  await olga.select(settings, t('menu.log'), [staff.id])
  await discord.until(() => settings.content.includes(staff.id), 'the log')
  const reason = 'This is my house, and I have not been asked.'
  await settled(await bob.submit(await bob.menu('Report', four), { reason }), t('report.posted'))
  await settled(await bob.submit(await bob.menu('Report', learned), { reason }), t('report.posted'))
  const told = () => [...discord.world.messages.values()].filter(({ channelId }) => channelId === staff.id)
  await discord.until(() => told().length >= 4, 'both reports')
  await show('report-picture', told().at(-2)!)
  await show('report-style', told().at(-1)!)
  await show('reports', await settled(await olga.slash('studio reports'), '2.'))
  await show('stops-none', await settled(await olga.slash('studio stop'), t('stops.none')))
  await settled(await olga.slash('studio stop', { person: bob.user.id, reason: 'Asked for it twenty times.' }), 'Bob')
  await show('stopped', await settled(await olga.slash('studio stop', { style: 'chalk' }), 'chalk'))
  await show('stops', await settled(await olga.slash('studio stop'), 'Bob'))
  await show('resumed', await settled(await olga.slash('studio resume', { person: bob.user.id }), 'Bob'))
  await show('log', await settled(await olga.slash('studio log'), t('audit.title')))
  await show('stats', await settled(await olga.slash('studio stats'), 'Workshop'))
  await show('switches', await settled(await olga.slash('style server'), '**'))

  const me = await settled(await ada.slash('me'), 'Ada')
  for (const page of personalPages) await show(`me-${page}`, await turnTo(ada, me, t(`me.${page}.label`)))
  await show('export', await settled(await ada.press(me, t('button.export')), t('me.exported')))
  await ada.press(me, t('button.eraseme'))
  await discord.until(() => me.content.includes(t('me.confirm').slice(0, 20)), 'the question')
  await show('me-erase', me)
  await show('info', await settled(await ada.slash('info'), '##'))
}

/** Bob paints a frame in the room that the channel was told of. */
async function draw(room: Message): Promise<void> {
  const { rooms, people, pictures } = world.studio
  const by = (await people.fromDiscord({ discordId: bob.user.id, name: 'Bob' })).id
  const [, secret] = /\/r\/([\w-]+)/.exec(room.content)!
  const entered = (await rooms.enter(secret!, by))!
  const frame = { room: entered.room.id, frameId: 'f1' }
  const { job } = await pictures.request(by, 'canvas', { prompt: 'a boat at dusk', frame })
  await discord.until(async () => (await pictures.ofJob(job))[0]!.state === 'finished', 'the frame')
}

async function picture(index: number) {
  const { default: sharp } = await import('sharp')
  const background = ['teal', 'orange', 'purple', 'gold'][index]!
  const bytes = await sharp({ create: { width: 90, height: 60, channels: 3, background } })
    .png()
    .toBuffer()
  return { name: `${background}.png`, bytes, contentType: 'image/png' }
}

/** Takes a picture of a message at each width, and counts how many lines its buttons and menus take on a phone. */
async function shoot(within: Browser, name: string, message: Message): Promise<void> {
  await photograph(within, name, messagePage(message, discord.world, locale))
}

async function photograph(within: Browser, name: string, html: string): Promise<void> {
  await writeFile(join(values.out, `${name}.html`), html)
  for (const [device, width] of Object.entries(widths)) {
    const page = await within.newPage({ viewport: { width, height: 300 } })
    await page.setContent(html)
    await page.screenshot({ path: join(values.out, `${name}-${device}.png`), fullPage: true })
    if (device === 'phone') {
      const tops = await page.$$eval('button, .menu', all =>
        all.map(one => Math.round(one.getBoundingClientRect().top)),
      )
      const rows = new Set(tops).size
      const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
      console.log(`${name}: ${rows} rows on a phone${isWide ? ', WIDER than it' : ''}`)
      if (rows > maxRowsOnPhone || isWide) tooMany += 1
    }
    await page.close()
  }
}
