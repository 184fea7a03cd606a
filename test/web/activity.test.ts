import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { canBrowse } from '../support/chromium.ts'
import { buttonsOf } from '../support/discord/index.ts'
import { patient } from '../support/patience.ts'
import { drawAcross, type InsideDiscord, openInsideDiscord, publicHost } from './insideDiscord.ts'
import { example } from './site.ts'

const patienceMs = patient(60_000)

describe.runIf(canBrowse())('a room inside Discord', { timeout: patient(300_000) }, () => {
  let inside: InsideDiscord
  beforeAll(async () => {
    inside = await openInsideDiscord()
  }, patient(120_000))
  afterAll(async () => {
    await inside?.close()
  })

  test('people meet in the room of their instance, as who they are in Discord, and draw', async () => {
    const { discord, site, join, address } = inside
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
    await drawAcross(first)
    await vi.waitFor(async () => {
      expect((await studio.activities.result('i-1-gc-2'))!.painters).toContain('Ada')
    }, patienceMs)
    const person = await studio.people.findDiscord(ada.id)
    expect(await studio.rooms.ofPerson(person!.id)).toHaveLength(1)

    // Loaded again, it is the same room.
    await first.page.goto(address('ada', 'i-1-gc-2'))
    const again = first.page.frames().find(frame => frame !== first.page.mainFrame())!
    await again.locator('.sheet').waitFor({ timeout: patienceMs })
    expect([...first.complaints, ...second.complaints]).toEqual([])
    expect(site.world.bugs).toEqual([])
  })

  test('a picture goes to the channel of the instance, and what leads out is opened by Discord', async () => {
    const { discord, join } = inside
    discord.world.instances.set('i-4-gc-2', { channel: discord.general, users: new Set() })
    const { page, room, complaints } = await join('ada', 'i-4-gc-2')
    await room.getByRole('button', { name: example }).click({ timeout: patienceMs })
    await room.locator('.painting:not([data-empty])').waitFor({ timeout: patienceMs })
    await room.getByRole('button', { name: 'Send to Discord…' }).click()
    const sheet = room.getByRole('dialog', { name: 'Send to Discord' })
    const origin = sheet.getByRole('radio', { name: /#general/ })
    await origin.waitFor({ timeout: patienceMs })
    expect(await origin.isChecked()).toBe(true)
    const known = new Set(discord.world.messages.keys())
    await sheet.getByRole('button', { name: 'Send' }).click()
    const open = sheet.getByRole('link', { name: 'Open in Discord' })
    await open.waitFor({ timeout: patienceMs })
    const sent = [...discord.world.messages.values()].filter(({ id }) => !known.has(id))
    expect(sent).toMatchObject([{ channelId: discord.general.id, content: expect.stringContaining(`**${example}**`) }])
    expect(buttonsOf(sent[0]!).find(({ label }) => label === 'Draw together')!.url).toContain(
      `https://${publicHost}/r/`,
    )

    // The frame opens no windows: Discord's client is asked to.
    await open.click()
    await page.waitForFunction('window.opened?.length === 1')
    expect(await page.evaluate('window.opened')).toEqual([expect.stringContaining(sent[0]!.id)])
    expect(page.context().pages()).toHaveLength(1)
    await page.keyboard.press('Escape')
    // And what is shared leads to our own address, which everybody can open.
    await room.getByRole('button', { name: 'Share' }).click()
    expect(await room.getByLabel('Anyone with this link can draw').inputValue()).toMatch(`https://${publicHost}/r/`)
    await page.keyboard.press('Escape')
    await room.getByRole('button', { name: 'Show this frame elsewhere…' }).click()
    const elsewhere = room.getByRole('dialog', { name: 'Show this frame elsewhere' })
    const stream = elsewhere.getByRole('link', { name: 'Open it' })
    expect(await stream.getAttribute('href')).toMatch(`https://${publicHost}/f/`)
    await stream.click()
    await page.waitForFunction('window.opened?.length === 2')
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('whoever Discord does not know in the instance is told so', async () => {
    const { discord, site, join } = inside
    discord.world.instances.set('i-2-gc-2', { channel: discord.general, users: new Set() })
    const { page, room } = await join('eve', 'i-2-gc-2', { isIn: false })
    await room.getByText('Discord does not say that you are in this room.').waitFor({ timeout: patienceMs })
    expect(await site.world.studio.people.findDiscord(discord.user('eve').user.id)).toBeNull()
    await page.close()
  })

  test('the room comes with little more than in a browser of its own', async () => {
    const { discord, join, site } = inside
    discord.world.instances.set('i-3-gc-2', { channel: discord.general, users: new Set() })
    const loaded: { kind: string; bytes: number }[] = []
    const { page, room } = await join('mira', 'i-3-gc-2', {
      onRequest: async request => {
        if (!new URL(request.url()).host.endsWith('discordsays.com')) return
        const { responseBodySize, responseHeadersSize } = await request.sizes()
        loaded.push({ kind: request.resourceType(), bytes: responseBodySize + responseHeadersSize })
      },
    })
    await room.getByRole('button', { name: 'An empty frame' }).waitFor({ timeout: patienceMs })
    const kilobytes = (kind?: string) =>
      Math.round(loaded.reduce((sum, one) => sum + (kind === undefined || one.kind === kind ? one.bytes : 0), 0) / 1000)
    expect(kilobytes('script')).toBeLessThanOrEqual(190)
    expect(kilobytes()).toBeLessThanOrEqual(210)
    expect(site.world.bugs).toEqual([])
    await page.close()
  })

  test('other pages may not frame us', async () => {
    const { browser, site } = inside
    const page = await browser.newPage()
    await page.setContent(`<iframe src="http://127.0.0.1:${site.port}/"></iframe>`)
    const frame = page.frames().find(one => one !== page.mainFrame())!
    await vi.waitFor(() => expect(frame.url()).toMatch(/^(chrome-error:|about:blank)/), patienceMs)
    await page.close()
  })

  test('a page in a browser of its own does not load what Discord needs', async () => {
    const { browser, site } = inside
    const page = await browser.newPage()
    const scripts: string[] = []
    page.on('request', request => request.url().endsWith('.js') && scripts.push(request.url()))
    await page.goto(`http://127.0.0.1:${site.port}/`)
    await page.getByRole('button', { name: 'New room' }).waitFor({ timeout: patienceMs })
    expect(scripts.filter(url => /activity/i.test(url))).toEqual([])
    await page.close()
  })
})
