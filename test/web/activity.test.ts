import type { Frame, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { canBrowse, openChromium } from '../support/chromium.ts'
import { type DiscordClient, openDiscordClient } from '../support/discord/client.ts'
import { type Discord, openDiscord } from '../support/discord/index.ts'
import { clientSecret } from '../support/discord/oauth.ts'
import { patient } from '../support/patience.ts'
import { openSite, type Site } from './site.ts'

const patienceMs = patient(60_000)
const publicHost = 'paint.example.org'

/** With Discord's own SDK, in a frame of another origin, behind a proxy, as the client has it. */
describe.runIf(canBrowse())('a room inside Discord', { timeout: patient(300_000) }, () => {
  let discord: Discord
  let site: Site
  let client: DiscordClient
  let browser: Awaited<ReturnType<typeof openChromium>>

  beforeAll(async () => {
    discord = await openDiscord()
    const { id: clientId } = discord.world.application
    const application = { clientId, clientSecret, api: discord.api, token: discord.token }
    site = await openSite({
      signIn: { ...application, authorizeUrl: `${discord.api}/oauth2/authorize` },
      ...{ activity: application, publicUrl: `https://${publicHost}` },
    })
    client = await openDiscordClient(clientId, { target: site.port, publicHost })
    const rules = ['discord.com', '*.discordsays.com'].map(name => `MAP ${name} 127.0.0.1:${client.port}`)
    browser = await openChromium({ rules, trustsAll: true })
  }, patient(120_000))

  afterAll(async () => {
    await browser?.close()
    await client?.close()
    await site?.close()
    await discord?.close()
  })

  async function join(
    name: string,
    instance: string,
    { isIn = true } = {},
  ): Promise<{ page: Page; room: Frame; complaints: string[] }> {
    const actor = discord.user(name)
    if (isIn) discord.world.instances.get(instance)!.users.add(actor.user.id)
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 820 } })).newPage()
    const complaints: string[] = []
    page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(String(error)))
    const { id, globalName } = actor.user
    await page.goto(client.address({ id, name: globalName!, code: discord.grant(actor), instance }))
    const room = page.frames().find(frame => frame !== page.mainFrame())!
    return { page, room, complaints }
  }

  test('people meet in the room of their instance, as who they are in Discord, and draw', async () => {
    const { studio } = site.world
    const { user: ada } = discord.user('ada')
    discord.world.instances.set('i-1-gc-2', { channel: discord.general, users: new Set() })
    const first = await join('ada', 'i-1-gc-2')
    await first.room.getByRole('button', { name: 'An empty frame' }).click({ timeout: patienceMs })
    expect(await first.page.evaluate('window.asked')).toEqual([0, 'AUTHORIZE', 'AUTHENTICATE'])
    expect(first.room.url()).toMatch(/^https:\/\/\d+\.discordsays\.com\/r\/[\w-]+\?frame_id=/)

    const second = await join('bob', 'i-1-gc-2')
    await second.room.locator('.sheet').waitFor({ timeout: patienceMs })
    const people = second.room.getByRole('button', { name: '2 people here' })
    await people.click()
    await second.room.getByText('Signed in with Discord as Bob').waitFor()
    await second.page.keyboard.press('Escape')

    // What one draws, the room has: over the socket, through the proxy, with the cookie of the frame.
    await first.room.locator('.sheet').first().waitFor()
    await first.page.keyboard.press('p')
    const box = (await first.room.locator('.sheet').first().boundingBox())!
    await first.page.mouse.move(box.x + 0.3 * box.width, box.y + 0.5 * box.height)
    await first.page.mouse.down()
    await first.page.mouse.move(box.x + 0.7 * box.width, box.y + 0.5 * box.height, { steps: 6 })
    await first.page.mouse.up()
    await vi.waitFor(async () => {
      expect((await studio.activities.result('i-1-gc-2'))!.painters).toContain('Ada')
    }, patienceMs)
    const person = await studio.people.findDiscord(ada.id)
    expect(await studio.rooms.ofPerson(person!.id)).toHaveLength(1)

    // Loaded again, it is the same room.
    await first.page.goto(
      client.address({ id: ada.id, name: 'Ada', code: discord.grant(discord.user('ada')), instance: 'i-1-gc-2' }),
    )
    const again = first.page.frames().find(frame => frame !== first.page.mainFrame())!
    await again.locator('.sheet').waitFor({ timeout: patienceMs })
    expect([...first.complaints, ...second.complaints]).toEqual([])
    expect(site.world.bugs).toEqual([])
  })

  test('whoever Discord does not know in the instance is told so', async () => {
    discord.world.instances.set('i-2-gc-2', { channel: discord.general, users: new Set() })
    const { page, room } = await join('eve', 'i-2-gc-2', { isIn: false })
    await room.getByText('Discord does not say that you are in this room.').waitFor({ timeout: patienceMs })
    expect(await site.world.studio.people.findDiscord(discord.user('eve').user.id)).toBeNull()
    await page.close()
  })

  test('other pages may not frame us', async () => {
    const page = await browser.newPage()
    await page.setContent(`<iframe src="http://127.0.0.1:${site.port}/"></iframe>`)
    const frame = page.frames().find(one => one !== page.mainFrame())!
    await vi.waitFor(() => expect(frame.url()).toMatch(/^(chrome-error:|about:blank)/), patienceMs)
    await page.close()
  })

  test('a page in a browser of its own does not load what Discord needs', async () => {
    const page = await browser.newPage()
    const scripts: string[] = []
    page.on('request', request => request.url().endsWith('.js') && scripts.push(request.url()))
    await page.goto(`http://127.0.0.1:${site.port}/`)
    await page.getByRole('button', { name: 'New room' }).waitFor({ timeout: patienceMs })
    expect(scripts.filter(url => /activity/i.test(url))).toEqual([])
    await page.close()
  })
})
