import { afterAll, describe, expect, test, vi } from 'vitest'
import type { PersonId } from '../../studio/studio.ts'
import { canBrowse } from '../support/chromium.ts'
import { type Discord, openDiscord } from '../support/discord/index.ts'
import { clientSecret } from '../support/discord/oauth.ts'
import { patient } from '../support/patience.ts'
import { shareSite } from './site.ts'
import { drawPicture, teachStyle } from './teaching.ts'

/** For a machine that has other things to do. */
const patienceMs = patient(60_000)

describe.runIf(canBrowse())('signing in with Discord in a browser', { timeout: patient(300_000) }, () => {
  let discord: Discord
  // Closed last, as what is registered first is.
  afterAll(async () => {
    await discord?.close()
  })

  const web = shareSite(async () => {
    discord = await openDiscord()
    const signIn = {
      ...{ clientId: discord.world.application.id, clientSecret, api: discord.api },
      authorizeUrl: `${discord.api}/oauth2/authorize`,
    }
    return { signIn }
  })

  test('a guest who has drawn and taught signs in, and finds it all in the account that is known from chat', async () => {
    const { studio } = web.site.world
    const { user } = discord.user('ada')
    const place = { guildId: discord.guild.id, guildName: discord.guild.name }
    const ada = await studio.people.fromDiscord({ discordId: user.id, name: 'Ada', ...place })
    const mira = await web.visitors.arrive('Mira')
    const { page } = mira
    const button = (name: string | RegExp) => page.getByRole('button', { name })

    await button('New room').click()
    await button('An empty frame').click()
    await page.keyboard.press('p')
    await mira.draw([0.3, 0.5], [0.7, 0.5])
    const ink = await mira.inkAt([0.5, 0.5])
    expect(ink).toMatch(/,255$/)
    await teachStyle(mira, 'Mine', [await drawPicture('#c0392b')])
    await page.locator('.compare').waitFor({ timeout: patienceMs })
    await page.keyboard.press('Escape')
    const address = page.url()

    const signIn = async (answer: string) => {
      await button(/people? here|person here/).click()
      await page.getByRole('link', { name: 'Sign in with Discord' }).click()
      await page.getByRole('link', { name: answer }).click()
      await page.waitForURL(address)
    }
    // Who says no stays who they were.
    await signIn('Cancel')
    await button('1 person here').click()
    expect(await page.getByRole('switch', { name: 'Bring along what I made here' }).isChecked()).toBe(true)
    await page.keyboard.press('Escape')
    expect(await studio.styles.list(ada.id, { own: true })).toEqual([])

    await signIn('Authorize as Ada')
    await button('1 person here').click()
    await page.getByText('Signed in with Discord as Ada').waitFor()
    // The guest is no more: there is nothing left to join. And an account keeps its own name.
    expect(await button('Join my guest').count()).toBe(0)
    expect(await page.getByLabel('Your name').inputValue()).toBe('Ada')
    await page.keyboard.press('Escape')
    await vi.waitFor(async () => expect(await mira.inkAt([0.5, 0.5])).toBe(ink), patienceMs)
    await mira.draw([0.3, 0.8], [0.7, 0.8])
    await vi.waitFor(async () => expect(await mira.inkAt([0.5, 0.8])).toBe(ink), patienceMs)

    await button(/^Styles/).click()
    await page.getByRole('region', { name: 'Yours' }).getByRole('button', { name: 'Mine' }).click()
    await page.getByRole('radio', { name: 'Workshop' }).check()
    await vi.waitFor(async () => {
      const styles = await studio.styles.list(ada.id, { own: true })
      expect(styles).toMatchObject([{ name: 'Mine', sharing: `guild:${discord.guild.id}`, examples: 4 }])
    }, patienceMs)
    expect(await studio.rooms.ofPerson(ada.id as PersonId)).toHaveLength(1)
    expect((await studio.people.fromDiscord({ discordId: user.id, name: 'Ada' })).id).toBe(ada.id)

    // Nothing went anywhere but to Discord and back.
    const strangers = mira.strangers.map(url => `${new URL(url).origin}${new URL(url).pathname}`)
    const door = `${discord.api}/oauth2/authorize`
    expect(new Set(strangers)).toEqual(new Set([door, `${web.site.url}/auth/discord/callback`, address]))
    expect(mira.complaints).toEqual([])
    await mira.close()
    expect(web.site.world.bugs).toEqual([])
  })
})
