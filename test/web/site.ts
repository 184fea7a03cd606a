import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest'
import type { StyleRecipe } from '../../engine/types/styles.ts'
import { createLog, type Log } from '../../logging.ts'
import type { ActivitySettings } from '../../server/activity.ts'
import type { SignInSettings } from '../../server/discord.ts'
import type { FramePosts } from '../../server/framePosts.ts'
import { startServer } from '../../server/start.ts'
import type { Studio } from '../../studio/studio.ts'
import { openChromium } from '../support/chromium.ts'
import { openEmbedded } from '../support/embedded.ts'
import { openTestEngine, type TestEngineOptions } from '../support/engine.ts'
import { buildPages, pagesFolder } from '../support/pages.ts'
import { patient } from '../support/patience.ts'
import { buildStudio, type TestStudio } from '../support/studio.ts'
import { openPerson, type Person } from './person.ts'

/** What an empty room suggests. */
export const example = 'a boat at dusk'
/** A name in a local network: pages under it are no secure context. */
export const localName = 'fourstroke.test'

export interface SiteOptions {
  /** `embedded`: the model of this repository, for what only real pixels show. */
  readonly engine?: TestEngineOptions | 'embedded'
  /** What the embedded model learns a style by, where it is not the whole recipe. */
  readonly learning?: Partial<StyleRecipe>
  readonly operators?: readonly string[]
  readonly signIn?: SignInSettings
  readonly activity?: ActivitySettings
  readonly publicUrl?: string
  readonly log?: Log
  /** Sends pictures to Discord, over the site's studio. */
  readonly framePosts?: (studio: Studio) => FramePosts
}

/** The whole product as browsers meet it, over an engine without weights that knows a small world of words. */
export interface Site {
  readonly url: string
  readonly port: number
  /** The same under `localName`: plain HTTP, as in a local network. */
  readonly localUrl: string
  readonly world: TestStudio
  close(): Promise<void>
}

export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const { engine, learning, operators } = options
  await buildPages()
  if (engine === 'embedded')
    return serveSite(await buildStudio({ engine: await openEmbedded({ ...(learning && { learning }) }) }), options)
  const vocabulary = { words: `${example} red house by the lake`.split(' '), examples: [example] }
  const world = await buildStudio({
    engine: openTestEngine({ vocabulary, ...engine }),
    ...(operators && { operators }),
  })
  return serveSite(world, options)
}

async function serveSite(world: TestStudio, options: SiteOptions): Promise<Site> {
  const { signIn = null, activity = null, publicUrl = null, log = createLog({ level: 'error' }) } = options
  const { studio } = world
  const server = await startServer({
    ...{ studio, port: 0, host: '127.0.0.1', pagesFolder, signIn, activity, publicUrl, log },
    framePosts: options.framePosts?.(studio) ?? null,
  })
  return {
    url: server.url,
    port: server.port,
    localUrl: `http://${localName}:${server.port}`,
    world,
    async close() {
      await server.close()
      await world.close()
    },
  }
}

/** People with a browser each. */
export interface Visitors {
  readonly browser: Browser
  /** `address`: the start page, unless another is given. */
  arrive(name: string, address?: string): Promise<Person>
  /** Somebody in a room of their own, with a frame that is to become the example. */
  openRoom(name?: string, address?: string): Promise<Person>
  /** As `openRoom`, and the frame has been painted once. */
  openPaintedRoom(name?: string): Promise<Person>
  /** Everybody closes the page; these were there. */
  leave(): Promise<readonly Person[]>
  close(): Promise<void>
}

async function openVisitors(site: Site): Promise<Visitors> {
  const browser = await openChromium({ localName })
  const here: Person[] = []
  const visitors: Visitors = {
    browser,
    async arrive(name, address = site.url) {
      const person = await openPerson(browser, name)
      here.push(person)
      await person.page.goto(address)
      return person
    },
    async openRoom(name = 'Mira', address) {
      const person = await visitors.arrive(name, address)
      await person.page.getByRole('button', { name: 'New room' }).click()
      await person.page.getByRole('button', { name: example }).click()
      await person.page.locator('.sheet').waitFor()
      return person
    },
    async openPaintedRoom(name) {
      const person = await visitors.openRoom(name)
      await vi.waitFor(async () => expect(await person.painting()).not.toEqual([]), patient(60_000))
      return person
    },
    async leave() {
      const left = here.splice(0)
      for (const person of left) await person.close()
      return left
    },
    async close() {
      await visitors.leave()
      await browser.close()
    },
  }
  return visitors
}

/** What the tests of one file share: the product, and a browser for its people. */
export interface SharedSite {
  readonly site: Site
  readonly visitors: Visitors
}

/**
 * Opens a site and a browser before the tests around this call and closes them after the last. Everybody leaves after each test;
 * with `isQuiet`, nothing may have gone wrong on their pages. `options`: may be made before the site is opened.
 */
export function shareSite(
  options: SiteOptions | (() => Promise<SiteOptions>) = {},
  { isQuiet = false }: { readonly isQuiet?: boolean } = {},
): SharedSite {
  let site: Site | undefined
  let visitors: Visitors | undefined
  beforeAll(async () => {
    site = await openSite(typeof options === 'function' ? await options() : options)
    visitors = await openVisitors(site)
  }, patient(180_000))
  afterEach(async () => {
    const left = (await visitors?.leave()) ?? []
    if (isQuiet) expectQuiet(left)
  })
  afterAll(async () => {
    await visitors?.close()
    await site?.close()
  })
  // Tests run after `beforeAll`.
  return {
    get site() {
      return site!
    },
    get visitors() {
      return visitors!
    },
  }
}

/** Nothing went wrong on these people's pages, and nothing was asked of another server. */
function expectQuiet(people: readonly Person[]): void {
  for (const { strangers, complaints } of people) {
    expect(strangers, 'requests that left the origin').toEqual([])
    expect(complaints, 'errors on the console').toEqual([])
  }
}
