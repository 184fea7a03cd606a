/** What surrounds a room, and states of it that the other looks do not reach: its replay, Discord, an account, a line that is down. */
import sharp from 'sharp'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { createFramePosts } from '../../bot/posts/framePosts.ts'
import { withTexts } from '../../studio/images/png.ts'
import { canBrowse } from '../support/chromium.ts'
import { type Discord, openDiscord } from '../support/discord/index.ts'
import { clientSecret } from '../support/discord/oauth.ts'
import { collectLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'
import { openPerson } from './person.ts'
import { createLooks } from './seriousFaults.ts'
import { example, shareSite } from './site.ts'
import { drop } from './teaching.ts'

describe.runIf(canBrowse())('axe finds no serious fault', { timeout: patient(240_000) }, () => {
  let discord: Discord
  const shared = shareSite(async () => {
    discord = await openDiscord()
    const { token, api } = discord
    const publicUrl = 'https://paint.example.org'
    return {
      signIn: {
        ...{ clientId: discord.world.application.id, clientSecret, api },
        authorizeUrl: `${api}/oauth2/authorize`,
      },
      framePosts: studio =>
        createFramePosts({ studio, token, api, publicUrl, log: collectLog().log, patienceMs: 2_000 }),
    }
  })
  afterAll(async () => {
    await discord?.close()
  })

  test.each(['light', 'dark'] as const)('around a room, %s', async colorScheme => {
    const { faults, look } = createLooks()
    const { studio } = shared.site.world
    const { guild, general } = discord
    discord.channel(`gallery-${colorScheme}`)
    const actor = discord.user(`ada-${colorScheme}`)
    const place = { guildId: guild.id, guildName: guild.name }
    const { id } = await studio.people.fromDiscord({ discordId: actor.user.id, name: 'Ada', ...place })
    const { id: messageId } = await actor.post([])
    const origin = { guildId: guild.id, channelId: general.id, messageId, locale: 'en-US' }
    const { links } = await studio.rooms.create(id, { name: 'Workshop', origin })
    const address = `${shared.site.url}/r/${links.edit}`
    const ada = await openPerson(shared.visitors.browser, 'Ada', {
      ...{ viewport: { width: 1280, height: 820 }, colorScheme },
    })
    const { page } = ada
    const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).first().click()

    // As a guest, and then as whom Discord knows.
    await page.goto(shared.site.url)
    await page.getByRole('link', { name: 'Sign in with Discord' }).waitFor()
    await look(page, 'the start page of a guest who may sign in')
    await page.goto(address)
    await press(example)
    await page.locator('.painting:not([data-empty])').waitFor()
    await press(/here$/)
    await page.getByRole('link', { name: 'Sign in with Discord' }).waitFor()
    await look(page, 'the account of a guest')
    await page.keyboard.press('Escape')
    await press('Send to Discord…')
    const sheet = page.getByRole('dialog', { name: 'Send to Discord' })
    await sheet.getByText('Discord does not know who you are.').waitFor()
    await look(page, 'sending as a guest')
    await page.keyboard.press('Escape')
    await page.goto('about:blank')
    await page.goto(`${address}#code=${await studio.people.newCode(id)}`)
    await page.locator('.painting:not([data-empty])').waitFor()
    await press(/here$/)
    await page.getByRole('button', { name: 'Sign out' }).waitFor()
    await look(page, 'the account of somebody who is signed in')
    await page.keyboard.press('Escape')
    await page.locator('.caption-title').click()
    await press('Send to Discord…')
    await sheet.getByRole('radio', { name: /#general in Workshop/ }).focus()
    await look(page, 'sending to where the room came from')
    await page.keyboard.press('ArrowDown')
    await sheet.getByRole('combobox', { name: 'Channel' }).waitFor()
    await look(page, 'sending to a channel')
    await page.keyboard.press('ArrowUp')
    await sheet.getByRole('button', { name: 'Send' }).click()
    await sheet.getByRole('link', { name: 'Open in Discord' }).waitFor()
    await look(page, 'sent')
    await page.keyboard.press('Escape')

    await page.keyboard.press('p')
    await ada.draw([0.2, 0.3], [0.8, 0.7])
    await page.keyboard.press('v')
    const frame = (await page.locator('.sheet').boundingBox())!
    // What looks comes a moment after the tool.
    await vi.waitFor(async () => {
      await page.mouse.move(frame.x + frame.width / 3, frame.y)
      await page.mouse.move(frame.x + frame.width / 2, frame.y + frame.height / 2, { steps: 3 })
      await page.locator('.who-drew').waitFor({ timeout: patient(2_000) })
    }, patient(60_000))
    await look(page, 'who drew this')
    await press('Share')
    await press('Replay…')
    await page.locator('.replay-screen canvas').waitFor()
    await look(page, 'a replay')
    await page.getByLabel('Moment').press('End')
    await page.getByRole('radio', { name: '30 s' }).click()
    await press('Save as animated WebP')
    await page.getByRole('button', { name: 'Cancel' }).waitFor()
    await look(page, 'saving a replay')
    await press('Cancel')
    await page.keyboard.press('Escape')
    const plain = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#ffffff' } })
      .png()
      .toBuffer()
    const parameters = 'the red house\nNegative prompt: lake\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42'
    await drop(ada, [{ name: 'castle.png', type: 'image/png', bytes: Buffer.from(withTexts(plain, { parameters })) }])
    await page.getByText('Recipe of A1111').waitFor()
    await look(page, 'a recipe that was dropped')

    await page.routeWebSocket(/./, () => undefined)
    await ada.context.setOffline(true)
    await page.locator('.banner', { hasText: 'Offline' }).waitFor()
    await look(page, 'offline')
    await page.keyboard.press('p')
    await ada.draw([0.2, 0.7], [0.8, 0.3])
    await page.locator('.banner', { hasText: '1' }).waitFor()
    await look(page, 'offline, with something unsent')
    expect(faults).toEqual({})
    await ada.close()
  })
})
