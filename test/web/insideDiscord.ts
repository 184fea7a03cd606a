import type { Frame, Page, Request } from 'playwright-core'
import { createFramePosts } from '../../bot/posts/framePosts.ts'
import { openChromium } from '../support/chromium.ts'
import { openDiscordClient } from '../support/discord/client.ts'
import { type Discord, openDiscord } from '../support/discord/index.ts'
import { clientSecret } from '../support/discord/oauth.ts'
import { collectLog } from '../support/log.ts'
import { openSite, type Site } from './site.ts'

export const publicHost = 'paint.example.org'

/** Somebody's Discord with the room open in it. */
export interface Joined {
  readonly page: Page
  /** Our page inside. */
  readonly room: Frame
  /** Errors on the consoles of both. */
  readonly complaints: readonly string[]
}

interface JoinOptions {
  /** Whether Discord says that they are in the instance. Default: yes. */
  readonly isIn?: boolean
  /** Told of each request of the pages that has ended. */
  readonly onRequest?: (request: Request) => unknown
}

/** The product in a frame of another origin, behind a proxy, with Discord's own SDK, as Discord's client has it. */
export interface InsideDiscord {
  readonly discord: Discord
  readonly site: Site
  readonly browser: Awaited<ReturnType<typeof openChromium>>
  join(name: string, instance: string, options?: JoinOptions): Promise<Joined>
  /** Where somebody's client opens an instance. */
  address(name: string, instance: string): string
  close(): Promise<void>
}

/** `locale`: of the server and of people's browsers. */
export async function openInsideDiscord({ locale = 'en-US' } = {}): Promise<InsideDiscord> {
  const discord = await openDiscord({ locale })
  const { id: clientId } = discord.world.application
  const application = { clientId, clientSecret, api: discord.api, token: discord.token }
  const publicUrl = `https://${publicHost}`
  const site = await openSite({
    signIn: { ...application, authorizeUrl: `${discord.api}/oauth2/authorize` },
    ...{ activity: application, publicUrl },
    framePosts: studio =>
      createFramePosts({
        ...{ studio, token: discord.token, api: discord.api, publicUrl, log: collectLog().log, patienceMs: 2_000 },
      }),
  })
  const client = await openDiscordClient(clientId, { target: site.port, publicHost })
  const rules = ['discord.com', '*.discordsays.com'].map(name => `MAP ${name} 127.0.0.1:${client.port}`)
  const browser = await openChromium({ rules, trustsAll: true })
  const address = (name: string, instance: string) => {
    const actor = discord.user(name, { locale })
    const { id, globalName } = actor.user
    return client.address({ id, name: globalName!, code: discord.grant(actor), instance })
  }
  return {
    ...{ discord, site, browser, address },
    async join(name, instance, { isIn = true, onRequest = () => undefined } = {}) {
      if (isIn) discord.world.instances.get(instance)!.users.add(discord.user(name, { locale }).user.id)
      const page = await (await browser.newContext({ viewport: { width: 1280, height: 820 }, locale })).newPage()
      const complaints: string[] = []
      page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', error => complaints.push(String(error)))
      page.on('requestfinished', onRequest)
      await page.goto(address(name, instance))
      return { page, room: page.frames().find(frame => frame !== page.mainFrame())!, complaints }
    },
    async close() {
      await browser.close()
      await client.close()
      await site.close()
      await discord.close()
    },
  }
}

/** Draws a line across the first frame of a room. */
export async function drawAcross({ page, room }: Joined): Promise<void> {
  await room.locator('.sheet').first().waitFor()
  await page.keyboard.press('p')
  const box = (await room.locator('.sheet').first().boundingBox())!
  await page.mouse.move(box.x + 0.3 * box.width, box.y + 0.5 * box.height)
  await page.mouse.down()
  await page.mouse.move(box.x + 0.7 * box.width, box.y + 0.5 * box.height, { steps: 6 })
  await page.mouse.up()
}
