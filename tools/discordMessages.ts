import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { personalStrings } from '../bot/text/personalStrings.ts'
import { settingsStrings } from '../bot/text/settingsStrings.ts'
import { buildBot } from '../test/support/bot.ts'
import { openChromium } from '../test/support/chromium.ts'
import type { Interaction, Message } from '../test/support/discord/index.ts'
import { messagePage } from '../test/support/discord/render.ts'

/**
 * Every kind of message of the bot as Discord shows it, as PNGs of a desktop's and a phone's width: for looking at them.
 * Ends with an error when buttons and menus take more than three rows on a phone.
 *
 *     npx tsx tools/discordMessages.ts --out /somewhere
 */
const { values } = parseArgs({ options: { out: { type: 'string', default: 'discord-messages' } } })
const widths = { desktop: 900, phone: 390 } as const
const maxRowsOnPhone = 3

const browser = await openChromium()
let goOn = (): void => undefined
const isSeen = new Promise<void>(resolve => {
  goOn = resolve
})
const beforeLearning = async (step: number) => (step === 4 ? isSeen : undefined)
const world = await buildBot({ engine: { stepMs: 150, beforeLearning }, bot: { throttle: { gapMs: 20 } } })
const { discord, engine } = world
const [ada, olga] = [discord.user('ada'), discord.user('olga')]
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
  const settled = async (asked: Interaction, text: string) => {
    const messages = () => [...(asked.original ? [asked.original] : []), ...asked.followUps]
    await discord.until(() => messages().some(({ content }) => content.includes(text)), text)
    return messages().find(({ content }) => content.includes(text))!
  }
  const prompt = 'a red house by a lake, in the evening, with a boat and a long shadow'
  engine.hold()
  const one = await ada.slash('imagine', { prompt, seed: 7 })
  await show('queued', await discord.offers(one, 'Cancel'))
  engine.release()
  await discord.until(() => one.original!.attachments[0]?.filename === 'preview.jpg', 'a preview')
  await show('painting', structuredClone(one.original!))
  await show('picture', await discord.offers(one, 'Reroll'))
  const four = await discord.offers(await ada.slash('imagine', { prompt, seed: 7, count: 4 }), 'Reroll')
  await show('four', four)
  await show('picked', await settled(await ada.choose(four, 'Picture 2'), 'Picture 2'))
  await show('room', await settled(await ada.slash('canvas', { name: 'Sunday club' }), 'is open'))
  const refused = await discord.refusal(await ada.slash('imagine', { prompt, size: '100x100' }))
  await show('refusal', refused)

  const files = await Promise.all([0, 1, 2, 3].map(picture))
  const images = Object.fromEntries(files.map((file, index) => [`image${index + 1}`, file]))
  const learning = await ada.slash('style learn', { name: 'chalk', ...images })
  await discord.until(() => learning.original!.attachments.length > 0, 'what it paints by now')
  await show('learning', structuredClone(learning.original!))
  goOn()
  await show('learned', await discord.offers(learning, 'Use for me'))
  await show('styles', await settled(await ada.slash('style list'), 'chalk'))

  discord.role('Members')
  const settings = await settled(await olga.slash('studio settings'), 'Settings of')
  await show('settings', settings)
  for (const { label } of Object.values(settingsStrings.pages).slice(1)) {
    const edits = settings.history.length
    await olga.choose(settings, label)
    await discord.until(() => settings.history.length > edits, label)
    await show(`settings-${label.split(' ')[0]!.toLowerCase()}`, settings)
  }
  const staff = discord.channel('staff')
  await olga.select(settings, settingsStrings.chooseLog, [staff.id])
  await discord.until(() => settings.content.includes(staff.id), 'the log')
  await settled(await olga.submit(await olga.menu('Report', four), { reason: 'This is my house.' }), 'have been told')
  const report = [...discord.world.messages.values()].find(({ content }) => content.includes('Reported'))!
  await show('report', report)
  await show('reports', await settled(await olga.slash('studio reports'), 'Open reports'))
  await show('log', await settled(await olga.slash('studio log'), 'What happened'))
  await show('stats', await settled(await olga.slash('studio stats'), 'in numbers'))
  await show('stops', await settled(await olga.slash('studio stop'), 'is stopped here'))

  const me = await settled(await ada.slash('me'), 'in this studio')
  await show('me', me)
  for (const { label } of Object.values(personalStrings.me.pages).slice(1)) {
    const edits = me.history.length
    await ada.choose(me, label)
    await discord.until(() => me.history.length > edits, label)
    await show(`me-${label.split(' ')[1]!}`, me)
  }
  await show('export', await settled(await ada.press(me, personalStrings.me.export), 'as a zip'))
  await ada.press(me, personalStrings.me.erase)
  await discord.until(() => me.content.includes('for good?'), 'the question')
  await show('me-erase', me)
  await show('info', await settled(await ada.slash('info'), 'Queue'))
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
  const html = messagePage(message, discord.world)
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
